//go:build e2e && linux

package gate_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// userFunctions makes what the good statements call.
const userFunctions = `
create schema other;
create function calm(int) returns int stable language sql as 'select $1';
create function twin(int) returns int immutable language sql as 'select $1';
create function other.twin(int) returns int volatile language sql as 'select $1';
create function hidden_twin(int) returns int immutable language sql as 'select $1';
create function allowed() returns int volatile language sql as 'select 1';
create function other.allowed_here() returns int volatile security definer language sql as 'select 1';
create function wipe() returns int volatile language sql as 'select 1';
create function cust_side(customers) returns int volatile language sql as 'select 1';
do $$ declare e text; begin
  for e in select name from pg_available_extensions where name not like 'pl%' and name not like '%pl%u' loop
    begin execute format('create extension if not exists %I cascade', e); exception when others then null; end;
  end loop;
end $$`

// connected returns a superuser's connection to a shop, and the functions that
// are there.
func connected(t *testing.T) (*pgx.Conn, functions) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.Database(t, shop.Schema, userFunctions))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	rows, err := conn.Query(t.Context(), `
select n.nspname::text as schema, p.proname::text as name, ascii(p.provolatile::text)::int2 as volatility, p.prosecdef as definer, p.oid < 16384 as system,
  false as row_type, coalesce((select e.extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' limit 1), '') as extension
from pg_proc p join pg_namespace n on n.oid = p.pronamespace`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (f gate.Function, err error) {
		var volatility int16
		err = r.Scan(&f.Schema, &f.Name, &volatility, &f.Definer, &f.System, &f.RowType, &f.Extension)
		f.Volatility = byte(volatility)
		return f, err
	})
	if err != nil {
		t.Fatal(err)
	}
	f := functions{}
	f.add(all...)
	return conn, f
}

func TestGoodQueriesRunOnAServer(t *testing.T) {
	conn, f := connected(t)
	for _, sql := range good {
		s, err := gate.Read(sql, f, policy)
		if err != nil {
			t.Errorf("%q: %v", sql, err)
			continue
		}
		if strings.Contains(s.SQL, "$1") {
			continue
		}
		tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{AccessMode: pgx.ReadOnly})
		if err != nil {
			t.Fatal(err)
		}
		run := s.SQL
		if s.Kind == gate.Rows {
			run = "declare c no scroll cursor for " + s.SQL
		}
		if rows, err := tx.Query(t.Context(), run, pgx.QueryExecModeExec); err != nil {
			t.Errorf("%q: %v", sql, err)
		} else if rows.Close(); rows.Err() != nil {
			t.Errorf("%q: %v", sql, rows.Err())
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoFunctionThatActsPasses asks for each function of a server with its
// extensions. Of the VOLATILE ones those pass that are named harmless, which
// this finds wrong if a name says that the function acts.
func TestNoFunctionThatActsPasses(t *testing.T) {
	acts := regexp.MustCompile(`read|write|file|dir|ls_|set|reset|advisory|terminate|cancel|sleep|notify|slot|^lo|create|drop|import|export|` +
		`dblink|exec|log_|origin_|promote|pause$|resume|switch|backup|emit|evict|prewarm|truncate|freeze|kill|summarize|nextval|connect|to_xml|crosstab|ts_stat|rewrite`)
	_, f := connected(t)
	passed := 0
	for name, all := range f {
		if !slices.ContainsFunc(all, func(fn gate.Function) bool { return fn.Volatility == 'v' && (fn.System || fn.Extension != "") }) {
			continue
		}
		if _, err := gate.Read(`select "`+name+`"(1)`, f, gate.Policy{}); err != nil {
			continue
		}
		passed++
		if acts.MatchString(name) {
			t.Errorf("%s passes", name)
		}
	}
	if passed < 20 {
		t.Errorf("only %d volatile functions pass: the server's were not read", passed)
	}
}

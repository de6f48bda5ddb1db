//go:build e2e && linux

package role_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/role"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// hostile is what makes a script hard to write and a role more than it should be.
const hostile = `
create schema "Odd ""schema""; drop table x
--";
create table "Odd ""schema""; drop table x
--"."a'b" (id int);
create function definer("Odd Arg" text) returns void language sql volatile security definer as 'delete from page_views';
create function harmless() returns int language sql stable security definer as 'select 1';
create function watch() returns trigger language plpgsql security definer as 'begin return null; end';
create extension dblink;
create sequence anybodys; grant usage on sequence anybodys to public;
grant insert, update on page_views to public;
create schema empty;
grant create on schema public to public;`

func open(t *testing.T, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(postgres.Config{Name: "test", URL: url, AllowSuperuser: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func inspect(t *testing.T, url string) role.Role {
	t.Helper()
	r, err := role.Inspect(t.Context(), open(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestScriptMakesARoleThatMayOnlyRead(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, hostile)
	admin := inspect(t, url)
	if !admin.Superuser || admin.Database == "" || admin.VersionNum < 130000 || admin.Remote {
		t.Errorf("the superuser is seen as %+v", admin)
	}
	script, err := role.Script(t.Context(), open(t, url), role.Options{Role: "scripted_reader", Connections: 7, StatementTimeout: 30_000, LockTimeout: 3000})
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, script, script) // it can be run again
	if strings.Contains(script, "pg_database_owner") {
		t.Errorf("default privileges for a role that makes no tables:\n%s", script)
	}
	later := `create table later (id int); insert into later values (1)`
	pgtest.Exec(t, url, later, `create table empty.later (id int)`)

	r := inspect(t, pgtest.As(t, url, "scripted_reader"))
	if powers := r.Powers(false); len(powers) > 0 || r.Temporary || r.Readable != r.Total || r.Total < 13 {
		t.Errorf("the role %v; %+v\n%s", powers, r, script)
	}
	if r.Settings["default_transaction_read_only"] != "on" || r.Settings["temp_file_limit"] != "1GB" {
		t.Errorf("its settings are %v", r.Settings)
	}
	rows, err := postgres.Column1[int32](t.Context(), open(t, pgtest.As(t, url, "scripted_reader")), `select id from later`)
	if err != nil || len(rows) != 1 {
		t.Errorf("a table that was made later: %v, %v", rows, err)
	}
}

func TestScriptForWrites(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	script, err := role.Script(t.Context(), open(t, url), role.Options{Role: "scripted_writer", Writes: true})
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, script)
	r := inspect(t, pgtest.As(t, url, "scripted_writer"))
	if powers := r.Powers(true); len(powers) > 0 || r.Writable.Count == 0 {
		t.Errorf("the role %v; %+v", powers, r)
	}
	if powers := r.Powers(false); len(powers) != 1 || !strings.HasPrefix(powers[0], "may write to public.") || !strings.Contains(powers[0], " more") {
		t.Errorf("for reading alone, the role %v", powers)
	}
}

func TestPowersAreFound(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, hostile, `
drop role if exists strong, boss;
create role boss superuser;
create role strong login createrole createdb replication bypassrls;
grant boss, pg_write_server_files, pg_execute_server_program to strong;
grant update (note) on orders to strong;
grant execute on function pg_read_file(text) to strong;
do $$ begin execute format('grant create on database %I to strong', current_database()); end $$`)
	r := inspect(t, pgtest.As(t, url, "strong"))
	said := strings.Join(r.Powers(false), "\n")
	for _, want := range []string{"can become the superuser boss", "is a member of pg_execute_server_program, pg_write_server_files", "CREATEROLE", "CREATEDB", "REPLICATION",
		"BYPASSRLS", "may create schemas", "may create in public", "may write to public.anybodys, public.orders, public.page_views", `with the rights of others: public.definer("Odd Arg" text)`,
		"public.dblink", "and "} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if strings.Contains(said, "harmless") || strings.Contains(said, "watch") {
		t.Errorf("what is stable, or a trigger, is named: %s", said)
	}
}

func TestMissingTriggers(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, hostile)
	db := open(t, url)
	odd := "Odd \"schema\"; drop table x\n--.a'b"
	want := map[string]string{"orders": "mcp_orders", odd: `it's "odd"`, "nowhere": "x"}
	check := func(names ...string) {
		t.Helper()
		missing, err := role.Missing(t.Context(), db, want)
		if got := slices.Sorted(maps.Keys(missing)); err != nil || !slices.Equal(got, names) {
			t.Errorf("missing %q, %v; want %q", got, err, names)
		}
	}
	check(odd, "nowhere", "orders")
	pgtest.Exec(t, url, `create function tell() returns trigger language plpgsql as 'begin perform pg_notify(tg_argv[0], ''''); return null; end'`,
		"create trigger tell after insert on orders for each statement execute function tell('mcp_orders')")
	check(odd, "nowhere")
	pgtest.Exec(t, url, `create function tell_odd() returns trigger language plpgsql as $$begin perform pg_notify('it''s "odd"', ''); return null; end$$`,
		"create trigger tell after insert on "+postgres.Identifier(odd[:len(odd)-4], "a'b")+" for each statement execute function tell_odd()")
	check("nowhere")
	pgtest.Exec(t, url, "alter table orders disable trigger tell")
	check("nowhere", "orders")
}

//go:build e2e && linux

package catalog_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// nasty makes a database in which all is made that PostgreSQL allows, and returns
// its connection strings for a superuser and for the role that may only read.
func nasty(t testing.TB) (superuser, reader string) {
	t.Helper()
	script, err := os.ReadFile("../../testdata/nasty.sql")
	if err != nil {
		t.Fatal(err)
	}
	superuser = pgtest.Database(t, shop.Schema, shop.Reader, string(script))
	return superuser, pgtest.As(t, superuser, "mcp_reader")
}

func open(t testing.TB, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(postgres.Config{Name: "test", URL: url, AllowSuperuser: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func snapshot(t testing.TB, url string) *catalog.Snapshot {
	t.Helper()
	c := catalog.New(open(t, url))
	t.Cleanup(c.Close)
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSnapshot(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, shop.Reader)
	s := snapshot(t, pgtest.As(t, url, "mcp_reader"))
	orders, err := s.Table("", "orders")
	if err != nil {
		t.Fatal(err)
	}
	if orders.Rows != 5000 || orders.Kind != catalog.KindTable || !slices.Equal(orders.Key, []string{"id"}) || len(orders.Columns) != 7 || !orders.Readable {
		t.Errorf("orders is %+v", orders)
	}
	if c := orders.Column("id"); c == nil || c.Type != "bigint" || c.OID != 20 || !c.NotNull || c.Identity != "always" {
		t.Errorf("orders.id is %+v", c)
	}
	if items, err := s.Table("public", "order_items"); err != nil || !slices.Equal(items.Key, []string{"order_id", "line"}) || !items.Column("total").Generated {
		t.Errorf("order_items is %+v, %v", items, err)
	}
	if c := s.TableByOID(orders.OID); c != orders {
		t.Errorf("by its OID it is %+v", c)
	}
	if v, _ := s.Table("", "page_views"); v.Kind != catalog.KindPartitioned || v.Partitions != 3 || v.Rows != 20000 || v.Bytes == 0 {
		t.Errorf("page_views is %+v", v)
	}
	if typ, ok := s.Type(1007); !ok || typ.Element != 23 || typ.Name != "integer[]" {
		t.Errorf("integer[] is %+v", typ)
	}
	if typ, ok := s.Type(22); !ok || typ.Element != 0 {
		t.Errorf("int2vector, which is not written as an array, is %+v", typ)
	}
	if f := s.Named("customer_orders"); len(f) != 1 || f[0].Volatility != 's' || f[0].System || f[0].RowType {
		t.Errorf("customer_orders is %+v", f)
	}
}

// The gate refuses by what the catalog says of a function: none may be missing.
func TestFunctionsAreComplete(t *testing.T) {
	url, reader := nasty(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `select p.proname::text, n.nspname::text, p.provolatile::text, p.prosecdef, p.oid < 16384, count(*)::int
from pg_proc p join pg_namespace n on n.oid = p.pronamespace group by 1, 2, 3, 4, 5`)
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot(t, reader)
	total := 0
	var name, schema, volatility string
	var definer, system bool
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&name, &schema, &volatility, &definer, &system, &n}, func() error {
		got := 0
		for _, f := range s.Named(name) {
			if f.Name == name && f.Schema == schema && string(f.Volatility) == volatility && f.Definer == definer && f.System == system {
				got++
			}
		}
		if got != n {
			return fmt.Errorf("%s.%s: %d of %d", schema, name, got, n)
		}
		total += n
		return nil
	}); err != nil {
		t.Error(err)
	}
	if total < 3000 {
		t.Errorf("%d functions", total)
	}
}

// An aggregate is IMMUTABLE for PostgreSQL whatever it calls.
func TestAggregatesAreWhatTheyCall(t *testing.T) {
	url := pgtest.Database(t, `create function step(int, int) returns int language sql volatile as 'select $1';
create aggregate steps(int) (sfunc = step, stype = int);
create function last(int) returns int language sql stable security definer as 'select $1';
create aggregate lasts(int) (sfunc = int4pl, stype = int, finalfunc = last);
create aggregate sums(int) (sfunc = int4pl, stype = int);`)
	s := snapshot(t, url)
	for _, name := range []string{"steps", "lasts"} {
		var r *gate.Refusal
		if _, err := gate.Read("select "+name+"(x) from t", s, gate.Policy{}); !errors.As(err, &r) || r.Rule != gate.RuleFunction {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := gate.Read("select "+name+"(x) from t", s, gate.Policy{AllowFunctions: []string{name}}); err != nil {
			t.Errorf("%s is allowed: %v", name, err)
		}
	}
	if _, err := gate.Read("select sums(x) from t", s, gate.Policy{}); err != nil {
		t.Error(err)
	}
}

func TestCurrentKnowsFunctionsThatHaveChanged(t *testing.T) {
	for _, v := range pgtest.Versions(t) {
		t.Run(v.Name, func(t *testing.T) {
			url := pgtest.On(t, v.Server, `create function f() returns int language sql stable as 'select 1';`)
			conn, err := pgx.Connect(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(t.Context())
			c := catalog.New(open(t, url))
			t.Cleanup(c.Close)
			passes := func(sql string) bool {
				s, err := c.Current(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				_, err = gate.Read(sql, s, gate.Policy{})
				return err == nil
			}
			if !passes("select f()") || !passes("select g()") {
				t.Fatal("what calls nothing that is VOLATILE does not pass")
			}
			for _, step := range []struct{ change, query string }{
				{"create function g() returns int language sql volatile as 'select 1'", "select g()"},
				{"alter function f() volatile", "select f()"},
				{"alter function g() rename to h", "select h()"},
				{"create schema s; create function s.lower(text) returns text language sql volatile as 'select $1'", "select s.lower('A')"},
				{"alter schema s rename to r", "select r.lower('A')"},
			} {
				if _, err := conn.Exec(t.Context(), step.change); err != nil {
					t.Fatal(err)
				}
				for until := time.Now().Add(10 * time.Second); passes(step.query); {
					if time.Now().After(until) {
						t.Fatalf("after %s: %s passes", step.change, step.query)
					}
				}
			}
		})
	}
}

func TestRowTypes(t *testing.T) {
	_, reader := nasty(t)
	s := snapshot(t, reader)
	for name, want := range map[string]bool{
		"of_row": true, "of_pair_domain": true, "of_any": true, "of_record": true, "of_rows": true, "of_text": true, "pair_text": true,
		"of_int": false, "nothing": false, "proc": false, "agg": false, "secret_fn": false, "row_to_json": true, "now": false, "lower": true, "abs": false,
	} {
		list := s.Named(name)
		if len(list) == 0 || slices.ContainsFunc(list, func(f gate.Function) bool { return f.RowType }) != want {
			t.Errorf("%s is %+v", name, list)
		}
	}
}

// What the catalog says that a row calls with a dot is what PostgreSQL calls so.
func TestRowTypesAsPostgreSQL(t *testing.T) {
	url, reader := nasty(t)
	s := snapshot(t, reader)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, f := range []string{"of_row", "of_pair_domain", "of_any", "of_record", "of_rows", "of_text", "pair_text", "of_int", "secret_fn", "row_to_json", "abs", "lower", "to_json", "hashtext", "pg_sleep"} {
		calls := false
		for _, row := range []string{"select t.%s from tree t", "select (t.xy).%s from typed t", "select (t).%s from (select xy::pair_domain as t from typed) x"} {
			_, err := conn.Prepare(t.Context(), "", fmt.Sprintf(row, f))
			calls = calls || err == nil
		}
		if says := slices.ContainsFunc(s.Named(f), func(f gate.Function) bool { return f.RowType }); calls && !says {
			t.Errorf("%s is called by a row, and the catalog does not say so", f)
		}
	}
}

func TestNastySnapshot(t *testing.T) {
	_, reader := nasty(t)
	s := snapshot(t, reader)
	for _, c := range []struct {
		schema, name string
		readable     bool
		rows         int64
		columns      int
		key          string
	}{
		{"Weird.Schema", `Tab"le.Name`, true, 2, 4, "col.umn"},
		{"a/b?c#d%", "e/f?g#h%,", true, 2, 3, "i,j k"},
		{"hidden", "secret", false, 0, 2, "id"},
		{"public", "uncounted", false, 0, 1, ""},
		{"public", "part_secret", true, 1, 3, "id"},
		{"public", "dropped", true, 1, 2, "c"},
		{"public", "empty", true, 1, 0, ""},
		{"public", "wide", true, 60, 1600, ""},
		{"public", "parts", true, 3001, 3, "id at"},
		{"public", "joined", true, -1, 2, ""},
	} {
		table, err := s.Table(c.schema, c.name)
		if err != nil {
			t.Error(err)
		} else if table.Readable != c.readable || table.Rows != c.rows || len(table.Columns) != c.columns || strings.Join(table.Key, " ") != c.key {
			t.Errorf("%s.%s has %d columns, key %v, %d rows, readable %v", c.schema, c.name, len(table.Columns), table.Key, table.Rows, table.Readable)
		}
	}
	talked, _ := s.Table("", "talked")
	if len(talked.Comment) != 500 || len(talked.Column("x").Comment) != 1000 {
		t.Errorf("comments of %d and %d bytes", len(talked.Comment), len(talked.Column("x").Comment))
	}
	if i := slices.IndexFunc(s.Schemas, func(s catalog.Schema) bool { return s.Name == "hidden" }); i < 0 || s.Schemas[i].Usable {
		t.Errorf("the schemas are %+v", s.Schemas)
	}
	if slices.ContainsFunc(s.Tables, func(t *catalog.Table) bool {
		return strings.HasPrefix(t.Schema, "pg_") || t.Schema == "information_schema"
	}) {
		t.Error("system tables are listed")
	}
}

func TestSizes(t *testing.T) {
	url, reader := nasty(t)
	db := open(t, reader)
	c := catalog.New(db)
	defer c.Close()
	s, parts, err := c.Table(t.Context(), "", "parts")
	if err != nil {
		t.Fatal(err)
	}
	many, _ := s.Table("", "many")
	hollow, _ := s.Table("", "hollow")
	gone, _ := s.Table("", "quick")
	pgtest.Exec(t, url, "drop table quick")
	list := []*catalog.Table{parts, many, hollow, gone}
	sizes, exact, err := s.Sizes(t.Context(), db, list)
	if err != nil || !exact || sizes[parts.OID] < 100*8192 || sizes[many.OID] < 5<<20 || sizes[gone.OID] != 0 {
		t.Errorf("the sizes are %v, exact %v, %v", sizes, exact, err)
	}
	// Somebody who holds a lock does not keep others from a list.
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "begin; lock table many in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	sizes, exact, err = s.Sizes(t.Context(), db, list)
	if err != nil || exact || sizes[many.OID] < 5<<20 {
		t.Errorf("behind a lock the sizes are %v, exact %v, %v", sizes, exact, err)
	}
}

func TestDescribeWhatIsGone(t *testing.T) {
	url, reader := nasty(t)
	db := open(t, reader)
	c := catalog.New(db)
	defer c.Close()
	s, quick, err := c.Table(t.Context(), "", "quick")
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, "drop table quick")
	var e *postgres.Error
	if _, err = catalog.Describe(t.Context(), db, s, quick, nil); !errors.As(err, &e) || e.Kind != postgres.Missing {
		t.Errorf("the error is %v", err)
	}
}

// A catalog that changes while it is read is read nevertheless.
func TestLoadWhileChanging(t *testing.T) {
	url, reader := nasty(t)
	db := open(t, reader)
	c := catalog.New(db)
	defer c.Close()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			for _, sql := range []string{
				`create schema fleeting`,
				`create table fleeting.x (id int primary key, v text check (v <> ''))`,
				`create function fleeting.f(x fleeting.x) returns int language sql as 'select 1'`,
				`create view fleeting.v as select * from fleeting.x`,
				`grant usage on schema fleeting to mcp_reader`,
				`drop schema fleeting cascade`,
			} {
				if _, err := conn.Exec(t.Context(), sql); err != nil {
					done <- err
					return
				}
			}
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
		}
	}()
	seen := 0
	for range 60 {
		c.Invalidate()
		s, err := c.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Index(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"x", "v"} {
			table, err := s.Table("fleeting", name)
			if err != nil {
				continue
			}
			seen++
			var e *postgres.Error
			_, err = catalog.Describe(t.Context(), db, s, table, []string{"columns", "keys", "indexes", "references", "partitions", "triggers", "policies", "stats"})
			// Twice in a row is bad luck, not a defect.
			if err != nil && (!errors.As(err, &e) || e.Kind != postgres.Missing && e.SQLState != "XX000") {
				t.Errorf("describing %s: %v", name, err)
			}
			if _, _, err := s.Sizes(t.Context(), db, []*catalog.Table{table}); err != nil {
				t.Errorf("the size of %s: %v", name, err)
			}
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if seen == 0 {
		t.Error("the changing schema was never seen")
	}
}

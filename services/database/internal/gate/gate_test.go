package gate_test

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
)

// functions are a catalog for tests.
type functions map[string][]gate.Function

func (f functions) Named(name string) []gate.Function { return f[name] }

func (f functions) add(all ...gate.Function) {
	for _, fn := range all {
		f[fn.Name] = append(f[fn.Name], fn)
	}
}

// catalog returns the functions of PostgreSQL 15 and 18 and of their extensions
// that are not IMMUTABLE, and those of a user.
func catalog(t testing.TB) functions {
	t.Helper()
	file, err := os.Open("testdata/functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f := functions{}
	for s := bufio.NewScanner(file); s.Scan(); {
		field := strings.Fields(s.Text())
		fn := gate.Function{Schema: "pg_catalog", Name: field[2], Volatility: field[0][0], System: true}
		if field[1] != "-" {
			fn.Schema, fn.System, fn.Extension = "public", false, field[1]
		}
		f.add(fn)
	}
	f.add(users...)
	for _, name := range []string{"substring", "overlay", "lower", "upper", "left", "name"} {
		f.add(gate.Function{Schema: "pg_catalog", Name: name, Volatility: 'i', System: true})
	}
	return f
}

// users are functions that somebody made.
var users = []gate.Function{
	{Schema: "public", Name: "wipe", Volatility: 'v'},
	{Schema: "public", Name: "become_owner", Volatility: 's', Definer: true},
	{Schema: "public", Name: "Wipe All", Volatility: 'v'},
	{Schema: "public", Name: "twin", Volatility: 'i'},
	{Schema: "other", Name: "twin", Volatility: 'v'},
	{Schema: "public", Name: "hidden_twin", Volatility: 'i'},
	{Schema: "other", Name: "hidden_twin", Volatility: 'v', Hidden: true},
	{Schema: "public", Name: "substring", Volatility: 'v'},
	{Schema: "public", Name: "overlay", Volatility: 'v'},
	{Schema: "public", Name: "wipe_with_a_name_that_is_longer_than_any_name_that_postgresql_w", Volatility: 'v'},
	{Schema: "public", Name: cyrillic, Volatility: 'v'},
	{Schema: "public", Name: "cust_side", Volatility: 'v', RowType: true},
	{Schema: "public", Name: "full_name", Volatility: 'v'},
	{Schema: "public", Name: "calm", Volatility: 's'},
	{Schema: "public", Name: "allowed", Volatility: 'v'},
	{Schema: "other", Name: "allowed_here", Volatility: 'v', Definer: true},
	{Schema: "public", Name: "allowed_here", Volatility: 'v'},
}

var policy = gate.Policy{AllowFunctions: []string{"allowed", "other.allowed_here"}}

func rule(err error) string {
	if err == nil {
		return ""
	}
	var r *gate.Refusal
	if !errors.As(err, &r) {
		return err.Error()
	}
	return r.Rule
}

func TestReadRefusesAttacks(t *testing.T) {
	f := catalog(t)
	for class, all := range attacks {
		t.Run(class, func(t *testing.T) {
			for _, a := range all {
				if _, err := gate.Read(a.sql, f, policy); rule(err) != a.rule {
					t.Errorf("%q: rule %q (%v), want %q", a.sql, rule(err), err, a.rule)
				}
			}
		})
	}
}

func TestReadLetsGoodQueriesPass(t *testing.T) {
	f := catalog(t)
	delete(f, "substring")
	delete(f, "overlay")
	for _, sql := range good {
		if _, err := gate.Read(sql, f, policy); err != nil {
			t.Errorf("%q: %s: %v", sql, rule(err), err)
		}
	}
}

func TestReadSaysWhatWasRead(t *testing.T) {
	for sql, want := range map[string]gate.Statement{
		" ;; SELECT 1 ; -- x":                  {Kind: gate.Rows, SQL: "SELECT 1", Verb: "SELECT"},
		"/* a */ select 1 /* b */ + 2 /* c */": {Kind: gate.Rows, SQL: "select 1 /* b */ + 2", Verb: "SELECT"},
		"( ( values (1) ) )":                   {Kind: gate.Rows, SQL: "( ( values (1) ) )", Verb: "VALUES"},
		"with a as (select 1) table a":         {Kind: gate.Rows, SQL: "with a as (select 1) table a", Verb: "WITH"},
		"show time zone;":                      {Kind: gate.Show, SQL: "show time zone", Verb: "SHOW"},
		"explain (costs off) table a ;":        {Kind: gate.Explain, SQL: "explain (costs off) table a", Inner: "table a", Verb: "EXPLAIN"},
		"EXPLAIN verbose (select 1)":           {Kind: gate.Explain, SQL: "EXPLAIN verbose (select 1)", Inner: "(select 1)", Verb: "EXPLAIN"},
	} {
		got, err := gate.Read(sql, functions{}, gate.Policy{})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v %s", sql, err, diff)
		}
	}
}

func TestRefusalsSayWhere(t *testing.T) {
	f := catalog(t)
	for sql, want := range map[string]string{
		"select 1, /* ä */ pg_sleep(1)":   "pg_sleep(1)",
		"select 1; select 2":              "; select 2",
		"explain select * from pg_authid": "pg_authid",
		"select a for update":             "for update",
		"select 'a":                       "'a",
	} {
		_, err := gate.Read(sql, f, gate.Policy{})
		var r *gate.Refusal
		if !errors.As(err, &r) || r.Offset != strings.Index(sql, want) || r.Message == "" {
			t.Errorf("%q: %#v", sql, r)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct{ name, rule, sql string }{
		{"100 KB", "", "select '" + strings.Repeat("x", 100<<10-9) + "'"},
		{"more than 100 KB", "input", "select '" + strings.Repeat("x", 100<<10-8) + "'"},
		{"200 parentheses", "", "select " + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200)},
		{"201 parentheses", "complexity", "select " + strings.Repeat("(", 201) + "1" + strings.Repeat(")", 201)},
		{"201 brackets", "complexity", "select " + strings.Repeat("array[", 201) + "1" + strings.Repeat("]", 201)},
		{"201 CASE", "complexity", "select " + strings.Repeat("case when true then ", 201) + "1" + strings.Repeat(" end", 201)},
		{"300 CASE beside one another", "", "select " + strings.Repeat("case when true then 1 end, ", 300) + "1"},
		{"2,000 operators", "", "select 1" + strings.Repeat("+1", 2000)},
		{"2,001 operators", "complexity", "select 1" + strings.Repeat("+1", 2001)},
		{"2,001 casts", "complexity", "select 1" + strings.Repeat("::int", 2001)},
	} {
		if _, err := gate.Read(c.sql, functions{}, gate.Policy{}); rule(err) != c.rule {
			t.Errorf("%s: %v, want rule %q", c.name, err, c.rule)
		}
	}
}

func TestWithoutAFunctionCatalogNoCallPasses(t *testing.T) {
	if _, err := gate.Read("select lower('A')", nil, gate.Policy{}); rule(err) != gate.RuleFunction {
		t.Error(err)
	}
	if _, err := gate.Read("select 1 from orders", nil, gate.Policy{}); err != nil {
		t.Error(err)
	}
}

func TestChange(t *testing.T) {
	f := catalog(t)
	for sql, want := range map[string]string{
		"insert into orders (id, note) values (1, lower('A'))":                                  "",
		"insert into wipe (id) select id from orders":                                           "",
		"insert into public.wipe as w (id) values (nextval('s')), (currval('s'))":               "",
		"insert into orders values (1) on conflict (id) do update set note = 'x'":               "",
		"insert into orders select * from orders for update":                                    "",
		"update orders set note = 'x' where id = 1;":                                            "",
		"delete from only orders o using customers c where c.id = o.customer_id":                "",
		"with a as (select 1 as id) update orders set note = '' where id in (table a)":          "",
		"with a as (select 1), b as (select 2) insert into orders select * from a returning id": "",
		"merge into orders o using customers c on c.id = o.id when matched then delete":         "",
		"merge into orders o using a on true when not matched then insert values (1)":           "",
		"update orders set note = 'x'":                                                          "full-table",
		"delete from orders":                                                                    "full-table",
		"delete from orders -- where id = 1":                                                    "full-table",
		"delete from orders returning 'where' as where":                                         "full-table",
		"update orders set note = (select note from customers where id = 1)":                    "full-table",
		`update orders set note = "where" returning orders.where`:                               "full-table",
		"with a as (select 1 where true) delete from orders":                                    "full-table",
		"select 1":                               "verb",
		"with a as (select 1) select 2 as where": "verb",
		"truncate orders":                        "verb",
		"copy orders from stdin":                 "verb",
		"update İnformation_schema.sql_features set comments = '' where true":                      "system-table",
		"explain delete from orders where true":                                                    "verb",
		"(delete from orders where true)":                                                          "verb",
		"with recursive t as (select 1 a) cycle a set c to 'y' default merge'n' using p select 1":  "verb",
		"update orders set note = 'x' where id = 1; delete from orders where true":                 "one-statement",
		"with d as (delete from orders where true returning *) insert into x select * from d":      "data-modifying",
		"with d as (select 1), e as (update a set b = 1 where true) delete from orders where true": "data-modifying",
		"insert into t with d as (delete from orders returning *) select * from d":                 "data-modifying",
		"insert into t select 1 into x":                                                            "into",
		"update orders set note = pg_read_file('a') where id = 1":                                  "function",
		"delete from orders where wipe() > 0":                                                      "function",
		"insert into orders (id) values (setval('s', 1))":                                          "function",
		"update orders set id = 1 where (customers).cust_side":                                     "function",
		"insert into orders values (1) returning pg_notify('a', 'b')":                              "function",
		"update orders set note = (select rolpassword from pg_authid limit 1) where id = 1":        "relation",
		"update pg_settings set setting = 'off' where name = 'fsync'":                              "system-table",
		"delete from pg_catalog.pg_class where true":                                               "system-table",
		`update only ("pg_catalog".pg_proc) set prosecdef = true where true`:                       "system-table",
		"insert into pg_database values (1)":                                                       "system-table",
		"merge into pg_class c using a on true when matched then delete":                           "system-table",
		"with a as (select 1) delete from pg_depend where true":                                    "system-table",
		"update information_schema.sql_features set comments = '' where true":                      "system-table",
	} {
		s, err := gate.Change(sql, f, policy)
		if rule(err) != want {
			t.Errorf("%q: rule %q (%v), want %q", sql, rule(err), err, want)
		}
		if err == nil && s.Returning != strings.Contains(sql, "returning id") {
			t.Errorf("%q: returning %t", sql, s.Returning)
		}
	}
	s, err := gate.Change("delete from orders", f, gate.Policy{AllowFullTable: true})
	if diff := cmp.Diff(gate.Statement{Kind: gate.Write, SQL: "delete from orders", Verb: "DELETE"}, s); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestNamed(t *testing.T) {
	names, operators := gate.Named(`select a.B ### 'x', "C""d" operator(s.@@@) 1 /* e +++ */ from t`)
	if diff := cmp.Diff([]string{"select", "a", "b", `C"d`, "operator", "s", "from", "t"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"###", "@@@"}, operators); diff != "" {
		t.Error(diff)
	}
}

func TestPlain(t *testing.T) {
	long := strings.Repeat("x", 100)
	for sql, want := range map[string]string{
		"delete from t where id = 1 -- \n or true":       "delete from t where id = 1 or true",
		"delete/* where id = 1 */from t":                 "delete from t",
		"update t set a = '" + long + "'/**/where(true)": "update t set a = 'xxxxxxxxx…(82 bytes)…xxxxxxxxx' where(true)",
		"select '--'": "select '--'",
	} {
		if got := gate.Plain(sql, 20); got != want {
			t.Errorf("%q is shown as %q, want %q", sql, got, want)
		}
	}
}

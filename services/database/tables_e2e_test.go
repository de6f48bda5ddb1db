//go:build e2e && linux

package database_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/database"
)

// newNasty returns the connection string of the shop's neighbour in which all is
// allowed that PostgreSQL allows, for the role that may only read.
func newNasty(t testing.TB) string {
	t.Helper()
	script, err := os.ReadFile("testdata/nasty.sql")
	if err != nil {
		t.Fatal(err)
	}
	return newShop(t, string(script))
}

// ask calls a tool and reads what it answers into v.
func ask(t testing.TB, session *mcp.ClientSession, tool, arguments string, v any) {
	t.Helper()
	text, bad := call(t, session, tool, arguments)
	if bad {
		t.Fatalf("%s %s says %s", tool, arguments, text)
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatal(err)
	}
}

type listed struct {
	Tables []struct {
		Schema, Name, Kind, Comment string
		Columns, Partitions         int
		EstRows                     *int64 `json:"est_rows"`
		Bytes                       int64
	}
	NextCursor string `json:"next_cursor"`
	Truncated  bool
	Unreadable int
}

func (l listed) names() string {
	var list []string
	for _, t := range l.Tables {
		list = append(list, t.Name)
	}
	return strings.Join(list, " ")
}

func TestListTables(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	for _, c := range []struct{ arguments, want string }{
		{`{}`, "categories customers monthly_sales order_items order_totals orders page_views products"},
		{`{"detail":"names","pattern":"ORDER"}`, "order_items order_totals orders"},
		{`{"pattern":"order*s"}`, "order_items order_totals orders"},
		{`{"pattern":"%s"}`, "categories customers monthly_sales order_items order_totals orders page_views products"},
		{`{"pattern":"*_*i*"}`, "order_items page_views"},
		{`{"pattern":"order_"}`, "order_items order_totals"},
		{`{"kind":"view"}`, "order_totals"},
		{`{"kind":"matview"}`, "monthly_sales"},
		{`{"kind":"partitioned"}`, "page_views"},
		{`{"kind":"partition"}`, "page_views_2026_01 page_views_2026_02 page_views_2026_03"},
		{`{"kind":"foreign"}`, ""},
		{`{"schema":"nowhere"}`, ""},
	} {
		var out listed
		if ask(t, session, "list_tables", c.arguments, &out); out.names() != c.want {
			t.Errorf("list_tables %s lists %s", c.arguments, out.names())
		}
	}
	var out listed
	ask(t, session, "list_tables", `{"pattern":"page_views"}`, &out)
	v := out.Tables[0]
	if text, _ := call(t, session, "describe_table", `{"table":"page_views","sections":["partitions"]}`); !strings.Contains(text, fmt.Sprintf(`"bytes":%d,`, v.Bytes)) {
		t.Errorf("page_views has %d bytes in a list, and is described as %s", v.Bytes, text)
	}
	if v.EstRows == nil || *v.EstRows != 20000 || v.Bytes < 1<<20 || v.Partitions != 3 || v.Columns != 6 || v.Comment != "Visits of pages, a partition each month" {
		t.Errorf("page_views is %+v", v)
	}
}

func TestListTablesPages(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	var names []string
	cursor := ""
	for range 10 {
		var out listed
		ask(t, session, "list_tables", fmt.Sprintf(`{"limit":3,"pattern":"o","cursor":%q}`, cursor), &out)
		names = append(names, out.names())
		if cursor = out.NextCursor; cursor == "" {
			break
		}
		if !out.Truncated {
			t.Error("a page with a cursor is not truncated")
		}
	}
	if got := strings.Join(names, " | "); got != "categories customers monthly_sales | order_items order_totals orders | products" {
		t.Errorf("the pages are %s", got)
	}
	var out listed
	ask(t, session, "list_tables", `{"limit":1}`, &out)
	if text, bad := call(t, session, "list_tables", fmt.Sprintf(`{"limit":1,"pattern":"x","cursor":%q}`, out.NextCursor)); !bad || !strings.Contains(text, `"argument":"cursor"`) {
		t.Errorf("the cursor of another question gets %s", text)
	}
}

func TestNasty(t *testing.T) {
	session := connect(t, database.Config{URL: newNasty(t)}, nil)
	t.Run("search", func(t *testing.T) { testSearchSchema(t, session) })
	t.Run("sample", func(t *testing.T) { testSampleRows(t, session) })
	t.Run("resources", func(t *testing.T) { testResources(t, session) })
	t.Run("completions of columns", func(t *testing.T) { testColumnCompletions(t, session) })
	t.Run("completions", func(t *testing.T) { testCompletions(t, session) })
	t.Run("list", func(t *testing.T) {
		var out listed
		ask(t, session, "list_tables", `{"limit":1000}`, &out)
		if out.Unreadable != 2 || strings.Contains(out.names(), " secret ") {
			t.Errorf("%d unreadable, of %s", out.Unreadable, out.names())
		}
		for _, v := range out.Tables {
			if v.Name == "talked" && len(v.Comment) > 200 {
				t.Errorf("a comment of %d bytes", len(v.Comment))
			}
			if v.Name == "parts" && (v.Partitions != 151 || v.EstRows == nil || *v.EstRows != 3001) {
				t.Errorf("parts is %+v", v)
			}
		}
	})
	t.Run("find", func(t *testing.T) {
		for _, c := range []struct{ arguments, want string }{
			{`{"table":"Tab\"le.Name","schema":"Weird.Schema"}`, `"name":"Tab\"le.Name"`},
			{`{"table":"\"Weird.Schema\".\"Tab\"\"le.Name\""}`, `"name":"Tab\"le.Name"`},
			{`{"table":"Tab\"le.Name"}`, `"name":"Tab\"le.Name"`},
			{`{"table":"other.only"}`, `"schema":"other"`},
			{`{"table":"ONLY"}`, `"schema":"other"`},
			{`{"table":"other.only","schema":"other"}`, `"schema":"other"`},
			{`{"table":"pool"}`, `"schema":"public"`},
			{`{"table":"secret"}`, `"unreadable":true`},
		} {
			if text, bad := call(t, session, "describe_table", c.arguments); bad || !strings.Contains(text, c.want) {
				t.Errorf("describe_table %s says %s", c.arguments, text)
			}
		}
		for _, c := range []struct{ arguments, code, want string }{
			{`{"table":"twin"}`, "INVALID_INPUT", `several schemas have a table \"twin\": name one of them as schema: \"other\", \"stats\"`},
			{`{"table":"guardet"}`, "RESOURCE_NOT_FOUND", `did you mean \"public.guarded\"?`},
			{`{"table":"twin","schema":"nowhere"}`, "RESOURCE_NOT_FOUND", `in the schema \"nowhere\"; did you mean`},
			{`{"table":"x\"; drop table typed; --"}`, "RESOURCE_NOT_FOUND", `list_tables tells`},
			{`{"table":"typed","database":"nope"}`, "INVALID_INPUT", `these are served: default`},
		} {
			if text, bad := call(t, session, "describe_table", c.arguments); !bad || !strings.Contains(text, c.code) || !strings.Contains(text, c.want) {
				t.Errorf("describe_table %s says %s", c.arguments, text)
			}
		}
	})
	t.Run("describe", func(t *testing.T) {
		for _, c := range []struct{ table, want string }{
			{"typed", `{"name":"md","type":"mood_domain","domain_of":"mood","enum":["sad","ok","happy","quote'd"]}`},
			{"typed", `{"name":"ms","type":"mood[]","enum":["sad","ok","happy","quote'd"]}`},
			{"typed", `{"name":"id","type":"bigint","not_null":true,"identity":"by default"}`},
			{"typed", `{"name":"twice","type":"integer","default":"(id * 2)","generated":"stored"}`},
			{"typed", `"kind":"exclude"`},
			{"typed", `"not_valid":true`},
			{"tree", `"referenced_by":[{"name":"leaf_a_b_fkey","columns":["a","b"],"schema":"public","table":"leaf","ref_columns":["a","b"],"on_delete":"set null"}`},
			{"tree", `"references":[{"name":"tree_parent_fkey","columns":["parent"],"schema":"public","table":"tree","ref_columns":["id"],"on_delete":"cascade"}]`},
			{"child", `"parents":[{"schema":"public","name":"base"}]`},
			{"base", `"partitions":[{"schema":"public","name":"child"}]`},
			{"sub", `"partition_bound":"FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')"`},
			{"sub", `"partition_key":"LIST (id)"`},
			{"parts", `"partition_count":151`},
			{"parts", `"truncated":["partitions"]`},
			{"guarded", `"row_security":true,"force_row_security":true,"policies":[{"name":"none","command":"insert","permissive":false,"roles":["public"],"check":"false"},{"name":"own","command":"select","permissive":true,"roles":["mcp_reader"],"using":"(owner = CURRENT_USER)"}]`},
			{"logged", `"disabled":true`},
			{"quick", `"persistence":"unlogged"`},
			{"joined", `"definition":" SELECT`},
			{"dropped", `"column_count":2,"columns":[{"name":"b","type":"integer"},{"name":"c","type":"integer","not_null":true}]`},
			{"empty", `"column_count":0`},
			{"wide", `"column_count":1600`},
			{"wide", `"truncated":["columns"]`},
		} {
			text, bad := call(t, session, "describe_table", fmt.Sprintf(`{"table":%q}`, c.table))
			if bad || !strings.Contains(text, c.want) {
				t.Errorf("%s has no %s: %s", c.table, c.want, text)
			}
			if len(text) > 80<<10 {
				t.Errorf("%s is described in %d bytes", c.table, len(text))
			}
		}
		text, _ := call(t, session, "describe_table", `{"table":"many","sections":["columns","stats"]}`)
		if !strings.Contains(text, `{"name":"k","type":"integer","null_fraction":0,"distinct":7}`) || !strings.Contains(text, `"activity":`) {
			t.Errorf("many is %s", text)
		}
		if text, _ := call(t, session, "describe_table", `{"table":"hidden.secret","sections":["columns","stats"]}`); strings.Contains(text, "null_fraction") {
			t.Errorf("statistics of an unreadable table: %s", text)
		}
	})
}

func testSearchSchema(t *testing.T, session *mcp.ClientSession) {
	type hits struct {
		Hits []struct {
			Kind, Schema, Table, Name, Type, Args string
			Labels                                []string
		}
		Truncated bool
	}
	for _, c := range []struct{ arguments, want string }{
		{`{"query":"order"}`, "table .orders"},
		{`{"query":"orderItems"}`, "table .order_items"},
		{`{"query":"custmer"}`, "table .customers"},
		{`{"query":"customer email"}`, "column customers.email"},
		{`{"query":"shipped"}`, "column orders.shipped_at"},
		{`{"query":"delivered"}`, "type .order_status"},
		{`{"query":"euro"}`, "column products.price"},
		{`{"query":"customer orders","kinds":["function"]}`, "function .customer_orders"},
		{`{"query":"😀"}`, "table .😀"},
		{`{"query":"tab\"le name"}`, `table .Tab"le.Name`},
	} {
		var out hits
		ask(t, session, "search_schema", c.arguments, &out)
		if len(out.Hits) == 0 {
			t.Errorf("search_schema %s finds nothing", c.arguments)
		} else if h := out.Hits[0]; h.Kind+" "+h.Table+"."+h.Name != c.want {
			t.Errorf("search_schema %s finds first %+v", c.arguments, h)
		}
	}
	var out hits
	ask(t, session, "search_schema", `{"query":"customer orders","kinds":["function"],"limit":1}`, &out)
	if f := out.Hits[0]; f.Args != "customer bigint" || f.Type != "bigint" {
		t.Errorf("the function is %+v", f)
	}
	ask(t, session, "search_schema", `{"query":"secret"}`, &out)
	if slices.ContainsFunc(out.Hits, func(h struct {
		Kind, Schema, Table, Name, Type, Args string
		Labels                                []string
	}) bool {
		return h.Schema == "hidden"
	}) {
		t.Error("a search finds what this role may not read")
	}
	if text, bad := call(t, session, "search_schema", `{"query":"\u0000 -- ;"}`); bad {
		t.Errorf("blanks get %s", text)
	}
}

func testSampleRows(t *testing.T, session *mcp.ClientSession) {
	type sample struct {
		Columns   []struct{ Name, Type string }
		Rows      [][]any
		Sampled   string
		LeftOut   []string `json:"left_out"`
		Truncated bool
	}
	for _, c := range []struct {
		arguments     string
		rows, columns int
		sampled       string
	}{
		{`{"table":"Tab\"le.Name"}`, 2, 4, "first"},
		{`{"table":"typed"}`, 1, 9, "first"},
		{`{"table":"many","n":50}`, 50, 2, "random"},
		{`{"table":"many","columns":["k"],"n":3}`, 3, 1, "random"},
		{`{"table":"hollow"}`, 0, 1, "first"},
		{`{"table":"parts"}`, 5, 3, "first"},
		{`{"table":"wide","n":50}`, 0, 1600, "first"},
		{`{"table":"guarded"}`, 1, 3, "first"},
		{`{"table":"part_secret"}`, 1, 2, "first"},
		{`{"table":"empty"}`, 1, 0, "first"},
		{`{"table":"joined"}`, 1, 2, "first"},
		{`{"table":"fat","n":50}`, 0, 3, "first"},
	} {
		text, bad := call(t, session, "sample_rows", c.arguments)
		var out sample
		if err := json.Unmarshal([]byte(text), &out); bad || err != nil {
			t.Fatalf("%s gets %s (%v)", c.arguments, text[:min(len(text), 1000)], err)
		}
		if c.rows > 0 && len(out.Rows) != c.rows || len(out.Columns) != c.columns || !strings.Contains(out.Sampled, c.sampled) {
			t.Errorf("%s gets %d rows of %d columns, %s", c.arguments, len(out.Rows), len(out.Columns), out.Sampled)
		}
		if len(text) > 250<<10 {
			t.Errorf("%s gets %d bytes", c.arguments, len(text))
		}
	}
	var out sample
	if ask(t, session, "sample_rows", `{"table":"part_secret"}`, &out); !slices.Equal(out.LeftOut, []string{"closed"}) {
		t.Errorf("left out are %v", out.LeftOut)
	}
	for _, c := range []struct{ arguments, want string }{
		{`{"table":"part_secret","columns":["closed"]}`, "permission denied"},
		{`{"table":"secret"}`, "permission denied"},
		{`{"table":"orders","columns":["statis"]}`, `did you mean \"status\"?`},
		{`{"table":"orders","columns":["id; drop table orders"]}`, "has no column"},
		{`{"table":"orders","n":51}`, "INVALID_INPUT"},
	} {
		if text, bad := call(t, session, "sample_rows", c.arguments); !bad || !strings.Contains(text, c.want) {
			t.Errorf("%s gets %s", c.arguments, text)
		}
	}
}

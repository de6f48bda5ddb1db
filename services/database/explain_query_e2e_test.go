//go:build e2e && linux

package database_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// manyOrders gives the shop enough orders that reading all of them is slow: 400
// for each customer, and each status as often as the others.
const manyOrders = `
insert into orders (customer_id, status, placed_at)
select 1 + (n * 104729 % 500), (enum_range(null::order_status))[1 + n * 7919 % 104729 % 5], timestamptz '2005-01-01 00:00+00' + n * interval '50 minutes'
from generate_series(1::bigint, 200000) n;
analyze orders;`

const hypopg = `create extension hypopg;`

// refused calls a tool that must fail and returns what it says.
func refused(t testing.TB, session *mcp.ClientSession, tool, arguments string) string {
	t.Helper()
	text, bad := call(t, session, tool, arguments)
	if !bad {
		t.Fatalf("%s %s is not refused: %s", tool, arguments, text)
	}
	return text
}

type explained struct {
	Plan     string
	Findings []struct{ Severity, Node, What, Advice string }
	Cost     float64
	Before   float64 `json:"cost_before"`
	Generic  bool
	Run      float64 `json:"execution_ms"`
	Indexes  []struct {
		DDL  string
		Size int64 `json:"size_bytes"`
		Used bool
	} `json:"hypothetical_indexes"`
	Tree json.RawMessage
}

func TestExplainQuery(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t, manyOrders, hypopg), AllowAnalyze: true}, nil)

	var got explained
	ask(t, session, "explain_query", `{"query":"select note from orders where customer_id = $1","params":[42]}`, &got)
	if !strings.Contains(got.Plan, "Seq Scan on orders") || !strings.Contains(got.Plan, "(orders.customer_id = ") || got.Cost == 0 || got.Generic || got.Run != 0 {
		t.Errorf("the plan is %+v", got)
	}
	if len(got.Findings) == 0 || !strings.Contains(got.Findings[0].What, "rows of orders and is expected to keep") {
		t.Errorf("the findings are %+v", got.Findings)
	}

	t.Run("for any values", func(t *testing.T) {
		var got explained
		ask(t, session, "explain_query", `{"query":"select note from orders where customer_id = $1 and status = $2 limit $3"}`, &got)
		if !got.Generic || !strings.Contains(got.Plan, "customer_id = $1") {
			t.Errorf("the plan is %+v", got)
		}
		// A second one on the same connection finds no prepared statement in its way.
		ask(t, session, "explain_query", `{"query":"select note from orders where id = $1"}`, &got)
		if !strings.Contains(got.Plan, "id = $1") {
			t.Errorf("the plan is %+v", got)
		}
	})
	t.Run("analyze", func(t *testing.T) {
		var got explained
		ask(t, session, "explain_query", `{"query":"select note from orders where customer_id = 42 order by note","analyze":true,"buffers":true,"format":"json"}`, &got)
		if got.Run == 0 || !strings.Contains(got.Plan, "actual=") || !strings.Contains(got.Plan, "hit=") || !strings.Contains(string(got.Tree), `"Actual Rows"`) {
			t.Errorf("the plan is %+v", got)
		}
		if text := refused(t, session, "explain_query", `{"query":"select note from orders where customer_id = $1","analyze":true}`); !strings.Contains(text, "needs the values of its 1 parameters") {
			t.Errorf("it says %s", text)
		}
	})
	t.Run("hypothetical", func(t *testing.T) {
		var got explained
		ask(t, session, "explain_query", `{"query":"select note from orders where customer_id = 42","hypothetical_indexes":["CREATE INDEX ON orders (customer_id)","orders (note desc)"]}`, &got)
		if len(got.Indexes) != 2 || !got.Indexes[0].Used || got.Indexes[0].Size == 0 || got.Indexes[1].Used || got.Cost >= got.Before || got.Indexes[1].DDL != `CREATE INDEX ON "public"."orders" ("note" DESC)` {
			t.Errorf("it says %+v", got)
		}
		// Without them it is as it was: they do not outlive the call.
		var after explained
		ask(t, session, "explain_query", `{"query":"select note from orders where customer_id = 42"}`, &after)
		if after.Cost != got.Before {
			t.Errorf("the cost is %v behind it, %v before", after.Cost, got.Before)
		}
	})
}

func TestExplainQueryRefuses(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	for _, test := range []struct{ arguments, want string }{
		{`{"query":"select 1","analyze":true}`, "--allow-analyze"},
		{`{"query":"delete from orders"}`, "PERMISSION_DENIED"},
		{`{"query":"show work_mem"}`, "has no plan"},
		{`{"query":"select * from nothing_there"}`, "nothing_there"},
		{`{"query":"select 1 from","params":[]}`, "syntax error"},
		{`{"query":"select 1","hypothetical_indexes":["orders (note)"]}`, "CREATE EXTENSION hypopg"},
		{`{"query":"select 1","hypothetical_indexes":["orders (lower(note))"]}`, "plain columns"},
		{`{"query":"select 1","hypothetical_indexes":["orders (note) where note is null"]}`, "plain columns"},
		{`{"query":"select 1","hypothetical_indexes":["orders (nope)"]}`, "no column"},
		{`{"query":"select 1","hypothetical_indexes":["order_totals (id)"]}`, "is a view"},
		{`{"query":"select 1","hypothetical_indexes":["page_views (path)"]}`, "partitions"},
		{`{"query":"select 1","hypothetical_indexes":["orders (note); drop table orders"]}`, "plain columns"},
		{`{"query":"select 1","database":"other"}`, "there is none called"},
	} {
		if text := refused(t, session, "explain_query", test.arguments); !strings.Contains(text, test.want) {
			t.Errorf("%s says %s, want %q in it", test.arguments, text, test.want)
		}
	}
}

type advice struct {
	Indexes []struct {
		DDL     string
		Costed  bool
		Gain    float64
		Size    int64 `json:"size_bytes"`
		Queries []int
		Assumes string
	}
	Queries []struct {
		Before float64  `json:"cost_before"`
		After  *float64 `json:"cost_after"`
		Calls  int64
	}
	Covered []struct{ Columns, By string }
	Skipped []struct {
		Reason, First string
		Count         int
	}
	Notes []string
}

// slow are two queries that read all orders for a few of them.
const slow = `"select note from orders where customer_id = $1", "select id, customer_id from orders where status = 'pending' and placed_at > '2023-01-01'"`

func TestAdviseIndexes(t *testing.T) {
	want := map[string][]int{
		`CREATE INDEX CONCURRENTLY ON "public"."orders" ("customer_id")`:         {1},
		`CREATE INDEX CONCURRENTLY ON "public"."orders" ("status", "placed_at")`: {2},
	}
	check := func(t *testing.T, got advice, costed bool) {
		t.Helper()
		if len(got.Indexes) != len(want) {
			t.Errorf("the advice is %+v", got)
		}
		for _, i := range got.Indexes {
			if q := want[i.DDL]; len(q) == 0 || len(i.Queries) != 1 || i.Queries[0] != q[0] || i.Costed != costed || i.Size < 1<<20 || (i.Assumes == "") != costed {
				t.Errorf("it advises %+v", i)
			}
		}
	}
	t.Run("costed", func(t *testing.T) {
		url := newShop(t, manyOrders, hypopg)
		session := connect(t, database.Config{URL: url}, nil)
		var got advice
		ask(t, session, "advise_indexes", `{"queries":[`+slow+`]}`, &got)
		check(t, got, true)
		for _, q := range got.Queries {
			if q.After == nil || *q.After > q.Before*0.9 {
				t.Errorf("a query costs %+v", q)
			}
		}
		var none advice
		ask(t, session, "advise_indexes", `{"queries":[`+slow+`],"max_mb":1}`, &none)
		if len(none.Indexes) != 0 || !strings.Contains(strings.Join(none.Notes, "\n"), "larger than max_mb") {
			t.Errorf("with 1 MB it advises %+v", none)
		}
		ask(t, session, "advise_indexes", `{"queries":["select * from customers where email = 'a'", "delete from orders", "select 1 from order_items where order_id = $1 and line = 2"]}`, &none)
		if len(none.Indexes) != 0 || len(none.Covered) == 0 || len(none.Skipped) != 1 || none.Skipped[0].Count != 1 || len(none.Queries) != 2 {
			t.Errorf("of what needs none it says %+v", none)
		}
		// What was imagined is gone from every connection.
		var plan explained
		ask(t, session, "explain_query", `{"query":"select note from orders where customer_id = 42"}`, &plan)
		if !strings.Contains(plan.Plan, "Seq Scan") {
			t.Errorf("the plan is now %s", plan.Plan)
		}
	})
	t.Run("guessed", func(t *testing.T) {
		session := connect(t, database.Config{URL: newShop(t, manyOrders)}, nil)
		var got advice
		ask(t, session, "advise_indexes", `{"queries":[`+slow+`]}`, &got)
		check(t, got, false)
		if !strings.Contains(got.Notes[0], "CREATE EXTENSION hypopg") {
			t.Errorf("the notes are %q", got.Notes)
		}
	})
	t.Run("partitions", func(t *testing.T) {
		session := connect(t, database.Config{URL: newShop(t, hypopg)}, nil)
		var got advice
		ask(t, session, "advise_indexes", `{"queries":["select * from page_views where customer_id = 7"]}`, &got)
		if len(got.Indexes) != 1 || got.Indexes[0].DDL != `CREATE INDEX ON "public"."page_views" ("customer_id")` {
			t.Errorf("it advises %+v", got)
		}
	})
}

type top struct {
	Queries []struct {
		ID, Query string
		Calls     int64
		Total     float64 `json:"total_ms"`
		Share     float64
	}
	Setup, Notes []string
}

func TestTopQueries(t *testing.T) {
	t.Run("without the extension", func(t *testing.T) {
		session := connect(t, database.Config{URL: newShop(t)}, nil)
		var got top
		ask(t, session, "top_queries", `{}`, &got)
		setup := strings.Join(got.Setup, "\n")
		for _, want := range []string{"shared_preload_libraries", "CREATE EXTENSION pg_stat_statements", `GRANT pg_read_all_stats TO "mcp_reader"`} {
			if !strings.Contains(setup, want) {
				t.Errorf("the setup is %q, want %q in it", setup, want)
			}
		}
	})
	t.Run("not preloaded", func(t *testing.T) {
		session := connect(t, database.Config{URL: newShop(t, `create extension pg_stat_statements; grant pg_read_all_stats to mcp_reader`)}, nil)
		var got top
		ask(t, session, "top_queries", `{}`, &got)
		if len(got.Setup) != 1 || !strings.Contains(got.Setup[0], "shared_preload_libraries") {
			t.Errorf("it says %+v", got)
		}
	})

	server := pgtest.Start(t, localpg.Options{Settings: map[string]string{"shared_preload_libraries": "pg_stat_statements"}})
	url := pgtest.On(t, server, shop.Schema, shop.Reader, manyOrders, hypopg, `create extension pg_stat_statements; grant pg_read_all_stats to mcp_reader`)
	for range 3 {
		pgtest.Exec(t, url, `select count(note) from orders where customer_id = 42`)
	}
	pgtest.Exec(t, url, `alter role mcp_reader password 'geheim'`)
	session := connect(t, database.Config{URL: pgtest.As(t, url, "mcp_reader")}, nil)
	var got top
	ask(t, session, "top_queries", `{"sort":"calls","limit":50}`, &got)
	found := false
	for _, q := range got.Queries {
		if strings.Contains(q.Query, "geheim") || strings.Contains(q.Query, "_mcp") || strings.Contains(q.Query, "pg_class") {
			t.Errorf("it shows %q", q.Query)
		}
		found = found || q.Query == "select count(note) from orders where customer_id = $1" && q.Calls == 3 && q.Total > 0 && q.Share > 0
	}
	if !found {
		t.Errorf("the query is not among %+v", got)
	}
	for _, sort := range []string{"total", "mean", "rows", "io"} {
		ask(t, session, "top_queries", `{"sort":"`+sort+`","limit":3,"min_calls":1}`, &got)
		if len(got.Queries) != 3 {
			t.Errorf("by %s it lists %+v", sort, got.Queries)
		}
	}

	t.Run("workload", func(t *testing.T) {
		var got advice
		ask(t, session, "advise_indexes", `{"workload":true}`, &got)
		named := false
		for _, i := range got.Indexes {
			named = named || strings.HasSuffix(i.DDL, `"orders" ("customer_id")`)
		}
		if !named || len(got.Skipped) == 0 {
			t.Errorf("the advice is %+v", got)
		}
	})
}

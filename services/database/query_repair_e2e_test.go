//go:build e2e && linux

package database_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/database"
)

// TestRepair makes the mistakes that queries have most often, and wants to be
// told what to write instead.
func TestRepair(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t, `
create table "UserAccount" ("userId" int, "order" int);
create schema billing;
create table billing.invoices (id int);
grant usage on schema billing to mcp_reader;
grant select on "UserAccount", billing.invoices to mcp_reader;`)}, nil)
	for query, want := range map[string]string{
		`select name from customers`:                                      "customers has id, email, full_name, country,",
		`select emial from customers`:                                     `column "customers.email"`,
		`select naem, 1 from orders o join order_items i on i.order_id=1`: "orders has id, customer_id, status, placed_at, shipped_at, shipping, note. order_items has order_id,",
		`select * from customer`:                                          "Did you mean public.customers?",
		`select * from invoices`:                                          "Did you mean billing.invoices?",
		`select * from UserAccount`:                                       `Did you mean public."UserAccount"?`,
		`select userId from "UserAccount"`:                                `Write it as "userId"`,
		`select order from "UserAccount"`:                                 `order is a reserved word: as a name it is written "order".`,
		`select * from order`:                                             "order is a reserved word. Did you mean public.orders",
		`select * from nothing_like_it_anywhere`:                          "search_schema",
		`select c.id from orders o`:                                       "Join the table in FROM",
		`select id from orders join products on true`:                     "orders.id or products.id",
		`select attributes.colour from products`:                          "attributes->>'key'",
		`select * from orders where note = "it's"`:                        "a text is written 'it''s'.",
		`select * from orders where status = 'payed'`:                     "'pending', 'paid', 'shipped', 'delivered', 'cancelled'",
		`select * from orders where placed_at > 2025-01-01`:               "in quotes, as in '2026-01-31'",
		`select * from orders where placed_at > '13/13/2025'`:             "Dates are year-month-day",
		`select * from orders where status like 'pa%'`:                    "status::text LIKE",
		`select * from orders where status == 'paid'`:                     "Equality is written =.",
		`select ifnull(note, '') from orders`:                             "Write coalesce(a, b).",
		`select now() - interval 1 day`:                                   "interval '1 day'",
		`select top 5 * from orders`:                                      "LIMIT 10 at the end",
		"select `id` from orders":                                         "in double quotes",
		`select [id] from orders`:                                         "in double quotes",
		`select * from orders where id = :id`:                             "$1, $2 and so on",
		`select 1 / 0`:                                                    "NULLIF(divisor, 0)",
		`show tables`:                                                     "list_tables",
		`describe orders`:                                                 "describe_table",
		`select '😀', c.xyzzy from orders as "é" join customers c on true`: "customers has id,",
	} {
		arguments, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		text, bad := call(t, session, "execute_query", string(arguments))
		var said struct {
			Error struct {
				Message string
				Details struct{ Hint string }
			}
		}
		if err := json.Unmarshal([]byte(text), &said); err != nil || !bad || !strings.Contains(said.Error.Message+" "+said.Error.Details.Hint, want) {
			t.Errorf("%s gives %s, want %q", query, text, want)
		}
	}
	text, _ := call(t, session, "execute_query", `{"query": "select concat($1)", "params": ["x"]}`)
	if !strings.Contains(text, "$1::text") {
		t.Errorf("a parameter of no type gives %s", text)
	}
	if text, _ = call(t, session, "execute_query", `{"query": "select id from orders where status = $1", "params": ["payed"]}`); !strings.Contains(text, "'shipped'") {
		t.Errorf("a parameter that is no label gives %s", text)
	}
}

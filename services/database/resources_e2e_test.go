//go:build e2e && linux

package database_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/database"
)

func read(t testing.TB, session *mcp.ClientSession, uri string) (string, error) {
	t.Helper()
	res, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		return "", err
	}
	c := res.Contents[0]
	if c.URI != uri || c.MIMEType == "" || res.CacheScope != "private" {
		t.Errorf("%s is %s of %s, %s", uri, c.MIMEType, c.URI, res.CacheScope)
	}
	return c.Text, nil
}

func testResources(t *testing.T, session *mcp.ClientSession) {
	t.Run("rows", func(t *testing.T) {
		for _, c := range []struct{ uri, want string }{
			{"db://databases", `"name":"default","mode":"read-only"`},
			{"db://orders/7", `"customer_id":`},
			{"db://default/public/orders/7", `"customer_id":`},
			{"db://order_items/7,1", `"unit_price":`},
			{"db://order_items/7%2C1", `"unit_price":`},
			{"db://default/a%2Fb%3Fc%23d%25/e%2Ff%3Fg%23h%25%2C/1%2C2,x%2Fy", `"v":`},
			{"db://huge/9007199254740993", `"9007199254740993"`},
			{"db://pool/schema", `{"id":"schema"}`},
			{"db://default/stats/%70ool", "create table stats.pool"},
			{"db://default/Weird.Schema/%F0%9F%98%80/7", `"😀":`},
		} {
			if text, err := read(t, session, c.uri); err != nil || !strings.Contains(text, c.want) {
				t.Errorf("%s is %s, %v", c.uri, text, err)
			}
		}
		for _, c := range []struct{ uri, want string }{
			{"db://orders/0", "not found"},
			{"db://nothing/0", "not found"},
			{"db://elsewhere/public/orders", "not found"},
			{"db://no_key/1", "has no primary key"},
			{"db://order_items/7", "has 2 columns (order_id, line)"},
			{"db://orders/seven", "invalid input syntax"},
			{"db://orders/1%20or%201%3D1", "invalid input syntax"},
			{"db://guarded/2", "not found"},
			{"db://default/hidden/secret/1", "permission denied"},
		} {
			if text, err := read(t, session, c.uri); err == nil || !strings.Contains(strings.ToLower(err.Error()), c.want) {
				t.Errorf("%s is %s, %v", c.uri, text, err)
			}
		}
	})
	t.Run("tables", func(t *testing.T) {
		text, err := read(t, session, "db://default/schema")
		if err != nil || len(text) > 256<<10 || !strings.Contains(text, "- orders ~5000 rows: id bigint, customer_id bigint, status order_status") || strings.Contains(text, "password") {
			t.Errorf("the schema of %d bytes is %s, %v", len(text), text[:min(2000, len(text))], err)
		}
		text, err = read(t, session, "db://default/Weird.Schema/Tab%22le.Name")
		if err != nil || strings.Count(text, "\n# ") > 0 || strings.Contains(text, "\u202e") {
			t.Errorf("the table is %s, %v", text, err)
		}
		text, err = read(t, session, "db://default/public/orders")
		for _, want := range []string{
			"id bigint not null generated always as identity,\n", "status order_status not null default 'pending'::order_status, -- one of pending, paid",
			"foreign key (customer_id) references public.customers (id)", "-- referenced by public.order_items (order_id)", "CREATE INDEX orders_placed_at_idx",
		} {
			if err != nil || !strings.Contains(text, want) {
				t.Errorf("orders has no %s: %s, %v", want, text, err)
			}
		}
	})
	t.Run("list", func(t *testing.T) {
		var uris []string
		for r, err := range session.Resources(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			uris = append(uris, r.URI)
			if r.URI != "db://databases" {
				if _, err := read(t, session, r.URI); err != nil {
					t.Errorf("%s is listed: %v", r.URI, err)
				}
			}
		}
		if uris[0] != "db://databases" || uris[1] != "db://default/schema" || !slices.Contains(uris, "db://default/stats/%70ool") ||
			slices.Contains(uris, "db://default/public/parts_1") || len(uris) < 30 {
			t.Errorf("the list is %v", uris)
		}
	})
}

func testCompletions(t *testing.T, session *mcp.ClientSession) {
	for _, c := range []struct {
		template, argument, typed string
		resolved                  map[string]string
		want                      string
	}{
		{"db://{database}/schema", "database", "de", nil, "default"},
		{"db://{database}/{schema}/{table}", "schema", "", nil, "Weird.Schema a/b?c#d% other public stats"},
		{"db://{database}/{schema}/{table}", "schema", "", map[string]string{"database": "no such"}, ""},
		{"db://{database}/{schema}/{table}", "table", "ORDER", map[string]string{"database": "default", "schema": "public"}, "order_items order_totals orders"},
		{"db://{database}/{schema}/{table}", "table", "ools", nil, ""},
		{"db://{table}/{id}", "table", "items", nil, "order_items"},
		{"db://{table}/{id}", "table", "twin", nil, "other.twin stats.twin"},
		{"db://{table}/{id}", "table", "secret", nil, "part_secret"},
	} {
		res, err := session.Complete(t.Context(), &mcp.CompleteParams{
			Ref:      &mcp.CompleteReference{Type: "ref/resource", URI: c.template},
			Argument: mcp.CompleteParamsArgument{Name: c.argument, Value: c.typed},
			Context:  &mcp.CompleteContext{Arguments: c.resolved},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(res.Completion.Values, " "); got != c.want {
			t.Errorf("%s of %s, typed %q, completes to %s", c.argument, c.template, c.typed, got)
		}
	}
}

func testColumnCompletions(t *testing.T, session *mcp.ClientSession) {
	for _, c := range []struct{ table, typed, want string }{
		{"order_items", "", "order_id line product_id quantity unit_price total"},
		{"order_items", "UNIT", "unit_price"},
		{"public.order_items", "order_id, li", "order_id, line"},
		{"order_items", "nope", ""},
		{"no such", "", ""},
	} {
		res, err := session.Complete(t.Context(), &mcp.CompleteParams{
			Ref:      &mcp.CompleteReference{Type: "ref/prompt", Name: "sql-query-builder"},
			Argument: mcp.CompleteParamsArgument{Name: "columns", Value: c.typed},
			Context:  &mcp.CompleteContext{Arguments: map[string]string{"table": c.table}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(res.Completion.Values, " "); got != c.want {
			t.Errorf("columns of %s, typed %q, complete to %q, want %q", c.table, c.typed, got, c.want)
		}
	}
}

// An id that only the schema's template would take is a row where no database has
// that name; where one has, it is the schema.
func TestNamesAlike(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t, `create table "default" (id text primary key); insert into "default" values ('schema'); grant select on "default" to mcp_reader`)}, nil)
	if text, err := read(t, session, "db://default/schema"); err != nil || !strings.HasPrefix(text, "# default") {
		t.Errorf("db://default/schema is %s, %v", text, err)
	}
	if text, err := read(t, session, "db://default/public/default/schema"); err != nil || text != `{"id":"schema"}` {
		t.Errorf("the row is %s, %v", text, err)
	}
}

func TestResourcePages(t *testing.T) {
	script := `do $$ begin for n in 1..450 loop execute format('create table t%s (id int)', n); end loop; end $$; grant select on all tables in schema public to mcp_reader`
	session := connect(t, database.Config{URL: newShop(t, script)}, nil)
	seen := make(map[string]bool)
	for r, err := range session.Resources(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[r.URI] {
			t.Errorf("%s is listed twice", r.URI)
		}
		seen[r.URI] = true
	}
	if len(seen) != 450+8+2 {
		t.Errorf("%d resources", len(seen))
	}
	first, err := session.ListResources(t.Context(), nil)
	if err != nil || len(first.Resources) > resourcesPerPage || first.NextCursor == "" {
		t.Errorf("the first page has %d, %v", len(first.Resources), err)
	}
}

// resourcesPerPage is a page of tables and db://databases before it.
const resourcesPerPage = 201

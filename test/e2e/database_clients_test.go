//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readingTools are the tools of mcp-database, those that change rows not counted.
var readingTools = []string{
	"advise_indexes", "database_health", "describe_table", "execute_query", "explain_query", "list_databases",
	"list_tables", "profile_table", "sample_rows", "search_schema", "top_queries",
}

func TestClientClaudeCodeInADatabase(t *testing.T) {
	t.Parallel()
	tools := install(t)
	for _, transport := range []string{"HTTP", "stdio"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			db := newShop(t)
			add := []string{"shop", "-e", "DATABASE_URL=" + db.url("mcp_reader"), "--", database}
			if transport == "HTTP" {
				add = []string{"--transport", "http", "shop", serveDatabase(t, db.url("mcp_reader")).url}
			}
			claudeCode(t, tools, "shop", add, conversation{"Which order comes first?", "execute_query", map[string]any{
				"query": "SELECT id, status FROM orders WHERE id >= $1 ORDER BY id", "params": []int{7}, "max_rows": 1,
			}, `[7,`})
		})
	}
}

func TestClientInspectorInADatabase(t *testing.T) {
	t.Parallel()
	tools := install(t)
	for _, transport := range []string{"HTTP legacy", "HTTP modern", "stdio legacy", "stdio modern"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			db := newShop(t)
			kind, era, _ := strings.Cut(transport, " ")
			target := []string{"-e", "DATABASE_URL=" + db.url("mcp_reader"), database}
			if kind == "HTTP" {
				target = []string{serveDatabase(t, db.url("mcp_reader")).url, "--transport", "http"}
			}
			c := newClient(t)
			inspect := func(args ...string) []byte {
				args = slices.Concat([]string{"--cli"}, target, []string{"--protocol-era", era}, args)
				return []byte(c.run(t, tools.Command(wait(t), tools.Inspector, args...)))
			}
			var list struct {
				Tools []struct {
					Name string `json:"name"`
				} `json:"tools"`
			}
			if out := inspect("--method", "tools/list"); json.Unmarshal(out, &list) != nil || len(list.Tools) != len(readingTools) {
				t.Errorf("tools/list: %s", out)
			}
			if out := inspect("--method", "resources/read", "--uri", "db://default/public/orders"); !bytes.Contains(out, []byte("customer_id")) {
				t.Errorf("resources/read: %s", out)
			}
			for _, call := range []struct {
				tool, want string
				arguments  []string
			}{
				{"list_tables", "order_items", nil},
				{"describe_table", "placed_at", []string{"table=orders"}},
				{"execute_query", "[5000]", []string{"query=SELECT count(*) FROM orders"}},
				{"execute_query", "[7,", []string{"query=SELECT id, status FROM orders WHERE id = $1", "params=[7]"}},
			} {
				args := []string{"--method", "tools/call", "--tool-name", call.tool}
				for _, a := range call.arguments {
					args = append(args, "--tool-arg", a)
				}
				var got answer
				out := inspect(args...)
				if err := json.Unmarshal(out, &got.Result); err != nil || got.Result.IsError || !strings.Contains(got.Result.Content[0].Text, call.want) {
					t.Errorf("%s: %s", call.tool, out)
				}
			}
		})
	}
}

func TestClientTypeScriptSDKInADatabase(t *testing.T) {
	t.Parallel()
	tools := install(t)
	script := clientScript(t, "database.mjs")
	type outcome struct {
		Tools     []string `json:"tools"`
		Tables    []string `json:"tables"`
		Columns   []string `json:"columns"`
		Pages     []int    `json:"pages"`
		Plan      bool     `json:"plan"`
		Picture   string   `json:"picture"`
		Bars      int      `json:"bars"`
		Refused   bool     `json:"refused"`
		Resources []string `json:"resources"`
		Resource  bool     `json:"resource"`
		Row       int      `json:"row"`
		Prompts   []string `json:"prompts"`
		Prompt    bool     `json:"prompt"`
		Completed []string `json:"completed"`
		Asked     bool     `json:"asked"`
		Committed bool     `json:"committed"`
		Updated   string   `json:"updated"`
		After     string   `json:"after"`
	}
	tables := []string{"categories", "customers", "monthly_sales", "order_items", "order_totals", "orders", "page_views", "products"}
	resources := []string{"db://databases", "db://default/schema"}
	for _, name := range tables {
		resources = append(resources, "db://default/public/"+name)
	}
	want := outcome{
		Tools:   slices.Sorted(slices.Values(append([]string{"delete_record", "modify_data"}, readingTools...))),
		Tables:  tables,
		Columns: []string{"id", "customer_id", "status", "placed_at", "shipped_at", "shipping", "note"},
		Pages:   []int{4, 4, 2}, Plan: true, Picture: "image/png PNG", Bars: 5, Refused: true,
		Resources: resources, Resource: true, Row: 7,
		Prompts: []string{"data-analysis-workflow", "slow-query-triage", "sql-query-builder"}, Prompt: true,
		Completed: []string{"order_items", "order_totals", "orders"},
		Asked:     true, Committed: true, Updated: "db://default/public/orders", After: "fragile",
	}
	for _, edition := range []string{"v1", "v2"} {
		for _, kind := range []string{"http", "stdio"} {
			t.Run(edition+"/"+kind, func(t *testing.T) {
				t.Parallel()
				db := newShop(t)
				flags := []string{"--write", "--subscribe", "orders=shop_orders"}
				args := []string{"-", edition, kind}
				if kind == "http" {
					args = append(args, serveDatabase(t, db.url("mcp_writer"), flags...).url)
				} else {
					args = slices.Concat(args, []string{database, "", "--database-url-file", urlFile(t, db.url("mcp_writer"))}, flags)
				}
				cmd := tools.Command(wait(t), "--input-type=module", args...)
				cmd.Dir, cmd.Stdin = tools.Dir, bytes.NewReader(script)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, &stderr)
				}
				var got outcome
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatalf("%v in %s", err, out)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("what the client got (-want +got):\n%s", diff)
				}
				if got := db.ask(t, "select note from orders where id = 7"); got != "fragile" {
					t.Errorf("the note is %q", got)
				}
			})
		}
	}
}

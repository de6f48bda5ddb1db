package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

func TestReplace(t *testing.T) {
	const text = "before\n<!-- tools:start -->\nold\n<!-- tools:end -->\nafter\n"
	want := "before\n<!-- tools:start -->\nnew\n<!-- tools:end -->\nafter\n"
	got, err := replace(text, "tools", "new\n")
	if err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if again, err := replace(got, "tools", "new\n"); err != nil || again != got {
		t.Errorf("replacing twice gives %q, %v", again, err)
	}
	for name, text := range map[string]string{
		"without markers": "text",
		"without an end":  "<!-- tools:start -->",
		"end first":       "<!-- tools:end --> <!-- tools:start -->",
		"another name":    "<!-- flags:start --><!-- flags:end -->",
	} {
		if _, err := replace(text, "tools", "new\n"); err == nil {
			t.Errorf("a text %s is accepted", name)
		}
	}
}

func TestFirstSentence(t *testing.T) {
	got, err := firstSentence("# calculator\n\nAn MCP server that\ncomputes 1.5 times. It is\nsmall.\n\n## More\n")
	if want := "An MCP server that computes 1.5 times."; err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	for _, readme := range []string{"", "calculator\n\nAn MCP server.", "# calculator\n", "# calculator\n\n## Run\n", "# calculator\n\n<!-- x -->"} {
		if got, err := firstSentence(readme); err == nil {
			t.Errorf("%q has the first sentence %q", readme, got)
		}
	}
}

func TestTables(t *testing.T) {
	var tools []tool
	if err := json.Unmarshal([]byte(`[
		{"name":"find","description":"Find a|b.\nIn order. More.\n\nAnd more.","arguments":[{"name":"query","required":true},{"name":"limit"}],"scopes":["x:read"]},
		{"name":"drop","description":"Drop it","scopes":["x:read","x:write"],"writes":true}]`), &tools); err != nil {
		t.Fatal(err)
	}
	wantTools := "| tool | what it does | arguments | scope |\n|---|---|---|---|\n" +
		"| `find` | Find a\\|b. | **`query`** `limit` | `x:read` |\n" +
		"| `drop` | Drop it. Writes. |  | `x:read x:write` |\n" +
		"\nArguments in bold are required.\n"
	if diff := cmp.Diff(wantTools, toolTable(tools)); diff != "" {
		t.Errorf("tools (-want +got):\n%s", diff)
	}
	wantServices := "| service | what it is | tools | local port |\n|---|---|---|--:|\n" +
		"| [x](services/x) | It finds. | `find` `drop` | 8106 |\n"
	if diff := cmp.Diff(wantServices, serviceTable([]summary{{fleet.Service{Name: "x", Port: 8106}, "It finds.", tools}})); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	own := flagInfo{Name: "root", Env: []string{"X_ROOT"}, Help: "Where.", Service: true}
	shared := flagInfo{Name: "http", Env: []string{"MCP_HTTP_ADDR", "ADDR"}, Default: "off", Help: "Serve."}
	got := flagTable([]flagInfo{shared, own})
	if own, shared := strings.Index(got, "| `--root` | `X_ROOT` |  | Where. |\n"),
		strings.Index(got, "| `--http` | `MCP_HTTP_ADDR ADDR` | `off` | Serve. |\n"); own < 0 || shared < own {
		t.Errorf("the service's own flag is not a row before the shared one:\n%s", got)
	}
	if got := flagTable([]flagInfo{shared}); strings.Contains(got, "own") {
		t.Errorf("a service without flags has a table of its own:\n%s", got)
	}
}

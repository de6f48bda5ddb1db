package servertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var toolName = regexp.MustCompile(`^[a-z]+(_[a-z0-9]+)*$`)

// maxDescription bounds a description, which every conversation pays for.
const maxDescription = 2000

// schema is what is checked of a JSON Schema.
type schema struct {
	Description string             `json:"description"`
	Properties  map[string]*schema `json:"properties"`
	Additional  any                `json:"additionalProperties"`
	Enum        []any              `json:"enum"`
}

// definitions checks that what is offered says what a model and a person need.
func (s *suite) definitions(t *testing.T) {
	session := s.inProcess(t)
	init := session.InitializeResult()
	if init.Instructions == "" {
		t.Error("the service has no instructions")
	}
	for _, info := range s.server.Tools() {
		for _, scope := range info.Scopes {
			if !strings.HasPrefix(scope, s.name+":") {
				t.Errorf("tool %s: scope %q does not begin with %q", info.Name, scope, s.name+":")
			}
		}
	}
	for tool, err := range session.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range toolProblems(tool, init.Instructions) {
			t.Errorf("tool %s: %s", tool.Name, problem)
		}
	}
	for prompt, err := range session.Prompts(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range prompt.Arguments {
			if a.Description == "" {
				t.Errorf("prompt %s: the argument %s has no description", prompt.Name, a.Name)
			}
		}
	}
	for template, err := range session.ResourceTemplates(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if template.Name == "" || template.Description == "" {
			t.Errorf("resource template %s needs a name and a description", template.URITemplate)
		}
	}
}

// views checks that clients that show views find one for each tool that has one,
// in both eras, that each is whole, and that others are told of none.
func (s *suite) views(t *testing.T) {
	registered := make(map[string]bool)
	for _, v := range s.server.Views() {
		registered[v.URI] = false
		if !strings.HasPrefix(v.URI, "ui://"+s.name+"/") {
			t.Errorf("view %s: the URI does not begin with ui://%s/", v.URI, s.name)
		}
		for _, problem := range viewProblems(v.HTML) {
			t.Errorf("view %s: %s", v.URI, problem)
		}
	}
	capabilities := new(mcp.ClientCapabilities)
	capabilities.AddExtension(server.ViewsExtension, map[string]any{"mimeTypes": []any{server.ViewType}})
	for _, version := range versions[:2] {
		told := Client(t, s.server, &mcp.ClientOptions{Capabilities: capabilities}, &mcp.ClientSessionOptions{ProtocolVersion: version})
		for tool, err := range told.Tools(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			uri, ok := viewOf(tool)
			if !ok {
				continue
			}
			registered[uri] = true
			res, err := told.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
			if err != nil || len(res.Contents) != 1 || res.Contents[0].MIMEType != server.ViewType {
				t.Errorf("%s: tool %s shows %s, which reads as %+v: %v", version, tool.Name, uri, res, err)
			}
		}
		untold := Client(t, s.server, nil, &mcp.ClientSessionOptions{ProtocolVersion: version})
		for tool, err := range untold.Tools(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			if uri, ok := viewOf(tool); ok {
				t.Errorf("%s: a client that shows no views is told that %s shows %s", version, tool.Name, uri)
			}
		}
	}
	for uri, shown := range registered {
		if !shown {
			t.Errorf("view %s: no tool shows it", uri)
		}
	}
}

func viewOf(tool *mcp.Tool) (uri string, ok bool) {
	ui, _ := tool.Meta["ui"].(map[string]any)
	uri, ok = ui["resourceUri"].(string)
	return uri, ok
}

var (
	// address is one that a page could load from or lead to. The names of SVG and
	// its like are none.
	address = regexp.MustCompile(`(?i)(https?:|wss?:|["'(]\s*)//[^\s"'/]`)
	// markup is what turns text into elements or code.
	markup = regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|document\.write|DOMParser|eval|Function)\b\s*[(=.]|\bnew Function\b`)
)

// viewProblems says what is wrong with the page of a view.
func viewProblems(html string) (problems []string) {
	if len(html) > server.MaxView {
		problems = append(problems, fmt.Sprintf("it has %d bytes; the limit is %d", len(html), server.MaxView))
	}
	if !strings.HasPrefix(strings.ToLower(html), "<!doctype html>") {
		problems = append(problems, "it does not begin with <!doctype html>")
	}
	for _, name := range []string{"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"} {
		html = strings.ReplaceAll(html, name, "")
	}
	if found := address.FindString(html); found != "" {
		problems = append(problems, fmt.Sprintf("it has an address in it: %q", found))
	}
	if found := markup.FindString(html); found != "" {
		problems = append(problems, fmt.Sprintf("it makes elements or code of text: %q", found))
	}
	return problems
}

// toolProblems says what a tool lacks. An argument that many tools have may be
// explained once: in the instructions, by its name in backquotes.
func toolProblems(tool *mcp.Tool, instructions string) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if !toolName.MatchString(tool.Name) {
		add("the name is not snake_case")
	}
	if tool.Title == "" {
		add("it has no title")
	}
	if n := len(tool.Description); n < 40 || n > maxDescription {
		add("the description has %d bytes; it should have 40 to %d", n, maxDescription)
	}
	if !strings.Contains(tool.Description, "Example") {
		add("the description has no example")
	}
	if a := tool.Annotations; a == nil || a.DestructiveHint == nil || a.OpenWorldHint == nil {
		add("the annotations are not all set")
	} else if a.ReadOnlyHint && *a.DestructiveHint {
		add("it is annotated as read-only and destructive")
	}
	in, err := decodeSchema(tool.InputSchema)
	if err != nil {
		add("input schema: %v", err)
		return problems
	}
	// A schema that keeps something rare to itself says neither yes nor no.
	if in.Additional != nil && in.Additional != false {
		add("the input schema allows unknown arguments")
	}
	for name, p := range in.Properties {
		if p.Description == "" && len(p.Enum) == 0 && !strings.Contains(instructions, "`"+name+"`") {
			add("the argument %s has no description", name)
		}
	}
	return problems
}

func decodeSchema(v any) (*schema, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var s schema
	return &s, json.Unmarshal(raw, &s)
}

// golden compares tools/list with testdata/tools.golden.json, so that a changed
// description is a visible diff.
func (s *suite) golden(t *testing.T) {
	list, err := s.inProcess(t).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(list.Tools); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "tools.golden.json")
	if *update {
		write(t, path, got.Bytes())
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("tools/list differs from %s (-golden +now); if it is meant, go test -update:\n%s", path, diff)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s *suite) checkBudget(t *testing.T) {
	total := 0
	for tool, err := range s.inProcess(t).Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		in, err := json.Marshal(tool.InputSchema)
		if err != nil {
			t.Fatal(err)
		}
		total += len(tool.Name) + len(tool.Description) + len(in)
	}
	if total == 0 || total > s.budget {
		t.Errorf("names, descriptions and input schemas have %d bytes; the budget is %d", total, s.budget)
	}
}

// versions are the protocol revisions that clients speak.
var versions = []string{"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}

// eras checks that every revision lists the same tools over HTTP.
func (s *suite) eras(t *testing.T) {
	want, err := s.inProcess(t).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		got, err := s.overHTTP(t, v).ListTools(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: %v", v, err)
			continue
		}
		if diff := cmp.Diff(want.Tools, got.Tools); diff != "" {
			t.Errorf("%s lists other tools: %s", v, diff)
		}
	}
}

// arguments checks that every tool refuses an unknown argument by name, as a
// result that a model reads.
func (s *suite) arguments(t *testing.T) {
	for _, v := range versions[:2] {
		session := s.overHTTP(t, v)
		for _, tool := range s.server.Tools() {
			res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool.Name, Arguments: map[string]any{"no_such_argument": 1}})
			if err != nil {
				t.Errorf("%s: %s: %v", v, tool.Name, err)
				continue
			}
			text := resultText(res)
			if !res.IsError || !strings.Contains(text, `"INVALID_INPUT"`) || !strings.Contains(text, "no_such_argument") {
				t.Errorf("%s: %s: an unknown argument gives %s", v, tool.Name, text)
			}
		}
		if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "no_such_tool"}); err == nil {
			t.Errorf("%s: an unknown tool can be called", v)
		}
	}
}

// stdio checks that a session outlives a bad line and ends with its input.
func (s *suite) stdio(t *testing.T) {
	in := strings.NewReader("no JSON\n" +
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n" +
		`{"jsonrpc":"2.0","id":2,"method":"tools/list"}` + "\n")
	var out bytes.Buffer
	if err := s.server.ServeStdio(t.Context(), in, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"code":-32700`, `"id":1,"result"`, `"id":2,"result"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %s:\n%s", want, out.String())
		}
	}
}

func (s *suite) health(t *testing.T) {
	for _, path := range []string{"/livez", "/readyz", "/health", "/"} {
		want := http.StatusOK
		if s.notReady && (path == "/readyz" || path == "/health") {
			want = http.StatusServiceUnavailable
		}
		res, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != want {
			t.Errorf("GET %s: %d %s %v", path, res.StatusCode, body, err)
		}
	}
}

package calculator

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/tools/txtar"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// outputs are the schemas that the tools promise their results to follow.
func outputs(t testing.TB, s *mcp.ClientSession) map[string]*jsonschema.Resolved {
	t.Helper()
	schemas := make(map[string]*jsonschema.Resolved)
	for tool, err := range s.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(tool.OutputSchema)
		if err != nil {
			t.Fatal(err)
		}
		var schema jsonschema.Schema
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatal(err)
		}
		if schemas[tool.Name], err = schema.Resolve(nil); err != nil {
			t.Fatal(err)
		}
	}
	return schemas
}

// reasons are the words that an error says why by.
var reasons = regexp.MustCompile(`^(syntax|unknown_name|ambiguous|domain|division_by_zero|unknown_unit|unit_mismatch|limit|timeout|cancelled)$`)

// wellFormed fails the test unless a result follows its schema, or is an error
// that a model can act on.
func wellFormed(t *testing.T, schema *jsonschema.Resolved, res *mcp.CallToolResult) {
	t.Helper()
	text := res.Content[0].(*mcp.TextContent).Text
	if !res.IsError {
		if err := schema.Validate(res.StructuredContent); err != nil {
			t.Fatalf("%v in %.1000s", err, text)
		}
		var record struct {
			Exact          *bool
			Interpretation string
		}
		if err := json.Unmarshal([]byte(text), &record); err != nil || record.Exact == nil || record.Interpretation == "" {
			t.Fatalf("%v in %.1000s", err, text)
		}
		return
	}
	var refusal struct {
		Error struct {
			Code, Message string
			Details       struct {
				Reason, Argument string
				Position         *int
				Arguments        []any
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &refusal); err != nil {
		t.Fatalf("%v in %.1000s", err, text)
	}
	e := refusal.Error
	if e.Code != "INVALID_INPUT" {
		t.Fatalf("the error has the code %s: %.1000s", e.Code, text)
	}
	if e.Details.Argument == "" && len(e.Details.Arguments) == 0 && !reasons.MatchString(e.Details.Reason) {
		t.Errorf("the error has neither a reason nor an argument: %.1000s", text)
	}
	if e.Message == "" || len(e.Message) > 4000 || e.Details.Position != nil && *e.Details.Position < 0 {
		t.Errorf("the error is no help: %.1000s", text)
	}
}

// example finds the arguments in a description, and what it says they give.
var example = regexp.MustCompile(`(?s)Example: (\{.*\})(.*)$`)

func TestDescriptionsKeepTheirWord(t *testing.T) {
	_, srv, _ := serving(t, Config{})
	s := inProcess(t, srv)
	schemas := outputs(t, s)
	for tool, err := range s.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		m := example.FindStringSubmatch(tool.Description)
		if m == nil {
			t.Fatalf("%s has no example", tool.Name)
		}
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool.Name, Arguments: json.RawMessage(m[1])})
		if err != nil || res.IsError {
			t.Fatalf("%s %s: %v, %+v", tool.Name, m[1], err, res)
		}
		wellFormed(t, schemas[tool.Name], res)
		for _, want := range regexp.MustCompile(`[0-9][0-9.-]*[0-9]`).FindAllString(m[2], -1) {
			if text := res.Content[0].(*mcp.TextContent).Text; !strings.Contains(text, want) {
				t.Errorf("%s %s does not give %s: %s", tool.Name, m[1], want, text)
			}
		}
	}
}

// A request is one that a transcript has.
type request struct{ tool, arguments string }

// transcripts are the calls of the transcripts.
func transcripts(t testing.TB) []request {
	t.Helper()
	paths, err := filepath.Glob("testdata/session/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no transcripts:", err)
	}
	var list []request
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if tool, ok := strings.CutPrefix(file.Name, "call "); ok {
				list = append(list, request{tool, string(bytes.TrimSpace(file.Data))})
			}
		}
	}
	return list
}

// FuzzTools calls tools with little work to spend, which has to end them long
// before the time does.
func FuzzTools(f *testing.F) {
	for _, r := range transcripts(f) {
		f.Add(r.tool, r.arguments)
	}
	_, srv, _ := serving(f, Config{Work: 20_000_000, Timeout: 10 * time.Second})
	s := inProcess(f, srv)
	schemas := outputs(f, s)
	f.Fuzz(func(t *testing.T, tool, arguments string) {
		if schemas[tool] == nil || !json.Valid([]byte(arguments)) {
			return
		}
		before := heap()
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
		if err != nil {
			t.Fatalf("%s %s: %v", tool, arguments, err)
		}
		if more := heap() - before; more > 64<<20 {
			t.Errorf("%s %s leaves %d bytes in the heap", tool, arguments, more)
		}
		wellFormed(t, schemas[tool], res)
	})
}

// heap is the size of the objects in the heap.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// Many clients at once get what each would get alone.
func TestClientsDoNotDisturbEachOther(t *testing.T) {
	const clients, rows = 64, 10
	svc, srv, _ := serving(t, Config{Timeout: 10 * time.Second})
	svc.lane = make(lane, clients) // all of the costly rows at once
	heavy := []request{
		{"calculate", `{"expression":"mod(factorial(60000), 10^9 + 7) + pi^100"}`},
		{"number_theory", `{"operation":"factor","numbers":["` + semiprime(12) + `"]}`},
		{"matrix", `{"operation":"det","a":` + randomMatrix(60, 3) + `}`},
		{"solve_equation", `{"equations":["x^25 - 3x^11 + 7x - 1 = 0"]}`},
		{"plot_function", `{"functions":["erf(x)", "tan(x)"]}`},
	}
	requests := slices.DeleteFunc(transcripts(t), func(r request) bool {
		// The proof that this one is prime takes long under the race detector.
		return !slices.Contains(names(srv), r.tool) || strings.Contains(r.arguments, "2^512-569")
	})
	alone := inProcess(t, srv)
	want := make(map[request]string)
	for _, r := range append(heavy, requests...) {
		want[r] = reply(t, alone, r)
	}
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() { // when the sessions are closed
		ts.CloseClientConnections()
		ts.Close()
	})
	var all sync.WaitGroup
	var late []request // which are asked again when all is quiet
	var mu sync.Mutex
	for i := range clients {
		s := connected(t, &mcp.StreamableClientTransport{Endpoint: ts.URL + "/mcp", DisableStandaloneSSE: true},
			[]string{"2025-11-25", "2026-07-28"}[i%2], func(*mcp.ProgressNotificationParams) {})
		all.Go(func() {
			for j := range rows {
				r := requests[(i*rows+j)%len(requests)]
				if j == i%rows {
					r = heavy[i%len(heavy)]
				}
				got := reply(t, s, r)
				if strings.Contains(got, `\"reason\":\"timeout\"`) {
					mu.Lock()
					late = append(late, r)
					mu.Unlock()
				} else if got != want[r] {
					t.Errorf("%s %.200s: got %.500s; alone %.500s", r.tool, r.arguments, got, want[r])
				}
			}
		})
	}
	all.Wait()
	// A busy machine may have had no time for what is costly.
	for _, r := range late {
		if got := reply(t, alone, r); got != want[r] {
			t.Errorf("%s %.200s, asked again: got %.500s; alone %.500s", r.tool, r.arguments, got, want[r])
		}
	}
}

// names are those of the tools.
func names(srv *server.Server) []string {
	var list []string
	for _, t := range srv.Tools() {
		list = append(list, t.Name)
	}
	return list
}

// reply is all that a call is answered with.
func reply(t *testing.T, s *mcp.ClientSession, r request) string {
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: r.tool, Arguments: json.RawMessage(r.arguments)})
	if err != nil {
		t.Error(r, err)
		return ""
	}
	text, err := json.Marshal(res.Content)
	if err != nil {
		t.Error(r, err)
	}
	return string(text)
}

package calculator_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/tools/txtar"

	"github.com/mcpfleet/mcpfleet/services/calculator"
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
	switch e.Code {
	case "INVALID_INPUT", "TIMEOUT":
	default:
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
	s := connect(t, calculator.Config{})
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

// FuzzTools calls tools with little work to spend. The seeds are the calls of
// the transcripts.
func FuzzTools(f *testing.F) {
	paths, err := filepath.Glob("testdata/session/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatal("no transcripts:", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if tool, ok := strings.CutPrefix(file.Name, "call "); ok {
				f.Add(tool, string(bytes.TrimSpace(file.Data)))
			}
		}
	}
	const (
		patience = 10 * time.Second
		memory   = 64 << 20
	)
	s := connect(f, calculator.Config{Work: 20_000_000, Timeout: patience})
	schemas := outputs(f, s)
	f.Fuzz(func(t *testing.T, tool, arguments string) {
		if schemas[tool] == nil || !json.Valid([]byte(arguments)) {
			return
		}
		start, before := time.Now(), heap()
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
		if err != nil {
			t.Fatalf("%s %s: %v", tool, arguments, err)
		}
		if took := time.Since(start); took > patience {
			t.Errorf("%s %s takes %v", tool, arguments, took)
		}
		if more := heap() - before; more > memory {
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

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// A calculatorCase is one request to the calculator, and what is in the answer.
type calculatorCase struct {
	Tool    string   `json:"tool"`
	Read    string   `json:"read"`
	Prompt  string   `json:"prompt"`
	Refused bool     `json:"refused"`
	Image   bool     `json:"image"`
	Want    []string `json:"want"`
}

func calculatorCases(t *testing.T) (cases []calculatorCase, file string) {
	t.Helper()
	file, err := filepath.Abs("testdata/calculator.json")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases, file
}

// Clients that hold results to the output schema use all that there is.
func TestClientUsesWholeCalculator(t *testing.T) {
	t.Parallel()
	tools := install(t)
	script := clientScript(t, "cases.mjs")
	cases, file := calculatorCases(t)
	for _, edition := range []string{"v1", "v2"} {
		for _, kind := range []string{"http", "stdio"} {
			t.Run(edition+"/"+kind, func(t *testing.T) {
				t.Parallel()
				target := calculator
				if kind == "http" {
					target = serve(t).url
				}
				cmd := tools.Command(wait(t), "--input-type=module", "-", edition, kind, target, file)
				cmd.Dir, cmd.Stdin = tools.Dir, bytes.NewReader(script)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, &stderr)
				}
				var got struct {
					Tools   []string `json:"tools"`
					Answers []struct {
						Refused bool   `json:"refused"`
						Image   bool   `json:"image"`
						Text    string `json:"text"`
					} `json:"answers"`
				}
				if err := json.Unmarshal(out, &got); err != nil || len(got.Answers) != len(cases) {
					t.Fatalf("%v in %s", err, out)
				}
				for i, c := range cases {
					a := got.Answers[i]
					if a.Refused != c.Refused || a.Image != c.Image {
						t.Errorf("%+v: %+v", c, a)
					}
					for _, want := range c.Want {
						if !strings.Contains(a.Text, want) {
							t.Errorf("%+v: no %s in %.2000s", c, want, a.Text)
						}
					}
				}
				for _, tool := range got.Tools {
					if !slices.ContainsFunc(cases, func(c calculatorCase) bool { return c.Tool == tool && !c.Refused }) {
						t.Errorf("no case calls %s", tool)
					}
				}
			})
		}
	}
}

// hard is the product of two primes of 45 digits each.
const hard = "70000000000000000000000000000000000000000026000000000000000000000000000000000000000001333"

// A call is cancelled by a notification where there is a session, and by closing
// the connection where there is none. Nothing but that can end it so.
func TestCancelledWorkStops(t *testing.T) {
	t.Parallel()
	factor := map[string]any{"operation": "factor", "numbers": []string{hard}}
	cancelled := func(t *testing.T, p *proc.Process) {
		t.Helper()
		records, err := p.Await(wait(t), "tool call", 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := records[0].Text("outcome"); got != "CANCELLED" {
			t.Errorf("the call ended with %s", got)
		}
	}
	t.Run("stdio", func(t *testing.T) {
		t.Parallel()
		s := open(t, "2025-11-25", "--timeout", "10s", "--work", "10000000000")
		id := s.request("tools/call", map[string]any{"name": "number_theory", "arguments": factor, "_meta": map[string]any{"progressToken": 1}})
		if line := s.line(t); !strings.Contains(string(line), `"notifications/progress"`) || !strings.Contains(string(line), "elliptic curves") {
			t.Fatalf("instead of progress: %s", line)
		}
		s.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id) + "\n")
		cancelled(t, s.Process)
		s.works(t)
	})
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		t.Run("HTTP/"+version, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "--timeout", "10s", "--work", "10000000000")
			ctx, cancel := context.WithCancel(wait(t))
			client := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, &mcp.ClientOptions{
				ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) { cancel() },
			})
			session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: s.url, DisableStandaloneSSE: true},
				&mcp.ClientSessionOptions{ProtocolVersion: version})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			params := &mcp.CallToolParams{Name: "number_theory", Arguments: factor}
			params.SetProgressToken("token")
			if _, err := session.CallTool(ctx, params); !errors.Is(err, context.Canceled) {
				t.Errorf("the caller has %v", err)
			}
			cancelled(t, s.Process)
			s.works(t)
		})
	}
}

package lines

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"%s","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

// session runs a real server over the filter. Its tool "wait" returns once
// release is closed.
func session(t *testing.T, f *Filter, release <-chan struct{}) *mcp.ServerSession {
	t.Helper()
	server := mcp.NewServer(&mcp.Implementation{Name: "s", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "wait"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
		select {
		case <-release:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "waited"}}}, nil, nil
	})
	s, err := server.Connect(t.Context(), &mcp.IOTransport{Reader: f.Reader(), Writer: f.Writer()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tellEOF closes ended when the reader it wraps has ended.
type tellEOF struct {
	io.Reader
	ended chan struct{}
}

func (r tellEOF) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		close(r.ended)
	}
	return n, err
}

// ids counts the ids of the answers in an output.
func ids(t *testing.T, output string) map[string]int {
	t.Helper()
	count := make(map[string]int)
	for line := range strings.Lines(output) {
		var one struct{ ID json.RawMessage }
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("output %q: %v", line, err)
		}
		count[string(one.ID)]++
	}
	return count
}

// The client writes all it has to say and closes its end, and the tool goes on
// until the input has ended: every request is answered all the same.
func TestAnswersAfterTheInputEnded(t *testing.T) {
	var input strings.Builder
	fmt.Fprintf(&input, hello+"\n", "2025-11-25")
	input.WriteString(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	want := map[string]int{"0": 1}
	for id := 1; id <= 20; id++ {
		fmt.Fprintf(&input, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"wait","arguments":{}}}`+"\n", id)
		want[fmt.Sprint(id)] = 1
	}
	in := tellEOF{strings.NewReader(input.String()), make(chan struct{})}
	var out bytes.Buffer
	f := New(in, &out, Options{})
	if err := session(t, f, in.ended).Wait(); err != nil {
		t.Errorf("session ended with %v", err)
	}
	if diff := cmp.Diff(want, ids(t, out.String())); diff != "" {
		t.Errorf("answers by id (-want +got):\n%s", diff)
	}
	if strings.Contains(out.String(), `"error"`) {
		t.Errorf("output has an error:\n%s", out.String())
	}
}

// One line of each kind that would end a session of the SDK's.
func TestSessionSurvives(t *testing.T) {
	for _, version := range []string{"2025-03-26", "2025-11-25"} {
		t.Run(version, func(t *testing.T) {
			r := newRig(t, Options{MaxLine: 1 << 20})
			s := session(t, r.Filter, nil)
			r.send(t, hello, version)
			if line, err := r.fromOut.ReadString('\n'); err != nil || !strings.Contains(line, `"protocolVersion":"`+version) {
				t.Fatalf("%q, %v", line, err)
			}
			id := 0
			for _, line := range []string{
				`garbage`, `{`, `{} {}`, `null`, `42`, `[]`, `[1]`, `{}`,
				`{"jsonrpc":"1.0","method":"m"}`, `{"jsonrpc":2,"method":"m"}`,
				`{"jsonrpc":"2.0","id":true,"method":"m"}`, `{"jsonrpc":"2.0","id":[],"method":"m"}`, `{"jsonrpc":"2.0","id":1e999,"method":"m"}`,
				`{"jsonrpc":"2.0","method":[]}`, `{"jsonrpc":"2.0"}`, `{"jsonrpc":"2.0","result":1}`,
				`{"jsonrpc":"2.0","id":1,"error":7}`, `{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}`,
				strings.Repeat("[", 20000), `{"jsonrpc":"2.0","method":"m","params":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
				strings.Repeat("x", 2<<20), `{"jsonrpc":"2.0","method":"m"} ` + "\t",
				`[{"jsonrpc":"2.0","method":"m"},{"jsonrpc":"2.0","method":"m"}]`,
				`[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
				`{"jsonrpc":"2.0","id":1,"method":"notifications/cancelled","params":{"requestId":{}}}`,
				`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1e308}}`,
				`{"jsonrpc":"2.0","method":"notifications/cancelled"}`, `{"jsonrpc":"2.0","method":""}`,
				`{"jsonrpc":"2.0","id":99,"result":{}}`,
			} {
				id++
				probe := fmt.Sprintf(`{"jsonrpc":"2.0","id":"probe %d","method":"ping"}`, id)
				sent := make(chan error, 1)
				go func() {
					_, err := io.WriteString(r.toIn, line+"\n"+probe+"\n")
					sent <- err
				}()
				want := fmt.Sprintf(`{"jsonrpc":"2.0","id":"probe %d","result":{}}`+"\n", id)
				for got := ""; got != want; {
					var err error
					if got, err = r.fromOut.ReadString('\n'); err != nil {
						t.Fatalf("after %.60s: %v", line, err)
					}
				}
				if err := <-sent; err != nil {
					t.Fatal(err)
				}
			}
			r.toIn.Close()
			if err := s.Wait(); err != nil {
				t.Errorf("session ended with %v", err)
			}
		})
	}
}

func TestSessionAnswersBatch(t *testing.T) {
	r := newRig(t, Options{})
	session(t, r.Filter, nil)
	r.send(t, hello, "2025-03-26")
	if _, err := r.fromOut.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.send(t, `[`+ping+`,{"jsonrpc":"2.0","method":"notifications/initialized"},`+ping+`,{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}]`, 1, 2)
		r.wantOutput(t, `[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":{}}]`)
	}
}

package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// sdkPipe serves a session of the SDK alone, without the filter of lines and what
// answers beside the session.
func sdkPipe(t *testing.T, r *rig) (*pipeSession, *mcp.ServerSession) {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	session, err := r.Connect(context.WithoutCancel(t.Context()), &mcp.IOTransport{Reader: inR, Writer: outW})
	if err != nil {
		t.Fatal(err)
	}
	p := &pipeSession{in: inW, lines: bufio.NewScanner(outR)}
	p.lines.Buffer(nil, 1<<20)
	t.Cleanup(func() { inW.Close() })
	return p, session
}

// ask sends a line and returns what comes until the answer, without what is
// another in each call.
func (p *pipeSession) ask(t *testing.T, line string) (list []any) {
	t.Helper()
	p.send(t, line)
	for {
		if !p.lines.Scan() {
			t.Fatalf("the output ended: %v", p.lines.Err())
		}
		text := p.lines.Text()
		if _, id, ok := strings.Cut(text, `"`+metaCorrelation+`":"`); ok {
			id, _, _ = strings.Cut(id, `"`)
			text = strings.ReplaceAll(text, id, "correlated")
		}
		m, ok := decoded(text).(map[string]any)
		if !ok {
			t.Fatalf("the output has %s", text)
		}
		list = append(list, m)
		if m["method"] == nil {
			res, _ := m["result"].(map[string]any)
			delete(res, "requestState") // sealed with a nonce
			return list
		}
	}
}

// TestLineIsAnsweredAsTheSDKDoes sends each line through both ways and compares
// all that comes back.
func TestLineIsAnsweredAsTheSDKDoes(t *testing.T) {
	line := func(id, params string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{` + params + `}}`
	}
	const named = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},` +
		`"io.modelcontextprotocol/clientInfo":{"name":"probe","version":"1"}}`
	lines := []struct {
		name, line string
		direct     bool
	}{
		{"plain", line("1", `"name":"add","arguments":{"a":1}`), true},
		{"large number", line("1", `"name":"add","arguments":{"a":9007199254740993}`), true},
		{"string id", line(`"a\u0062\"c"`, `"name":"add","arguments":{"a":1}`), true},
		{"negative id", line("-7", `"name":"add","arguments":{"a":1}`), true},
		{"no arguments", line("1", `"name":"add"`), true},
		{"null arguments", line("1", `"name":"add","arguments":null`), true},
		{"wrong arguments", line("1", `"name":"add","arguments":{"b":"x","<&>":1}`), true},
		{"arguments of another shape", line("1", `"name":"add","arguments":[1]`), true},
		{"panic", line("1", `"name":"panic","arguments":{}`), true},
		{"tool error", line("1", `"name":"refuse","arguments":{}`), true},
		{"text", line("1", `"name":"text","arguments":{"bytes":10}`), true},
		{"large text", line("1", `"name":"text","arguments":{"bytes":100000}`), true},
		{"too large", line("1", `"name":"small","arguments":{"bytes":1000}`), true},
		{"progress", line("1", `"name":"count","arguments":{},"_meta":{"progressToken":7}`), true},
		{"progress with a name", line("1", `"name":"count","arguments":{},"_meta":{"progressToken":"t\u00e9"}`), true},
		{"progress of the stateless protocol", line("1", `"name":"count","arguments":{},`+strings.Replace(meta, `{"io`, `{"progressToken":1.5,"io`, 1)), true},
		{"unknown members", line("1", `"name":"add","arguments":{"a":1},"extra":[{}],"Name":"x"`), true},
		{"repeated members", line("1", `"name":"text","name":"add","arguments":{},"arguments":{"a":1}`), true},
		{"escaped names", line("1", `"n\u0061me":"\u0061dd","arguments":{"a":1}`), true},
		{"white space", ` { "jsonrpc" : "2.0" , "id" : 1 , "method" : "tools/call" , "params" : { "name" : "add" , "arguments" : { "a" : 1 } } }`, true},
		{"null meta", line("1", `"name":"add","arguments":{"a":1},"_meta":null`), true},
		{"an older version in meta", line("1", `"name":"add","arguments":{"a":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-06-18"}`), true},
		{"a version of another shape", line("1", `"name":"add","arguments":{"a":1},"_meta":{"io.modelcontextprotocol/protocolVersion":2026}`), true},
		{"stateless", line("1", `"name":"add","arguments":{"a":1},`+meta), true},
		{"stateless, named", line("1", `"name":"add","arguments":{"a":1},`+named), true},
		{"stateless, no capabilities", line("1", `"name":"add","arguments":{"a":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}`), false},
		{"stateless, capabilities of another shape", line("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, `:{}}`, `:[]}`, 1)), false},
		{"stateless, client of another shape", line("1", `"name":"add","arguments":{"a":1},`+strings.Replace(named, `{"name":"probe","version":"1"}`, `5`, 1)), false},
		{"stateless, null client", line("1", `"name":"add","arguments":{"a":1},`+strings.Replace(named, `{"name":"probe","version":"1"}`, `null`, 1)), false},
		{"stateless, log level", line("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, `{"io`, `{"io.modelcontextprotocol/logLevel":"info","io`, 1)), false},
		{"future version", line("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, "2026-07-28", "2027-01-01", 1)), false},
		{"old tool name", line("1", `"name":"plus","arguments":{"a":1}`), false},
		{"unknown tool", line("1", `"name":"nope","arguments":{"a":1}`), false},
		{"a tool that asks", line("1", `"name":"drop","arguments":{}`), false},
		{"answers to input requests", line("1", `"name":"add","arguments":{"a":1},"inputResponses":{}`), false},
		{"state", line("1", `"name":"add","arguments":{"a":1},"requestState":"x"`), false},
		{"another method", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"name":"tools/call"}}`, false},
		{"meta of another shape", line("1", `"name":"add","arguments":{"a":1},"_meta":5`), false},
		{"params of another shape", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}`, false},
		{"no params", `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, false},
	}
	for name, hello := range map[string][]string{
		"session": {initialize, `{"jsonrpc":"2.0","method":"notifications/initialized"}`},
		// The first request is what a session without initialize begins with.
		"stateless": {strings.Replace(line("1", `"name":"add","arguments":{"a":1},`+named), "tools/call", "tools/list", 1)},
	} {
		r := newRig(t, Config{})
		d := newDirect(r.Server)
		ours := startStdio(t, t.Context(), r)
		ours.lines.Buffer(nil, 1<<20)
		theirs, session := sdkPipe(t, r)
		if d.line(session, []byte(lines[0].line)) != nil {
			t.Error("a line is answered before the session has begun")
		}
		for _, p := range []*pipeSession{ours, theirs} {
			p.send(t, hello[0])
			p.want(t, `"id":1`)
			for _, line := range hello[1:] {
				p.send(t, line)
			}
			p.send(t, line("0", `"name":"add","arguments":{"a":1},`+meta)) // what came before was handled when this is answered
			p.want(t, `"id":0`)
		}
		for _, tt := range lines {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				if got := d.line(session, []byte(tt.line)) != nil; got != tt.direct {
					t.Errorf("answered directly: %v, want %v", got, tt.direct)
				}
				if diff := cmp.Diff(theirs.ask(t, tt.line), ours.ask(t, tt.line)); diff != "" {
					t.Errorf("answers differ (-SDK +direct):\n%s", diff)
				}
			})
		}
	}
}

func TestLineKeepsNothingOfTheBuffer(t *testing.T) {
	r := newRig(t, Config{})
	p, session := sdkPipe(t, r)
	p.send(t, initialize)
	p.want(t, `"id":1`)
	line := []byte(`{"jsonrpc":"2.0","id":"an id","method":"tools/call","params":{"name":"add","arguments":{"a":20,"b":1},"_meta":{"x":"y"}}}`)
	call := newDirect(r.Server).line(session, line)
	clear(line)
	if got := string(call(t.Context(), nil)); !strings.Contains(got, `"id":"an id"`) || !strings.Contains(got, `"sum":21`) || !strings.HasSuffix(got, "\n") {
		t.Errorf("the answer is %q", got)
	}
}

// BenchmarkStdioCall is a small call through all of the service, one at a time.
func BenchmarkStdioCall(b *testing.B) {
	s, err := New("demo", newDemo(), Config{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.ServeStdio(context.WithoutCancel(b.Context()), inR, outW) }()
	out := bufio.NewReader(outR)
	ask := func(line string) {
		if _, err := io.WriteString(inW, line); err != nil {
			b.Fatal(err)
		}
		text, err := out.ReadBytes('\n')
		if err != nil || !json.Valid(text) {
			b.Fatal(string(text), err)
		}
	}
	ask(initialize + "\n")
	b.ReportAllocs()
	for n := 2; b.Loop(); n++ {
		ask(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}`+"\n", n))
	}
	inW.Close()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

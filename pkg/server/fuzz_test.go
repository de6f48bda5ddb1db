package server

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// FuzzPeek checks that what this package sees in a message is what the SDK
// sees: a difference would let a request pass as another one.
func FuzzPeek(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1},` + meta + `}}`,
		`{"jsonrpc":"2.0","id":"x","method":"tools/call","method":"ping","params":{"name":"a","name":"b"},"params":{}}`,
		`{"JSONRPC":"2.0","Method":"x","jsonrpc":"2.0","method":"y","id":-5}`,
		`{"jsonrpc":"2.0","id":1e3,"method":"\u0074ools/call","params":null}`,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, ` {} `, `{"params":[1]}`, `"x"`, `{"id":9007199254740993}`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := peek(body)
		if err != nil || p.batch > 0 {
			return
		}
		m, err := jsonrpc.DecodeMessage(body)
		req, ok := m.(*jsonrpc.Request)
		if err != nil || !ok {
			return
		}
		if p.Method != req.Method || !bytes.Equal(p.Params, req.Params) {
			t.Errorf("method %q and params %s, the SDK's %q and %s", p.Method, p.Params, req.Method, req.Params)
		}
		if plainID(p.ID) && json.Valid(p.ID) {
			var v any
			if err := json.Unmarshal(p.ID, &v); err != nil {
				t.Fatal(err)
			}
			if id, err := jsonrpc.MakeID(v); err != nil || id != req.ID {
				t.Errorf("id %s, the SDK's %v", p.ID, req.ID.Raw())
			}
		}
	})
}

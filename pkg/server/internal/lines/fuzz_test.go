package lines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// FuzzFilter reads what the filter passes on with the SDK's own transport,
// which ends at the first line that it does not accept, and checks that a good
// line after anything is still passed on.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"", "\n\r\n", "garbage\n", "{}\n[]\n42\nnull\n", "\xef\xbb\xbf{}", "\xff\xfe\n\x00\n",
		`{"jsonrpc":"2.0","id":1,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping"} {"jsonrpc":"2.0","id":2,"method":"ping"}`,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r{}\n",
		`{"jsonrpc":"2.0","id":1.5,"method":"ping"}` + "\n" + `{"jsonrpc":"2.0","id":1e999,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":"\ud800","method":"ping"}` + "\n" + `{"jsonrpc":"2.0","id":"\udfff","method":"ping"}`,
		`{"jsonrpc":"2.0","\u0069d":"a","m\u0065thod":"subscriptions/listen","id":null}`,
		`{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":-1,"message":null,"data":[]}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":9223372036854775808}}`,
		`[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":1,"method":"b"}]`,
		`[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","id":2,"method":"b"},{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","id":3,"result":0}]`,
		`[{"jsonrpc":"2.0","id":1,"method":"a"}]` + "\n" + `[{"jsonrpc":"2.0","id":1,"method":"a"}]`,
		strings.Repeat("[", 1001), strings.Repeat(`{"a":`, 1200), strings.Repeat("x", 3000),
		`{"jsonrpc":"2.0","method":"m","params":` + strings.Repeat("[", 999) + strings.Repeat("]", 999) + `}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, batches bool) {
		last := "last"
		for bytes.Contains(data, []byte(last)) {
			last += "x"
		}
		input := io.MultiReader(bytes.NewReader(data), strings.NewReader("\n"+fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":"ping"}`, last)+"\n"))
		ready := make(chan struct{})
		var out bytes.Buffer
		filter := New(gate{input, ready}, &out, Options{MaxLine: 2500, MaxInFlight: 1 << 20})
		defer filter.Close()
		filter.batches.Store(batches)
		close(ready)

		conn, err := (&mcp.IOTransport{Reader: filter.Reader(), Writer: filter.Writer()}).Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for {
			msg, err := conn.Read(t.Context())
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("the session ended: %v", err)
			}
			req, ok := msg.(*jsonrpc.Request)
			if !ok || !req.IsCall() {
				continue
			}
			seen = seen || req.ID.Raw() == last
			if err := conn.Write(t.Context(), &jsonrpc.Response{ID: req.ID, Result: json.RawMessage(`{}`)}); err != nil {
				t.Fatal(err)
			}
		}
		if !seen {
			t.Error("the last line did not get through")
		}
		for line := range bytes.Lines(out.Bytes()) {
			if !json.Valid(line) {
				t.Errorf("output %q is not JSON", line)
			}
		}
		if n := len(filter.calls.byID); n > 0 {
			t.Errorf("%d calls are left in flight", n)
		}
	})
}

// gate lets nothing be read until open is closed.
type gate struct {
	io.Reader
	open <-chan struct{}
}

func (g gate) Read(p []byte) (int, error) {
	<-g.open
	return g.Reader.Read(p)
}

// FuzzScanner holds the scanner against encoding/json.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `0`, `-0.5e+10`, `01`, `1.`, `-`, `1e`, `.5`, `+1`, `tru`, `true`, `nulL`, `"`, `""`, `"\u12"`, `"\u00e9\ud800"`, `"a\`, "\"\x1f\"", "\"\x7f\"",
		`"12345678"`, `"1234567\"9012345678"`, "\"12345\n78\"", `{}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" :[ ] , "b":{ }}`, `{1:2}`, `[`, `[]`, `[,]`, `[1,]`, `[1 2]`, `[[[]]]`, `{"a":1]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := scanner{b: data}
		err := s.value(0)
		if err == nil {
			err = s.end()
		}
		if err != nil && err.deep {
			return
		}
		if valid := json.Valid(data); valid != (err == nil) {
			t.Errorf("%q: scanner says %v, encoding/json says %t", data, err, valid)
		}
		if err != nil && (err.pos < 0 || err.pos > len(data)) {
			t.Errorf("%q: position %d", data, err.pos)
		}
	})
}

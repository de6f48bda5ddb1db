// Command echo is the floor of the benchmark: net/http that reads a request
// body and writes one fixed JSON-RPC answer of a given size, without looking
// at what was asked. With -decode it also does what no JSON-RPC server can do
// without: it decodes the request and encodes an answer to its id.
package main

import (
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"strings"
)

const maxBody = 1 << 20

type request struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  map[string]any  `json:"params"`
}

type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  result          `json:"result"`
}

type result struct {
	Type       string            `json:"resultType"`
	Content    []text            `json:"content"`
	Structured map[string]int    `json:"structuredContent"`
	Meta       map[string]string `json:"_meta"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// answer is the result of calculate 2+3*4 for the request id.
func answer(id json.RawMessage, pad string) ([]byte, error) {
	return json.Marshal(response{Version: "2.0", ID: id, Result: result{
		Type:       "complete",
		Content:    []text{{Type: "text", Text: `{"result":14}`}},
		Structured: map[string]int{"result": 14},
		Meta:       map[string]string{"pad": pad},
	}})
}

// handler answers with size bytes, or with the bare answer if that is longer.
func handler(size int, decode bool) (http.Handler, error) {
	bare, err := answer(json.RawMessage("1"), "")
	if err != nil {
		return nil, err
	}
	pad := strings.Repeat("x", max(0, size-len(bare)))
	fixed, err := answer(json.RawMessage("1"), pad)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		out := fixed
		if err == nil && decode {
			var req request
			if err = json.Unmarshal(body, &req); err == nil {
				out, err = answer(req.ID, pad)
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		// A write fails only when the client has gone, which the client notices.
		_, _ = w.Write(out)
	}), nil
}

func main() {
	addr := flag.String("http", "127.0.0.1:0", "address to serve on")
	size := flag.Int("size", 0, "bytes of the answer")
	decode := flag.Bool("decode", false, "decode the request and encode the answer")
	flag.Parse()

	h, err := handler(*size, *decode)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", h)
	log.Fatal(http.ListenAndServe(*addr, mux))
}

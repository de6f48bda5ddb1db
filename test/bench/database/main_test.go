package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

func TestParse(t *testing.T) {
	o, err := parse([]string{"-rounds", "3", "-alone", "-only", "notify", "-notifications", "5"})
	if err != nil || o.rounds != 3 || !o.alone || o.notifications != 5 || !o.measures(partNotify) || o.measures(partHTTP) {
		t.Errorf("options %+v, %v", o, err)
	}
	for _, args := range [][]string{{"-rounds", "0"}, {"-lasting", "1h"}, {"-notifications", "0"}, {"extra"}, {"-none"}, {"-only", "none"}} {
		if o, err := parse(args); err == nil {
			t.Errorf("%v is taken as %+v", args, o)
		}
	}
}

func TestVisible(t *testing.T) {
	for body, want := range map[string]int{
		`{"result":{"content":[{"text":"abc"},{"text":"de"}]}}`:                     5,
		"event: message\ndata: {\"result\":{\"content\":[{\"text\":\"abc\"}]}}\n\n": 3,
	} {
		if n, err := visible([]byte(body)); err != nil || n != want {
			t.Errorf("%s shows %d bytes, %v; want %d", body, n, err, want)
		}
	}
	for _, body := range []string{`{}`, `x`, ``} {
		if n, err := visible([]byte(body)); err == nil {
			t.Errorf("%q shows %d bytes", body, n)
		}
	}
}

func TestCheck(t *testing.T) {
	st := oneSame
	if err := check(st, []byte(`{"result":{"content":[{"text":"[{\"one\":1}]"}]}}`)); err != nil {
		t.Error(err)
	}
	for _, body := range []string{`{"one":"1","isError":true}`, `{"two":1}`, `{"one":2}`} {
		if check(st, []byte(body)) == nil {
			t.Errorf("%s is taken as an answer", body)
		}
	}
}

func TestArguments(t *testing.T) {
	ours := server{argument: "query", format: "format"}
	if got, want := ours.arguments(rowsCSV), `{"format":"csv","query":"select * from orders order by id limit 100"}`; got != want {
		t.Errorf("arguments %s, want %s", got, want)
	}
	if got, want := ours.arguments(oneSame), `{"query":"select 1 as one"}`; got != want {
		t.Errorf("arguments %s, want %s", got, want)
	}
	if peer := (&server{argument: "sql"}); peer.takes(rowsCSV) || !peer.takes(rows) {
		t.Error("a server with one form of rows is asked for another, or not for its own")
	}
}

func TestSet(t *testing.T) {
	text := []byte("select 7777777 as one")
	set(text, 7, 4123)
	if string(text) != "select 0000123 as one" {
		t.Errorf("the statement is %s", text)
	}
	set(text, -1, 5)
	if string(text) != "select 0000123 as one" {
		t.Errorf("a statement without a mark is %s", text)
	}
}

// TestConnection asks a server of the standard library, which answers in chunks
// when it does not know how long the answer is.
func TestConnection(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		switch {
		case bytes.Contains(body, []byte("0000001")):
			w.Write(body)
		case bytes.Contains(body, []byte("0000002")):
			for part := range slices.Chunk(body, 10) {
				w.Write(part)
				w.(http.Flusher).Flush()
			}
		default:
			http.Error(w, "no", http.StatusTeapot)
		}
	}))
	defer web.Close()
	s := server{tool: "execute_query", argument: "query"}
	request, err := toolcall.New(web.URL+"/mcp", toolcall.Modern, "", s.tool, s.arguments(one)).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	c, err := dial(t.Context(), web.Listener.Addr().String(), request)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for n := 1; n <= 2; n++ {
		if body, err := c.call(n); err != nil || !bytes.Contains(body, fmt.Appendf(nil, `"select %07d as one"`, n)) || !json.Valid(body) {
			t.Errorf("answer %d is %s, %v", n, body, err)
		}
	}
	if _, err := c.call(3); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("a refusal is %v", err)
	}
}

func TestReadBenchmark(t *testing.T) {
	out := `goos: linux
BenchmarkRead/select1/8/safe-2     10000   50000 ns/op   100 B/op
BenchmarkRead/select1/8/raw-2      10000   40000 ns/op
BenchmarkRead/select1/8/prepared-2 10000   20000 ns/op
BenchmarkRead/select1/8/safe-2     10000   60000 ns/op
BenchmarkRead/select1/8/raw-2      10000   30000 ns/op
BenchmarkRead/select1/8/prepared-2 10000   20000 ns/op
PASS
`
	list, err := readBenchmark([]byte(out))
	if err != nil || len(list) != 1 || list[0].Name != "select1/8" || len(list[0].Safe) != 2 || list[0].Raw[1] != 30000 {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := list[0].share(); got != 0.65 {
		t.Errorf("share %v, want 0.65", got)
	}
	if list[0].Prepared[1] != 20000 {
		t.Errorf("prepared %v", list[0].Prepared)
	}
	for _, out := range []string{"", "BenchmarkRead/a/safe-2 1 5 ns/op\n"} {
		if list, err := readBenchmark([]byte(out)); err == nil {
			t.Errorf("%q is read as %+v", out, list)
		}
	}
}

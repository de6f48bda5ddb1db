package lines

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ping = `{"jsonrpc":"2.0","id":%d,"method":"ping"}`

// answerTo returns the line of a session that answers the request in frame, or
// "" if there is nothing to answer.
func answerTo(frame []byte) string {
	// Not a struct: encoding/json would match keys in any case.
	var members map[string]json.RawMessage
	if json.Unmarshal(frame, &members) != nil {
		return ""
	}
	id := string(members["id"])
	if members["method"] == nil || id == "" || id == "null" {
		return ""
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, id)
}

// serve plays a session that answers every request, until the reader ends, and
// returns what it read.
func serve(t *testing.T, f *Filter) string {
	t.Helper()
	var frames strings.Builder
	r := bufio.NewReader(f.Reader())
	for {
		frame, err := r.ReadBytes('\n')
		frames.Write(frame)
		if err == io.EOF {
			return frames.String()
		}
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if answer := answerTo(frame); answer != "" {
			if _, err := io.WriteString(f.Writer(), answer+"\n"); err != nil {
				t.Fatalf("write: %v", err)
			}
		}
	}
}

// filter runs a whole input through a filter with an answering session.
func filter(t *testing.T, opt Options, input string) (frames, output string) {
	t.Helper()
	var out bytes.Buffer
	f := New(strings.NewReader(input), &out, opt)
	defer f.Close()
	frames = serve(t, f)
	return frames, out.String()
}

func answerLine(id string, code int, text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`+"\n", id, code, quoted)
}

func TestBadLines(t *testing.T) {
	const invalid = "line 1 is not a valid message: "
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, line, id string
		code           int
		text           string
	}{
		{"word", `hello`, "null", -32700, `line 1 is not JSON: unexpected 'h' at byte 1`},
		{"cut off", `{"jsonrpc":"2.0","id":1`, "null", -32700, `line 1 is not JSON: unexpected end at byte 24`},
		{"cut in a string", `{"jsonrpc":"2.`, "null", -32700, `line 1 is not JSON: unexpected end at byte 15`},
		{"cut in a word", `{"id":nul`, "null", -32700, `line 1 is not JSON: unexpected end at byte 10`},
		{"single quotes", `{'jsonrpc':'2.0'}`, "null", -32700, `line 1 is not JSON: unexpected '\'' at byte 2`},
		{"trailing comma", `{"jsonrpc":"2.0",}`, "null", -32700, `line 1 is not JSON: unexpected '}' at byte 18`},
		{"leading zero", `{"id":01}`, "null", -32700, `line 1 is not JSON: unexpected '1' at byte 8`},
		{"bad escape", `{"id":"\x"}`, "null", -32700, `line 1 is not JSON: unexpected 'x' at byte 9`},
		{"control character", "{\"id\":\"a\x01\"}", "null", -32700, `line 1 is not JSON: unexpected '\x01' at byte 9`},
		{"two values", `{"a":1}{"b":2}`, "null", -32700, `line 1 is not JSON: unexpected '{' at byte 8`},
		{"two values, carriage return", "{\"a\":1}\r{\"b\":2}", "null", -32700, `line 1 is not JSON: unexpected '{' at byte 9`},
		{"not UTF-8", "{\"id\":\"\xff\"}", "null", -32700, `line 1 is not JSON: byte 0xff at byte 8 is not UTF-8`},
		{"cut array", `[1,2`, "null", -32700, `line 1 is not JSON: unexpected end at byte 5`},
		{"number", `42`, "null", -32600, invalid + `a message is one JSON object`},
		{"null", `null`, "null", -32600, invalid + `a message is one JSON object`},
		{"empty object", `{}`, "null", -32600, invalid + `it must have "jsonrpc":"2.0"`},
		{"no version", `{"id":1,"method":"ping"}`, "1", -32600, invalid + `it must have "jsonrpc":"2.0"`},
		{"version 1", `{"jsonrpc":"1.0","id":"a","method":"ping"}`, `"a"`, -32600, invalid + `it must have "jsonrpc":"2.0"`},
		{"numeric version", `{"jsonrpc":2.0,"id":1,"method":"ping"}`, "1", -32600, invalid + `it must have "jsonrpc":"2.0"`},
		{"keys in capitals", `{"JSONRPC":"2.0","id":1,"method":"ping"}`, "1", -32600, invalid + `it must have "jsonrpc":"2.0"`},
		{"nothing to do", `{"jsonrpc":"2.0","id":1}`, "1", -32600, invalid + `it has no "method", "result" or "error"`},
		{"nothing at all", `{"jsonrpc":"2.0"}`, "null", -32600, invalid + `it has no "method", "result" or "error"`},
		{"numeric method", `{"jsonrpc":"2.0","id":1,"method":7}`, "1", -32600, invalid + `"method" must be a string`},
		{"null method", `{"jsonrpc":"2.0","id":1,"method":null}`, "1", -32600, invalid + `"method" must be a string`},
		{"request and response", `{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`, "1", -32600, invalid + `it has "method" and also "result" or "error": send a request or a response`},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, "null", -32600, invalid + `"id" is null: use a string or an integer, or no id in a notification`},
		{"boolean id", `{"jsonrpc":"2.0","id":true,"method":"ping"}`, "null", -32600, invalid + `"id" must be a string or an integer up to 9007199254740991`},
		{"object id", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, "null", -32600, invalid + `"id" must be a string or an integer up to 9007199254740991`},
		{"fraction id", `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, "1.5", -32600, invalid + `"id" must be a string or an integer up to 9007199254740991`},
		{"huge id", `{"jsonrpc":"2.0","id":9007199254740992,"method":"ping"}`, "9007199254740992", -32600, invalid + `"id" must be a string or an integer up to 9007199254740991`},
		{"infinite id", `{"jsonrpc":"2.0","id":1e999,"method":"ping"}`, "1e999", -32600, invalid + `"id" must be a string or an integer up to 9007199254740991`},
		{"long id", `{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 300) + `","method":"ping"}`, "null", -32600, invalid + `"id" is longer than 256 bytes`},
		{"two ids", `{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`, "null", -32600, invalid + `it has "id" more than once`},
		{"two ids, one escaped", `{"jsonrpc":"2.0","id":1,"\u0069d":2,"method":"ping"}`, "null", -32600, invalid + `it has "id" more than once`},
		{"two params", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{},"params":{}}`, "1", -32600, invalid + `it has "params" more than once`},
		{"response without id", `{"jsonrpc":"2.0","result":{}}`, "null", -32600, invalid + `a response must have the id of its request`},
		{"response with a fraction id", `{"jsonrpc":"2.0","id":1.5,"result":{}}`, "null", -32600, invalid + `"id" must be a string or an integer up to 9007199254740991`},
		{"deep, with its id", `{"jsonrpc":"2.0","id":5,"method":"ping","params":` + deep(1000) + `}`, "5", -32600, invalid + `more than 1000 nested values at byte 1049`},
		{"deep, id after", `{"jsonrpc":"2.0","method":"ping","params":` + deep(1000) + `,"id":5}`, "null", -32600, invalid + `more than 1000 nested values at byte 1042`},
		{"deep array", deep(5000), "null", -32600, invalid + `more than 1000 nested values at byte 1001`},
		{"batch", `[` + fmt.Sprintf(ping, 1) + `]`, "null", -32600, invalid + noBatch},
		{"empty batch", `[]`, "null", -32600, invalid + `the batch is empty`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			good := fmt.Sprintf(ping, 1)
			frames, output := filter(t, Options{}, test.line+"\n"+good+"\n")
			want := answerLine(test.id, test.code, test.text) + answerTo([]byte(good)) + "\n"
			if diff := cmp.Diff(want, output); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if frames != good+"\n" {
				t.Errorf("the session read %q, want only the good line", frames)
			}
		})
	}
}

// An error response that is broken must not be answered with an error.
func TestErrorIsNotAnsweredWithError(t *testing.T) {
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}`,
		`{"jsonrpc":"2.0","error":{"code":-32700,"message":"parse error"}}`,
		`{"jsonrpc":"2.0","id":1,"error":"no"}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"m"}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"c\u006fde":1.5,"message":"m"}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":7}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":99999999999999999999,"message":"m"}}`,
		`{"jsonrpc":"2.0","id":1,"id":1,"error":{}}`,
	} {
		if frames, output := filter(t, Options{}, line+"\n"); frames != "" || output != "" {
			t.Errorf("%s: passed on %q, answered %q", line, frames, output)
		}
	}
}

func TestGoodLines(t *testing.T) {
	tests := []struct{ name, input, frames string }{
		{"request", `{"jsonrpc":"2.0","id":1,"method":"ping"}` + "\n", ""},
		{"inner space and order", ` {"params" : {"a":[1, 2.5e-3,true , null]},"method":"m","id":"x","jsonrpc":"2.0" }` + "\n", ""},
		{"escapes", `{"jsonrpc":"2\u002e0","id":"\ud83d\ude00\n","meth\u006fd":"ping","params":{"s":"\"\\\/\b\f\n\r\t é"}}` + "\n", ""},
		{"notification", `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n", ""},
		{"notification with a null id", `{"jsonrpc":"2.0","id":null,"method":"notifications/initialized"}` + "\n", ""},
		{"response", `{"jsonrpc":"2.0","id":7,"result":{"x":1}}` + "\n", ""},
		{"error response", `{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"m","data":[1]}}` + "\n", ""},
		{"response of JSON-RPC 1.0 style", `{"jsonrpc":"2.0","id":7,"result":{},"error":null}` + "\n", ""},
		{"unknown members", `{"jsonrpc":"2.0","id":1,"method":"ping","x":1,"x":2,"ID":3}` + "\n", ""},
		{"largest ids", "{\"jsonrpc\":\"2.0\",\"id\":9007199254740991,\"method\":\"m\"}\n{\"jsonrpc\":\"2.0\",\"id\":-9007199254740991,\"method\":\"m\"}\n", ""},
		{"depth 1000", `{"jsonrpc":"2.0","id":1,"method":"m","params":` + strings.Repeat("[", 999) + strings.Repeat("]", 999) + "}\n", ""},
		{"carriage returns", "\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}\r\n \t\r\n", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}\n"},
		{"no last line end", `{"jsonrpc":"2.0","id":1,"method":"m"}`, `{"jsonrpc":"2.0","id":1,"method":"m"}` + "\n"},
		{"byte order mark", "\xef\xbb\xbf" + `{"jsonrpc":"2.0","id":1,"method":"m"}  ` + "\n", `{"jsonrpc":"2.0","id":1,"method":"m"}` + "\n"},
		{"nothing", "", ""},
		{"blank lines", "\n\r\n \n\n", " "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := test.frames
			switch want {
			case "":
				want = test.input
			case " ":
				want = ""
			}
			frames, output := filter(t, Options{}, test.input)
			if diff := cmp.Diff(want, frames); diff != "" {
				t.Errorf("frames (-want +got):\n%s", diff)
			}
			if strings.Contains(output, `"error"`) {
				t.Errorf("answered %s", output)
			}
		})
	}
}

// endless yields n bytes of x without a line end, then rest.
type endless struct {
	n    int
	rest io.Reader
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n == 0 {
		return e.rest.Read(p)
	}
	n := min(len(p), e.n)
	for i := range n {
		p[i] = 'x'
	}
	e.n -= n
	return n, nil
}

func TestLongLine(t *testing.T) {
	good := fmt.Sprintf(ping, 1)
	var out bytes.Buffer
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f := New(&endless{n: 64 << 20, rest: strings.NewReader("\n" + good + "\n")}, &out, Options{MaxLine: 100_000})
	defer f.Close()
	frames := serve(t, f)
	runtime.ReadMemStats(&after)

	want := answerLine("null", -32600, "line 1 is not a valid message: it is longer than 100000 bytes") + answerTo([]byte(good)) + "\n"
	if frames != good+"\n" || out.String() != want {
		t.Errorf("frames %q, output %q", frames, out.String())
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("allocated %d bytes for a line of 64 MiB", used)
	}
}

func TestMaxLineIsExact(t *testing.T) {
	line := fmt.Sprintf(ping, 1)
	for _, end := range []string{"\n", ""} {
		if frames, _ := filter(t, Options{MaxLine: len(line)}, line+end); frames != line+"\n" {
			t.Errorf("a line of MaxLine bytes with end %q was refused", end)
		}
		if frames, output := filter(t, Options{MaxLine: len(line) - 1}, line+end); frames != "" || !strings.Contains(output, "longer than") {
			t.Errorf("a line above MaxLine with end %q: frames %q, output %q", end, frames, output)
		}
	}
}

func TestFlood(t *testing.T) {
	good := fmt.Sprintf(ping, 1)
	frames, output := filter(t, Options{}, strings.Repeat("garbage\n", 100_000)+good+"\nmore\n")
	if frames != good+"\n" {
		t.Errorf("frames %q", frames)
	}
	answers := strings.SplitAfter(output, "\n")
	// 16 lines, then 32, 64, … 65536; the answer to ping, and to the last line.
	if got, want := len(answers)-1, 16+12+1+1; got != want {
		t.Errorf("%d lines of output, want %d", got, want)
	}
	for _, want := range []string{
		answerLine("null", -32700, "line 65536 is not JSON: unexpected 'g' at byte 1 (65536 bad lines in a row; not each is answered)"),
		answerTo([]byte(good)) + "\n",
		answerLine("null", -32700, "line 100002 is not JSON: unexpected 'm' at byte 1"),
	} {
		if !slices.Contains(answers, want) {
			t.Errorf("no answer %q", want)
		}
	}
}

func TestFloodWithIDsIsAnswered(t *testing.T) {
	_, output := filter(t, Options{}, strings.Repeat(`{"id":1.5,"method":"m"}`+"\n", 1000))
	if got := strings.Count(output, "\n"); got != 1000 {
		t.Errorf("%d answers, want one for each of 1000 requests", got)
	}
}

package args

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type scalars struct {
	S   string           `json:"s,omitempty" minLength:"2" maxLength:"4"`
	B   bool             `json:"b,omitempty"`
	I   int64            `json:"i,omitempty"`
	I8  int8             `json:"i8,omitempty"`
	U   uint64           `json:"u,omitempty"`
	F   float64          `json:"f,omitempty"`
	F32 float32          `json:"f32,omitempty"`
	N   json.Number      `json:"n,omitempty"`
	ID  Int64            `json:"id,omitempty"`
	P   *int             `json:"p"`
	PS  **int            `json:"-"`
	L   []string         `json:"l,omitempty"`
	LI  []int            `json:"li,omitempty"`
	PL  []*int           `json:"pl,omitempty"`
	LL  [][]int          `json:"ll,omitempty"`
	M   map[state]string `json:"m,omitempty"`
	A   any              `json:"a,omitempty"`
	R   json.RawMessage  `json:"r,omitempty"`
	T   time.Time        `json:"t,omitzero"`
	IP  netip.Addr       `json:"ip,omitzero"`
}

// decoded runs Decode and returns the value, or the message in its place.
func decoded[T any](t *testing.T, raw string) (T, string) {
	t.Helper()
	var v T
	err := mustFor[T](t, Input).Decode(json.RawMessage(raw), &v)
	if err == nil {
		return v, ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: %v is not an *Error", raw, err)
	}
	return v, err.Error()
}

func TestDecodeValues(t *testing.T) {
	one, two := 1, 2
	tests := []struct {
		raw  string
		want scalars
	}{
		{``, scalars{}},
		{`null`, scalars{}},
		{" \t\r\n{ } \n", scalars{}},
		{`{"s":"ab"}`, scalars{S: "ab"}},
		{`{"s":"äöüß"}`, scalars{S: "äöüß"}},
		{`{"s":"\"\\\/\n"}`, scalars{S: "\"\\/\n"}},
		{`{"s":"\b\f\r\t"}`, scalars{S: "\b\f\r\t"}},
		{`{"s":"\u00e9\ud83d\uDE00"}`, scalars{S: "é😀"}},
		{`{"\u0073":"ab"}`, scalars{S: "ab"}},
		{`{"s":null,"b":null,"i":null,"p":null,"l":null,"m":null,"a":null,"r":null,"t":null,"id":null}`, scalars{}},
		{`{"b":true}`, scalars{B: true}},
		{`{"b":false}`, scalars{}},
		{`{"i":9007199254740993,"u":9007199254740993,"id":9007199254740993}`, scalars{I: 9007199254740993, U: 9007199254740993, ID: 9007199254740993}},
		{`{"i":9223372036854775807,"u":18446744073709551615,"id":"9223372036854775807"}`, scalars{I: 9223372036854775807, U: 18446744073709551615, ID: 9223372036854775807}},
		{`{"i":-9223372036854775808,"id":"-9223372036854775808"}`, scalars{I: -9223372036854775808, ID: -9223372036854775808}},
		{`{"i":-9223372036854775808.0,"id":-9223372036854775808}`, scalars{I: -9223372036854775808, ID: -9223372036854775808}},
		{`{"i":9.223372036854775807e18,"u":1844674407370955161.5e1}`, scalars{I: 9223372036854775807, U: 18446744073709551615}},
		{`{"i":5.0,"u":1e2,"i8":-1.20E+2,"id":1e3}`, scalars{I: 5, U: 100, I8: -120, ID: 1000}},
		{`{"i":-0,"u":-0.0,"i8":0e999999999999999999999}`, scalars{}},
		{`{"i":1000e-3,"u":1` + strings.Repeat("0", 300) + `e-300}`, scalars{I: 1, U: 1}},
		{`{"f":1.5e3,"f32":0.1,"n":1.10}`, scalars{F: 1500, F32: 0.1, N: "1.10"}},
		{`{"p":1}`, scalars{P: &one}},
		{`{"l":[],"li":[ 1 , 2 ],"pl":[1,2],"ll":[[],[1]]}`, scalars{L: []string{}, LI: []int{1, 2}, PL: []*int{&one, &two}, LL: [][]int{{}, {1}}}},
		{`{"m":{}}`, scalars{M: map[state]string{}}},
		{`{"m":{"a":"x","B c":""}}`, scalars{M: map[state]string{"a": "x", "B c": ""}}},
		{`{"a":{"n":9007199254740993,"l":[true,null,"x"]}}`, scalars{A: map[string]any{"n": json.Number("9007199254740993"), "l": []any{true, nil, "x"}}}},
		{`{"r": {"b" : [1, 2]} }`, scalars{R: json.RawMessage(`{"b" : [1, 2]}`)}},
		{`{"t":"2026-01-31T12:00:00Z"}`, scalars{T: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}},
		{`{"ip":"::1"}`, scalars{IP: netip.MustParseAddr("::1")}},
	}
	for _, tt := range tests {
		got, message := decoded[scalars](t, tt.raw)
		if message != "" {
			t.Errorf("%s: %s", tt.raw, message)
		} else if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.raw, diff)
		}
	}
}

func TestDecodeTypeMessages(t *testing.T) {
	long := strings.Repeat("ä", 50)
	tests := []struct{ raw, want string }{
		{`{"i":"abc"}`, `i must be an integer, got string "abc"`},
		{`{"i":"` + long + `"}`, `i must be an integer, got string "` + long[:80] + `…"`},
		{`{"i":"5"}`, `i must be an integer: send 5, not "5"`},
		{`{"i":" 5 "}`, `i must be an integer: send 5, not " 5 "`},
		{`{"i":"5.5"}`, `i must be an integer, got string "5.5"`},
		{`{"i":""}`, `i must be an integer, got string ""`},
		{`{"i":1.5}`, `i must be an integer, got number 1.5`},
		{`{"i":15e-1}`, `i must be an integer, got number 15e-1`},
		{`{"i":1e-9999999999999999999}`, `i must be an integer, got number 1e-9999999999999999999`},
		{`{"i":true}`, `i must be an integer, got boolean true`},
		{`{"i":[1]}`, `i must be an integer, got an array`},
		{`{"i":{}}`, `i must be an integer, got an object`},
		{`{"i":9223372036854775808}`, `i must be between -9223372036854775808 and 9223372036854775807, got 9223372036854775808`},
		{`{"i":-9223372036854775809}`, `i must be between -9223372036854775808 and 9223372036854775807, got -9223372036854775809`},
		{`{"i":1e400}`, `i must be between -9223372036854775808 and 9223372036854775807, got 1e400`},
		{`{"i":1` + strings.Repeat("0", 50) + `}`, `i must be between -9223372036854775808 and 9223372036854775807, got 1` + strings.Repeat("0", 39) + "…"},
		{`{"i8":128}`, `i8 must be between -128 and 127, got 128`},
		{`{"u":-1}`, `u must be at least 0, got -1`},
		{`{"u":18446744073709551616}`, `u must be between 0 and 18446744073709551615, got 18446744073709551616`},
		{`{"f":"1.5"}`, `f must be a number: send 1.5, not "1.5"`},
		{`{"f":"NaN"}`, `f must be a number, got string "NaN"`},
		{`{"f":1e999}`, `f must be a number of 64 bits, got 1e999`},
		{`{"f32":1e39}`, `f32 must be a number of 32 bits, got 1e39`},
		{`{"n":"1"}`, `n must be a number: send 1, not "1"`},
		{`{"b":"True"}`, `b must be a boolean: send true, not "True"`},
		{`{"b":"yes"}`, `b must be a boolean, got string "yes"`},
		{`{"b":1}`, `b must be a boolean, got number 1`},
		{`{"s":5}`, `s must be a string: send "5", not 5`},
		{`{"s":true}`, `s must be a string: send "true", not true`},
		{`{"s":["ab"]}`, `s must be a string, got an array`},
		{`{"l":"a.go"}`, `l must be an array of strings: send ["a.go"], not "a.go"`},
		{`{"l":"[\"a.go\"]"}`, `l must be an array of strings: send it as JSON, not inside a string`},
		{`{"li":"[1,2]"}`, `li must be an array of integers: send it as JSON, not inside a string`},
		{`{"l":"` + long + `"}`, `l must be an array of strings, got string "` + long[:80] + `…"`},
		{`{"li":3}`, `li must be an array of integers: send [3], not 3`},
		{`{"li":{"0":1}}`, `li must be an array of integers, got an object`},
		{`{"li":[1,"x",null,2.5]}`, `3 problems: (1) li[1] must be an integer, got string "x" (2) li[2] must be an integer, got null (3) li[3] must be an integer, got number 2.5`},
		{`{"pl":[null]}`, `pl[0] must be an integer, got null`},
		{`{"ll":[[1],[2,"3"]]}`, `ll[1][1] must be an integer: send 3, not "3"`},
		{`{"m":[]}`, `m must be an object, got an array`},
		{`{"m":"{\"a\":1}"}`, `m must be an object: send it as JSON, not inside a string`},
		{`{"m":{"plain":1}}`, `m.plain must be a string: send "1", not 1`},
		{`{"m":{"a b":null}}`, `m["a b"] must be a string, got null`},
		{`{"t":"yesterday"}`, `t must be a date and time such as "2026-01-31T12:00:00Z", got string "yesterday"`},
		{`{"t":5}`, `t must be a date and time such as "2026-01-31T12:00:00Z", got number 5`},
		{`{"ip":"x"}`, `ip is not valid: ParseAddr("x"): unable to parse IP`},
		{`{"ip":5}`, `ip must be a string, got number 5`},
		{`{"id":"x"}`, `id is not valid: send a 64-bit integer as a decimal string, such as "9007199254740993"`},
		{`{"id":9223372036854775808}`, `id is not valid: send a 64-bit integer as a decimal string, such as "9007199254740993"`},
		{`{"id":1.5}`, `id is not valid: send a 64-bit integer as a decimal string, such as "9007199254740993"`},
		{`{"id":"+1"}`, `id is not valid: send a 64-bit integer as a decimal string, such as "9007199254740993"`},
		{`{"id":[]}`, `id is not valid: send a 64-bit integer as a decimal string, such as "9007199254740993"`},
	}
	for _, tt := range tests {
		if _, got := decoded[scalars](t, tt.raw); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.raw, got, tt.want)
		}
	}
}

type ruled struct {
	State  state          `json:"state,omitempty" enum:"open,closed,all"`
	Only   string         `json:"only,omitempty" enum:"one"`
	Day    int            `json:"day,omitempty" enum:"1,2,3"`
	UDay   uint           `json:"uday,omitempty" enum:"1,2"`
	Limit  int            `json:"limit" min:"1" max:"20" default:"5" alias:"max_results,count"`
	Low    int            `json:"low,omitempty" min:"1"`
	High   uint           `json:"high,omitempty" max:"9"`
	Ratio  float64        `json:"ratio,omitempty" min:"0" max:"1.5"`
	Text   string         `json:"text,omitempty" minLength:"2" maxLength:"4"`
	Filled string         `json:"filled,omitempty" minLength:"1"`
	Name   string         `json:"name,omitempty" pattern:"^[a-z]+$"`
	Some   []string       `json:"some,omitempty" minItems:"1" maxItems:"2" maxLength:"3"`
	Map    map[string]int `json:"map,omitempty" maxItems:"1" max:"5"`
	Any    any            `json:"any,omitempty"`
	Edits  []edit         `json:"edits,omitempty"`
	Opts   options        `json:"opts,omitzero"`
}

func TestDecodeRuleMessages(t *testing.T) {
	tests := []struct{ raw, want string }{
		{`{"state":"opened"}`, `state must be one of "open", "closed", "all", got "opened"`},
		{`{"state":"Open"}`, `state must be one of "open", "closed", "all", got "Open"`},
		{`{"only":"two"}`, `only must be "one", got "two"`},
		{`{"day":4}`, `day must be one of 1, 2, 3, got 4`},
		{`{"day":-1}`, `day must be one of 1, 2, 3, got -1`},
		{`{"uday":30e-1}`, `uday must be one of 1, 2, got 30e-1`},
		{`{"limit":0}`, `limit must be between 1 and 20, got 0`},
		{`{"limit":21}`, `limit must be between 1 and 20, got 21`},
		{`{"limit":99999999999999999999}`, `limit must be between 1 and 20, got 99999999999999999999`},
		{`{"low":0}`, `low must be at least 1, got 0`},
		{`{"low":-99999999999999999999}`, `low must be at least 1, got -99999999999999999999`},
		{`{"low":99999999999999999999}`, `low must be between 1 and 9223372036854775807, got 99999999999999999999`},
		{`{"high":10}`, `high must be between 0 and 9, got 10`},
		{`{"ratio":1.6}`, `ratio must be between 0 and 1.5, got 1.6`},
		{`{"ratio":-1e-9}`, `ratio must be between 0 and 1.5, got -1e-9`},
		{`{"text":"ä"}`, `text must have at least 2 characters, got 1`},
		{`{"text":"äöüßa"}`, `text must have at most 4 characters, got 5`},
		{`{"filled":""}`, `filled must have at least 1 character, got 0`},
		{`{"name":"ABC"}`, `name must match ^[a-z]+$, got "ABC"`},
		{`{"some":[]}`, `some must have at least 1 item, got 0`},
		{`{"some":["a","b","c",5]}`, `some must have at most 2 items, got 4`},
		{`{"some":["abcd"]}`, `some[0] must have at most 3 characters, got 4`},
		{`{"map":{"a":1,"b":2}}`, `map must have at most 1 entry, got 2`},
		{`{"map":{"a":6}}`, `map.a must be at most 5, got 6`},
		{`{"edits":[{"old_text":"a"},{},{"old_text":""}]}`, `2 problems: (1) missing required argument "edits[1].old_text" (a string) (2) edits[2].old_text must have at least 1 character, got 0`},
		{`{"edits":[{"old_txt":"a","old_text":"a"}]}`, `unknown argument "edits[0].old_txt"; did you mean "old_text"?`},
		{`{"edits":[[]]}`, `edits[0] must be an object, got an array`},
		{`{"edits":["{\"old_text\":\"\"}"]}`, `edits[0] must be an object: send it as JSON, not inside a string`},
		{`{"limt":3}`, `unknown argument "limt"; did you mean "limit"?`},
		{`{"LIMIT":3}`, `unknown argument "LIMIT"; did you mean "limit"?`},
		{`{"edit":3}`, `unknown argument "edit"; did you mean "edits"?`},
		{`{"zzz":{"a":[1]}}`, `unknown argument "zzz"; known arguments: "state", "only", "day", "uday", "limit", "low", "high", "ratio", "text", "filled", "name", "some", "map", "any", "edits", "opts"`},
		{`{"opts":{"x y":1}}`, `unknown argument "opts[\"x y\"]"; known arguments: "depth", "ratio"`},
		{`{"":1}`, `unknown argument ""; known arguments: "state", "only", "day", "uday", "limit", "low", "high", "ratio", "text", "filled", "name", "some", "map", "any", "edits", "opts"`},
		{`{"limit":3,"limit":3}`, `argument "limit" is given twice`},
		{`{"limit":3,"l\u0069mit":4}`, `argument "limit" is given twice`},
		{`{"limit":null,"limit":4}`, `argument "limit" is given twice`},
		{`{"limit":3,"count":3}`, `"limit" and "count" are the same argument; send only "limit"`},
		{`{"count":3,"limit":3}`, `"count" and "limit" are the same argument; send only "limit"`},
		{`{"count":3,"max_results":3}`, `"count" and "max_results" are the same argument; send only "limit"`},
		{`{"count":3,"count":3}`, `argument "count" is given twice`},
		{`{"count":30}`, `limit must be between 1 and 20, got 30`},
		{`{"map":{"a":1,"a":2}}`, `2 problems: (1) argument "map.a" is given twice (2) map must have at most 1 entry, got 2`},
		{`{"any":[{"a":1,"\u0061":2}]}`, `argument "any[0].a" is given twice`},
		{`{"opts":{"depth":1,"depth":1}}`, `argument "opts.depth" is given twice`},
		{`[]`, `arguments must be an object, got an array`},
		{`"{}"`, `arguments must be an object, got string "{}"`},
		{` 5 `, `arguments must be an object, got number 5`},
	}
	for _, tt := range tests {
		if _, got := decoded[ruled](t, tt.raw); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.raw, got, tt.want)
		}
	}
}

func TestDecodeSyntax(t *testing.T) {
	const prefix = "arguments are not valid JSON: "
	tests := []struct{ raw, want string }{
		{`{`, prefix + `the document ends too early`},
		{`{"any"`, prefix + `the document ends too early`},
		{`{"any":`, prefix + `the document ends too early`},
		{`{"any":"a`, prefix + `the document ends too early`},
		{`{"any":"a\`, prefix + `the document ends too early`},
		{`{"any":-`, prefix + `the document ends too early`},
		{`{"any":tru}`, prefix + `'}' instead of true at byte 10`},
		{`{"any":01}`, prefix + `'1' instead of ',' or '}' at byte 8`},
		{`{"any":1.}`, prefix + `'}' instead of a digit at byte 9`},
		{`{"any":1e}`, prefix + `'}' instead of a digit at byte 9`},
		{`{"any":+1}`, prefix + `'+' instead of a value at byte 7`},
		{`{"any":NaN}`, prefix + `'N' instead of a value at byte 7`},
		{`{"any":1,}`, prefix + `'}' instead of a name in double quotes at byte 9`},
		{`{any:1}`, prefix + `'a' instead of a name in double quotes at byte 1`},
		{`{"any" 1}`, prefix + `'1' instead of ':' at byte 7`},
		{`{"any":[1 2]}`, prefix + `'2' instead of ',' or ']' at byte 10`},
		{`{"any":[1,]}`, prefix + `']' instead of a value at byte 10`},
		{`{} {}`, prefix + `'{' instead of the end at byte 3`},
		{"{}\x00", prefix + `'\x00' instead of the end at byte 2`},
		{"\x00", prefix + `'\x00' instead of an object at byte 0`},
		{"{\"any\":\"a\nb\"}", prefix + `unescaped control character 0x0a in a string at byte 9`},
		{`{"any":"\x"}`, prefix + `'x' instead of an escape at byte 9`},
		{`{"any":"\u12"}`, prefix + `an incomplete \u escape at byte 9`},
		{"{\"any\":\"a\xff\"}", prefix + `invalid UTF-8 in the string at byte 8`},
		{"{\"any\xed\xa0\x80\":1}", prefix + `invalid UTF-8 in the string at byte 2`},
		{`{"any":"\ud83d"}`, prefix + `half of a surrogate pair (\ud83d; send the character itself) at byte 9`},
		{`{"any":"\ud83dx\ude00"}`, prefix + `half of a surrogate pair (\ud83d; send the character itself) at byte 9`},
		{`{"any":"\ude00\ud83d"}`, prefix + `half of a surrogate pair (\ude00; send the character itself) at byte 9`},
		{`{"limit":0,"limt":1,`, prefix + `the document ends too early`},
		{`{"any":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, `arguments are nested deeper than 100 levels`},
		{`{"zzz":` + strings.Repeat(`{"a":`, 1_000_000), `arguments are nested deeper than 100 levels`},
	}
	for _, tt := range tests {
		if _, got := decoded[ruled](t, tt.raw); got != tt.want {
			t.Errorf("%.60s\n got %s\nwant %s", tt.raw, got, tt.want)
		}
	}
	if _, message := decoded[ruled](t, `{"any":`+strings.Repeat("[", 99)+strings.Repeat("]", 99)+`}`); message != "" {
		t.Errorf("100 levels: %s", message)
	}
}

func TestDecodeRequired(t *testing.T) {
	type in struct {
		Path  string          `json:"path"`
		Count int             `json:"count" alias:"n"`
		List  []string        `json:"list"`
		Opts  options         `json:"opts"`
		Any   any             `json:"any"`
		Raw   json.RawMessage `json:"raw"`
	}
	tests := []struct{ raw, want string }{
		{`{"path":"","count":0,"list":[],"opts":{},"any":null,"raw":null}`, ``},
		{`{"path":"","n":1,"list":[],"opts":{},"any":1}`, `missing required argument "raw" (a value)`},
		{`{"path":null,"count":0,"list":[],"opts":{},"any":1,"raw":1}`, `missing required argument "path" (a string)`},
		{`{"pth":"a","count":"1","list":[],"opts":{},"any":1,"raw":1}`, `3 problems: (1) unknown argument "pth"; did you mean "path"? (2) count must be an integer: send 1, not "1" (3) missing required argument "path" (a string)`},
		{``, `6 problems, the first 5: (1) missing required argument "path" (a string) (2) missing required argument "count" (an integer) (3) missing required argument "list" (an array of strings) (4) missing required argument "opts" (an object) (5) missing required argument "any" (a value)`},
	}
	for _, tt := range tests {
		got, message := decoded[in](t, tt.raw)
		if message != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.raw, message, tt.want)
		}
		if message == "" && (string(got.Raw) != "null" || got.Any != nil || got.Opts.Depth != 3) {
			t.Errorf("%s: got %+v", tt.raw, got)
		}
	}
	if _, got := decoded[struct{}](t, `{"a":1}`); got != `unknown argument "a"; no arguments are accepted` {
		t.Errorf("got %s", got)
	}
}

// ownList reads its own JSON and says that this is an array.
type ownList []string

func (ownList) JSONSchema(bool) json.RawMessage { return json.RawMessage(`{"type":"array"}`) }

func (l *ownList) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, (*[]string)(l)) }

func TestDecodeOwnListMissing(t *testing.T) {
	type input struct {
		L  ownList   `json:"l"`
		LL []ownList `json:"ll,omitempty"`
	}
	for raw, want := range map[string]string{
		`{}`:                       `missing required argument "l" (an array)`,
		`{"l":["x"],"ll":[null]}`:  `ll[0] must be an array, got null`,
		`{"l":["x"],"ll":[["y"]]}`: ``,
	} {
		if _, got := decoded[input](t, raw); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestDecodeDefaults(t *testing.T) {
	yes := true
	type Embedded struct {
		Deep string `json:"deep" default:"d"`
	}
	type in struct {
		S    string    `json:"s" default:"x\ny"`
		P    *bool     `json:"p" default:"true"`
		ID   Int64     `json:"id" default:"9007199254740993"`
		L    []int     `json:"l" default:"[1,2]"`
		F    float64   `json:"f" default:"0.5"`
		T    time.Time `json:"t" default:"2026-01-31T12:00:00Z"`
		Opts options   `json:"opts,omitzero"`
		Ptr  *options  `json:"ptr"`
		Edit []edit    `json:"edit,omitempty"`
		Embedded
	}
	want := in{
		S: "x\ny", P: &yes, ID: 9007199254740993, L: []int{1, 2}, F: 0.5,
		T: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Opts: options{Depth: 3}, Embedded: Embedded{Deep: "d"},
	}
	for _, raw := range []string{``, `{}`, `{"s":null,"p":null,"opts":null,"deep":null}`, `{"opts":{}}`, `{"opts":{"depth":null}}`} {
		got, message := decoded[in](t, raw)
		if diff := cmp.Diff(want, got); message != "" || diff != "" {
			t.Errorf("%s: %s\n%s", raw, message, diff)
		}
	}
	got, _ := decoded[in](t, `{"s":"","p":false,"l":[],"f":0,"opts":{"depth":0},"ptr":{},"edit":[{"old_text":"a"}],"deep":""}`)
	want.S, *want.P, want.L, want.F, want.Opts.Depth, want.Deep = "", false, []int{}, 0, 0, ""
	want.Ptr, want.Edit = &options{Depth: 3}, []edit{{Old: "a", All: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeSharesNothing(t *testing.T) {
	type in struct {
		L []string        `json:"l" default:"[\"a\"]"`
		P *int            `json:"p" default:"1"`
		R json.RawMessage `json:"r,omitempty"`
	}
	s := mustFor[in](t, Input)
	var a, b in
	raw := []byte(`{"r":[1]}`)
	if err := errors.Join(s.Decode(raw, &a), s.Decode(nil, &b)); err != nil {
		t.Fatal(err)
	}
	a.L[0], *a.P = "changed", 2
	copy(raw, bytes.Repeat([]byte("x"), len(raw)))
	b.R = json.RawMessage("stale")
	if err := s.Decode(nil, &b); err != nil {
		t.Fatal(err)
	}
	if b.L[0] != "a" || *b.P != 1 || b.R != nil || string(a.R) != "[1]" {
		t.Errorf("got %+v and %+v", a, b)
	}
}

func TestDecodeEmbeddedPointer(t *testing.T) {
	type Page struct {
		Limit  int    `json:"limit" min:"1"`
		Cursor string `json:"cursor,omitempty"`
	}
	type in struct {
		*Page
		Name string `json:"name,omitempty"`
	}
	got, message := decoded[in](t, `{"limit":3,"cursor":"c"}`)
	if diff := cmp.Diff(in{Page: &Page{3, "c"}}, got); message != "" || diff != "" {
		t.Errorf("%s\n%s", message, diff)
	}
	if _, message := decoded[in](t, `{}`); message != `missing required argument "limit" (an integer)` {
		t.Error(message)
	}
}

func TestErrorParts(t *testing.T) {
	var v ruled
	err := mustFor[ruled](t, Input).Decode([]byte(`{"edits":[{"old":1}],"state":"opn","limit":0}`), &v)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := []Violation{
		{Path: "edits[0].old", Message: `unknown argument "edits[0].old"; did you mean "old_text"?`, Suggestions: []string{"old_text"}},
		{Path: "edits[0].old_text", Message: `missing required argument "edits[0].old_text" (a string)`},
		{Path: "state", Message: `state must be one of "open", "closed", "all", got "opn"`, Suggestions: []string{"open"}},
		{Path: "limit", Message: `limit must be between 1 and 20, got 0`},
	}
	if diff := cmp.Diff(want, e.Violations); diff != "" {
		t.Error(diff)
	}
	var first *Violation
	if !errors.As(err, &first) || first.Path != "edits[0].old" || first.Error() != want[0].Message {
		t.Errorf("first violation: %+v", first)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	type in struct {
		P string `json:"p,omitempty" pattern:"^(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)$"`
	}
	var b strings.Builder
	b.WriteString(`{"p":"x"`)
	for i := range 20_000 {
		fmt.Fprintf(&b, `,"%d%s":1`, i, strings.Repeat("é", 100))
	}
	b.WriteByte('}')
	var v in
	err := mustFor[in](t, Input).Decode([]byte(b.String()), &v)
	var e *Error
	if !errors.As(err, &e) || e.Total != 20_001 || len(e.Violations) != maxViolations {
		t.Fatalf("got %.200v", err)
	}
	if n := len([]rune(err.Error())); n > maxViolations*(maxMessage+6)+60 {
		t.Errorf("the message has %d characters", n)
	}
	if !strings.HasPrefix(err.Error(), "20001 problems, the first 5: (1) p must match ^(aaa") {
		t.Errorf("got %.80s", err)
	}
}

func TestLongEnum(t *testing.T) {
	var values []string
	for i := range 25 {
		values = append(values, fmt.Sprintf("v%02d", i))
	}
	typ := structOf("", `json:"f" enum:"`+strings.Join(append(values, "zebra"), ",")+`"`)
	s, err := For(typ, Input)
	if err != nil {
		t.Fatal(err)
	}
	v := newOf(typ)
	want := `f must be one of "zebra", "v00", "v01", "v02", "v03", "v04", "v05", "v06", "v07", "v08", "v09", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18" and 6 more, got "zebr"`
	if got := s.Decode([]byte(`{"f":"zebr"}`), v); got == nil || got.Error() != want {
		t.Errorf("\n got %v\nwant %s", got, want)
	}
}

func TestMisuse(t *testing.T) {
	in, out := mustFor[paging](t, Input), mustFor[paging](t, Output)
	var p paging
	for _, err := range []error{in.Decode(nil, p), in.Decode(nil, nil), in.Decode(nil, (*paging)(nil)), in.Decode(nil, new(edit)), out.Decode(nil, &p)} {
		if err == nil || !strings.HasPrefix(err.Error(), "args: ") {
			t.Errorf("got %v", err)
		}
	}
	for _, v := range []any{nil, (*paging)(nil), edit{}} {
		if _, err := out.Encode(v); err == nil {
			t.Errorf("Encode(%v) gave no error", v)
		}
	}
	if _, err := in.Encode(p); err == nil {
		t.Error("an input schema encoded")
	}
}

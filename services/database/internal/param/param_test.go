package param_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/param"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// own are types of a database.
type own map[uint32]value.Type

func (o own) Type(oid uint32) (value.Type, bool) {
	t, ok := o[oid]
	return t, ok
}

var types = own{
	50000: {OID: 50000, Name: "mood", Kind: 'e', Delim: ','},
	50001: {OID: 50001, Name: "mood[]", Kind: 'b', Element: 50000, Delim: ','},
	50002: {OID: 50002, Name: "address", Kind: 'c', Delim: ','},
	50003: {OID: 50003, Name: "doc", Kind: 'd', Base: 3802, Delim: ','},
}

// null stands for NULL in what is wanted.
const null = "\x00"

func TestBind(t *testing.T) {
	tests := []struct {
		name   string
		params string
		oids   []uint32 // nil: nothing may be described
		want   []string
		err    string
	}{
		{"scalars", `[null, true, false, "a\"é", "", 1, -1.50, 12345678901234567890.123, 1.5e-3]`, nil, []string{null, "true", "false", `a"é`, "", "1", "-1.50", "12345678901234567890.123", "1.5e-3"}, ""},
		{"none", `[]`, nil, []string{}, ""},
		{"integers", `[[1, null, 3]]`, []uint32{1007}, []string{`{"1",NULL,"3"}`}, ""},
		{"integers written otherwise", `[1.0, -0.0, 1e3, -12.50e1, 0.001E+3, 1e30, 1.0, 100e-2]`, []uint32{23, 20, 20, 21, 20, 20, 1700, 23},
			[]string{"1", "0", "1000", "-125", "1", "1e30", "1.0", "1"}, ""},
		{"and in an array", `[[1.0, [2e0], null], [1.0]]`, []uint32{1007, 1231}, []string{`{"1",{"2"},NULL}`, `{"1.0"}`}, ""},
		{"two dimensions", `[[[1,2],[3,4]]]`, []uint32{1007}, []string{`{{"1","2"},{"3","4"}}`}, ""},
		{"texts", `[["a","null","NULL","","{x}","q\"u\\o,"]]`, []uint32{1009}, []string{`{"a","null","NULL","","{x}","q\"u\\o,"}`}, ""},
		{"boxes", `[["(1,1),(0,0)","(2,2),(1,1)"]]`, []uint32{1020}, []string{`{"(1,1),(0,0)";"(2,2),(1,1)"}`}, ""},
		{"enums", `[["happy"], "sad"]`, []uint32{50001, 50000}, []string{`{"happy"}`, "sad"}, ""},
		{"a document", `[{"a": 1.10}]`, []uint32{3802}, []string{`{"a": 1.10}`}, ""},
		{"an array as a document", `[[1,{"a":[]}]]`, []uint32{114}, []string{`[1,{"a":[]}]`}, ""},
		{"a domain over jsonb", `[{"a":1}]`, []uint32{50003}, []string{`{"a":1}`}, ""},
		{"documents", `[[{"a":1},[2],"s",null]]`, []uint32{3807}, []string{`{"{\"a\":1}","[2]","\"s\"",NULL}`}, ""},
		{"an empty array", `[[]]`, []uint32{1007}, []string{`{}`}, ""},
		{"a composite", `[{"street":"x"}]`, []uint32{50002}, nil, `params[0]: $1 is address: send a row as text, such as "(1,abc)"; in the statement ROW($1, $2)::address takes its fields one by one`},
		{"an object for an array", `[1, {}]`, []uint32{23, 1007}, nil, "params[1]: $2 is integer[]: send an array, not an object"},
		{"an array for a number", `[[1]]`, []uint32{23}, nil, "params[0]: $1 is integer: an array does not fit; send one value, or write = ANY($1) for a list of them"},
		{"an object for a text", `[{}]`, []uint32{25}, nil, "params[0]: $1 is text: an object does not fit; for a JSON document write $1::jsonb in the statement"},
		{"an object in an array", `[[{}]]`, []uint32{1007}, nil, "params[0]: $1 is integer[]: element 0 is an object; send it as text"},
		{"too deep", `[[[[[[[[1]]]]]]]]`, []uint32{1007}, nil, "params[0]: $1 is integer[]: it has more than 6 dimensions"},
		{"too few", `[[1]]`, []uint32{1007, 25}, nil, "params: the statement takes 2 ($1 integer[], $2 text), 1 was given"},
		{"too many", `[[1], 2]`, []uint32{}, nil, "params: the statement takes none, 2 were given; write $1, $2 and so on where they belong"},
		{"NUL", `["a\u0000"]`, nil, nil, "params[0]: PostgreSQL has no text with a NUL character in it"},
		{"NUL in an array", `[["\u0000"]]`, []uint32{1009}, nil, "params[0]: $1 is text[]: PostgreSQL has no text with a NUL character in it"},
		{"very many", "[" + strings.Repeat("1,", param.Max) + "1]", nil, nil, "params: at most 1000 are taken, 1001 were given"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var params []json.RawMessage
			if err := json.Unmarshal([]byte(tt.params), &params); err != nil {
				t.Fatal(err)
			}
			asked := false
			got, err := param.Bind(params, types, func() ([]uint32, error) {
				asked = true
				return tt.oids, nil
			})
			if asked != (tt.oids != nil) {
				t.Errorf("asked for types: %v", asked)
			}
			if tt.err != "" {
				var e *param.Error
				if !errors.As(err, &e) || e.Error() != tt.err {
					t.Fatalf("the error is %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			texts := []string{}
			for _, b := range got {
				if b == nil {
					texts = append(texts, null)
				} else {
					texts = append(texts, string(b))
				}
			}
			if diff := cmp.Diff(tt.want, texts); diff != "" {
				t.Errorf("the texts differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBindDescribeFails(t *testing.T) {
	failure := errors.New("no connection")
	_, err := param.Bind([]json.RawMessage{[]byte("[1]")}, nil, func() ([]uint32, error) { return nil, failure })
	if !errors.Is(err, failure) {
		t.Errorf("the error is %v", err)
	}
}

func TestMisfit(t *testing.T) {
	oids := []uint32{23, 50000}
	for index, want := range map[int]string{
		1:  `params[1]: $2 must be mood: bad`,
		-1: `params: they must fit $1 integer, $2 mood: bad`,
		2:  `params: they must fit $1 integer, $2 mood: bad`,
	} {
		if err := param.Misfit(index, oids, types, "bad"); err.Error() != want {
			t.Errorf("%d: %v, want %s", index, err, want)
		}
	}
	for message, oid := range map[string]uint32{`send "\"text\""`: 3802, "send a JSON array": 1007} {
		if err := param.Misfit(0, []uint32{oid}, types, "malformed array literal: x"); !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %s", err, message)
		}
	}
}

func FuzzBind(f *testing.F) {
	for _, s := range []string{`[1,null,"x"]`, `["\"\\{}"]`, `[[1],[2]]`, `[[[[[[[1]]]]]]]`, `[{"a":1}]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !json.Valid([]byte(s)) {
			return
		}
		out, err := param.Bind([]json.RawMessage{[]byte(s)}, types, func() ([]uint32, error) { return []uint32{1009}, nil })
		if err != nil {
			return
		}
		// PostgreSQL's own array reader sees as many quotes open as closed.
		if text := strings.NewReplacer(`\\`, "", `\"`, "").Replace(string(out[0])); strings.HasPrefix(strings.TrimSpace(s), "[") && strings.Count(text, `"`)%2 != 0 {
			t.Errorf("%s becomes %s", s, out[0])
		}
	})
}

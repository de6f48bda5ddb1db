package args

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fuzzed has every kind of value and no rule that encoding/json does not know.
type fuzzed struct {
	S  string           `json:"s,omitempty"`
	B  bool             `json:"b,omitempty"`
	I  int64            `json:"i,omitempty"`
	I8 int8             `json:"i8,omitempty"`
	U  uint64           `json:"u,omitempty"`
	F  float64          `json:"f,omitempty"`
	N  json.Number      `json:"n,omitempty"`
	ID Int64            `json:"id,omitempty"`
	P  *int             `json:"p"`
	L  []string         `json:"l,omitempty"`
	D  int              `json:"d" default:"7"`
	M  map[string]uint8 `json:"m,omitempty"`
	A  any              `json:"a,omitempty"`
	R  json.RawMessage  `json:"r,omitempty"`
	T  time.Time        `json:"t,omitzero"`
	E  []struct {
		X int      `json:"x"`
		Y *float32 `json:"y"`
	} `json:"e,omitempty"`
}

// FuzzDecode holds Decode to encoding/json: what it accepts means the same
// there, and what it then writes is read again as the same value.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"s":"a\u00e9\ud83d\ude00","b":true,"i":9007199254740993,"u":18446744073709551615}`,
		`{"i":1e2,"i8":-128.0,"f":1e-7,"n":1.10,"id":"5","p":null,"l":["a",""],"d":0}`,
		`{"m":{"a":1,"b":2},"a":{"x":[1,2.5,null]},"r": [ 1 ],"t":"2026-01-31T12:00:00Z","e":[{"x":1,"y":0.1},{"x":2}]}`,
		`{"i":1,"I":2}`, `{"i":1,"i":2}`, `{"a":{"a":1,"a":2}}`, `{"s":"\ud800"}`, "{\"s\":\"\xff\"}", `{"i":"5"}`, `{"e":[{"y":1}]}`,
		`{"i":1e999999999999}`, `{"u":-0e5}`, `{"r":null,"a":null}`, `{"a":[[[[]]]]} x`,
	} {
		f.Add([]byte(seed))
	}
	in, out := mustFor[fuzzed](f, Input), mustFor[fuzzed](f, Output)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got fuzzed
		err := in.Decode(raw, &got)
		var again fuzzed
		if e := in.Decode(raw, &again); (err == nil) != (e == nil) || err != nil && err.Error() != e.Error() {
			t.Fatalf("%q: two errors: %v and %v", raw, err, e)
		}
		if err != nil {
			if n := len(err.Error()); n > 10_000 {
				t.Fatalf("%q: an error of %d bytes", raw, n)
			}
			return
		}
		want := fuzzed{D: 7}
		if len(bytes.TrimSpace(raw)) > 0 {
			dec := json.NewDecoder(bytes.NewReader(plainIntegers(t, raw)))
			dec.DisallowUnknownFields()
			dec.UseNumber()
			if err := dec.Decode(&want); err != nil {
				t.Fatalf("%q: encoding/json refuses it: %v", raw, err)
			}
			if _, err := dec.Token(); err != io.EOF {
				t.Fatalf("%q: encoding/json sees more", raw)
			}
		}
		if string(want.R) == "null" {
			want.R = nil
		}
		// plainIntegers writes free-form values anew.
		for _, r := range []*json.RawMessage{&got.R, &want.R} {
			*r = normal(t, *r)
		}
		got.A, want.A = normalAny(t, got.A), normalAny(t, want.A)
		got.N, want.N = normalNumber(t, got.N), normalNumber(t, want.N)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: (-encoding/json +Decode)\n%s", raw, diff)
		}
		written, err := out.Encode(&got)
		if err != nil {
			t.Fatalf("%q: Encode: %v", raw, err)
		}
		if std := likeStandard(t, &got); std != string(written) {
			t.Fatalf("%q: Encode gives %s, encoding/json %s", raw, written, std)
		}
	})
}

// plainIntegers rewrites numbers such as 5.0 and 1e2, which encoding/json
// refuses for an integer. It decides with math/big and leaves the rest alone.
func plainIntegers(t *testing.T, raw []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: encoding/json refuses it: %v", raw, err)
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case json.Number:
			return json.Number(plainInteger(string(v)))
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
			}
		}
		return v
	}
	text, err := json.Marshal(walk(v))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func plainInteger(s string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	if strings.Trim(mantissa, "-0.") == "" {
		return "0"
	}
	if len(strings.TrimLeft(exponent, "+-0")) > 3 {
		return s
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || !r.IsInt() || len(r.Num().String()) > 20 {
		return s
	}
	return r.Num().String()
}

func normal(t *testing.T, raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return nil
	}
	return plainIntegers(t, raw)
}

func normalAny(t *testing.T, v any) any {
	if v == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(plainIntegers(t, raw))
}

func normalNumber(t *testing.T, n json.Number) json.Number {
	if n == "" {
		return ""
	}
	return json.Number(plainInteger(string(n)))
}

type searchInput struct {
	Query string `json:"query" minLength:"1" maxLength:"500"`
	State state  `json:"state" enum:"open,closed,all" default:"open"`
	Limit int    `json:"limit" min:"1" max:"100" default:"20" alias:"max_results"`
}

func BenchmarkDecode(b *testing.B) {
	s := mustFor[searchInput](b, Input)
	wide := mustFor[ruled](b, Input)
	body := `{"query":"` + strings.Repeat("a line of text\\n", 70_000) + `"}`
	type writeInput struct {
		Query string `json:"query"`
	}
	write := mustFor[writeInput](b, Input)
	for _, bb := range []struct {
		name string
		s    *Schema
		raw  string
	}{
		{"three", s, `{"query":"is it open?","state":"closed","limit":10}`},
		{"defaults", s, `{"query":"is it open?"}`},
		{"nested", wide, `{"limit":3,"some":["a","b"],"map":{"a":1},"edits":[{"old_text":"a","new_text":"b"}],"opts":{"ratio":0.5}}`},
		{"refused", s, `{"qeury":"is it open?","state":"closd","limit":1000}`},
		{"megabyte", write, body},
	} {
		b.Run(bb.name, func(b *testing.B) {
			raw := json.RawMessage(bb.raw)
			dst := reflect.New(bb.s.root.typ).Interface()
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if err := bb.s.Decode(raw, dst); (err != nil) != (bb.name == "refused") {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("three/encoding-json", func(b *testing.B) {
		raw := json.RawMessage(`{"query":"is it open?","state":"closed","limit":10}`)
		b.ReportAllocs()
		for b.Loop() {
			var v searchInput
			if err := json.Unmarshal(raw, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	type item struct {
		ID    Int64    `json:"id"`
		Title string   `json:"title"`
		Tags  []string `json:"tags"`
		Score float64  `json:"score"`
	}
	type out struct {
		Items []item `json:"items"`
		Next  string `json:"next_cursor,omitempty"`
	}
	v := out{Items: make([]item, 20)}
	for i := range v.Items {
		v.Items[i] = item{ID: Int64(i), Title: "a title with <b> & some \"quotes\"", Tags: []string{"x"}, Score: 1.5}
	}
	s := mustFor[out](b, Output)
	b.Run("schema", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Encode(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("any", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := EncoderFor(reflect.TypeOf(&v))(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		if _, err := For(reflect.TypeFor[rich](), Input); err != nil {
			b.Fatal(err)
		}
	}
}

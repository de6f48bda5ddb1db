package args

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pointerMarshaler has its method on the pointer, which encoding/json misses
// for values it cannot address.
type pointerMarshaler struct{ n int }

func (p *pointerMarshaler) MarshalJSON() ([]byte, error) { return json.Marshal(p.n) }

type zeroAt1 int

func (z *zeroAt1) IsZero() bool { return *z == 1 }

type record struct {
	S   string           `json:"s"`
	B   bool             `json:"b"`
	I   int64            `json:"i"`
	U   uint64           `json:"u"`
	F   float64          `json:"f"`
	F32 float32          `json:"f32"`
	N   json.Number      `json:"n,omitempty"`
	ID  Int64            `json:"id"`
	P   *string          `json:"p"`
	L   []string         `json:"l"`
	LE  []edit           `json:"le,omitempty"`
	M   map[string][]int `json:"m"`
	A   any              `json:"a"`
	R   json.RawMessage  `json:"r"`
	T   time.Time        `json:"t,omitzero"`
	IP  netip.Addr       `json:"ip"`
	OE  options          `json:"oe,omitempty"`
	OZ  options          `json:"oz,omitzero"`
	Z   zeroAt1          `json:"z,omitzero"`
	PE  *int             `json:"pe,omitempty"`
	PZ  *time.Time       `json:"pz,omitzero"`
	AE  any              `json:"ae,omitempty"`
	X   pointerMarshaler `json:"x"`
	*Paging
	Skip string `json:"-"`
}

// Paging is exported, so that a pointer to it can be embedded.
type Paging struct {
	Next string `json:"next_cursor,omitempty"`
	More bool   `json:"truncated"`
}

// likeStandard is what Encode should give for values without nil slices and
// maps.
func likeStandard(t testing.TB, v any) string {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

func TestEncodeMatchesStandard(t *testing.T) {
	s := mustFor[record](t, Output)
	str, zero := "<p>", 0
	now := time.Date(2026, 1, 31, 12, 0, 0, 5, time.UTC)
	full := record{
		S: "<a> & \"q\" \\ \b\f\n\r\t\x01\x7f é 😀 \u2028\u2029 \xff\xc3 \ufffd", B: true, I: math.MinInt64, U: math.MaxUint64,
		F: 1.0 / 3, F32: 0.1, N: "1.10", ID: 9007199254740993, P: &str,
		L: []string{"", "b"}, LE: []edit{{}, {Old: "x"}}, M: map[string][]int{"b": {1, 2}, "a<": {}},
		A: map[string]any{"<": []int{1}}, R: json.RawMessage(`{ "x" : [1, "<"] }`), T: now, IP: netip.MustParseAddr("::1"),
		OE: options{Ratio: 1e-7}, OZ: options{Depth: 1}, Z: 2, PE: &zero, PZ: &now, AE: 0, X: pointerMarshaler{7},
		Paging: &Paging{Next: "n", More: true},
	}
	empty := record{L: []string{}, M: map[string][]int{}, Z: 1}
	for _, v := range []*record{&full, &empty} {
		got, err := s.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(likeStandard(t, v), string(got)); diff != "" {
			t.Error(diff)
		}
		byValue, err := s.Encode(*v)
		if err != nil || string(byValue) != string(got) {
			t.Errorf("by value: %s, %v", byValue, err)
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1e-6, 9e-7, 1e-9, 1e20, 1e21, 1.5e300, 5e-324, 123456789.125, -1e-10} {
		v := record{F: f, F32: float32(f), L: []string{}, M: map[string][]int{}}
		if math.IsInf(float64(v.F32), 0) {
			v.F32 = 0
		}
		if got, err := s.Encode(v); err != nil || string(got) != likeStandard(t, &v) {
			t.Errorf("%v: got %s, %v", f, got, err)
		}
	}
}

func TestEncodeNil(t *testing.T) {
	type inner struct {
		L []string `json:"l"`
	}
	type out struct {
		L  []string            `json:"l"`
		M  map[string]int      `json:"m"`
		P  *inner              `json:"p"`
		I  inner               `json:"i"`
		LL [][]int             `json:"ll"`
		MM map[string][]string `json:"mm"`
		A  any                 `json:"a"`
		R  json.RawMessage     `json:"r"`
	}
	v := out{LL: [][]int{nil}, MM: map[string][]string{"k": nil}}
	want := `{"l":[],"m":{},"p":null,"i":{"l":[]},"ll":[[]],"mm":{"k":[]},"a":null,"r":null}`
	got, err := mustFor[out](t, Output).Encode(v)
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if v.L != nil || v.LL[0] != nil || v.MM["k"] != nil {
		t.Error("Encode changed its argument")
	}
	encode := func(v any) (json.RawMessage, error) { return EncoderFor(reflect.TypeOf(v))(v) }
	if got, err := encode(&v); err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := encode(map[string]any{"<": nil}); err != nil || string(got) != `{"<":null}` {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := encode(nil); err != nil || string(got) != `null` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestEncodeErrors(t *testing.T) {
	type point struct {
		X float64 `json:"x"`
	}
	type out struct {
		Points []point         `json:"points"`
		M      map[string]any  `json:"m,omitempty"`
		R      json.RawMessage `json:"r,omitempty"`
		N      json.Number     `json:"n,omitempty"`
	}
	tests := []struct {
		v    out
		want string
	}{
		{out{Points: []point{{0}, {math.Inf(1)}}}, "args: encode args.out: points: [1]: x: +Inf is not a JSON number"},
		{out{M: map[string]any{"k": func() {}}}, `args: encode args.out: m: "k": json: unsupported type: func()`},
		{out{R: json.RawMessage(`{`)}, "args: encode args.out: r: json: error calling MarshalJSON for type json.RawMessage: unexpected end of JSON input"},
		{out{N: "x"}, `args: encode args.out: n: json: invalid number literal "x"`},
	}
	for _, tt := range tests {
		if _, err := mustFor[out](t, Output).Encode(tt.v); err == nil || err.Error() != tt.want {
			t.Errorf("\n got %v\nwant %s", err, tt.want)
		}
	}
}

func TestInt64(t *testing.T) {
	type both struct {
		ID Int64 `json:"id"`
	}
	in, out := mustFor[both](t, Input), mustFor[both](t, Output)
	for _, id := range []Int64{0, -1, 9007199254740993, math.MaxInt64, math.MinInt64} {
		raw, err := out.Encode(both{id})
		if err != nil {
			t.Fatal(err)
		}
		var back, std both
		if err := in.Decode(raw, &back); err != nil || back.ID != id {
			t.Errorf("%s came back as %d, %v", raw, back.ID, err)
		}
		if err := json.Unmarshal(raw, &std); err != nil || std != back {
			t.Errorf("%s is %d for encoding/json, %v", raw, std.ID, err)
		}
	}
	var x Int64 = 5
	for _, bad := range []string{`"`, `""`, `"+1"`, `"1.0"`, `1.5`, `9223372036854775808`, `-9223372036854775809`, `true`, `1 `, ``} {
		if err := x.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%q became %d", bad, x)
		}
	}
	if err := x.UnmarshalJSON([]byte("null")); err != nil || x != 5 {
		t.Errorf("null: %d, %v", x, err)
	}
}

// TestAppendStringLooksAtEveryByte puts what must be escaped at every place of
// the eight bytes that are looked at together.
func TestAppendStringLooksAtEveryByte(t *testing.T) {
	for c := range 0x180 {
		for at := range 17 {
			text := strings.Repeat("x", at) + string(rune(c)) + strings.Repeat("y", 16-at)
			if c < 0x100 && c >= 0x80 && at%2 == 0 {
				text = strings.Repeat("x", at) + string([]byte{byte(c)}) + strings.Repeat("y", 16-at) // not UTF-8
			}
			if got, want := string(AppendString(nil, text)), likeStandard(t, text); got != want {
				t.Fatalf("%q is written as %s, want %s", text, got, want)
			}
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c", "\x00\x1f\x7f", "é😀\u2028", "\xff\xc3(", "<&>", "12345678\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(AppendString(nil, s)), likeStandard(t, s); got != want {
			t.Errorf("%q is written as %s, want %s", s, got, want)
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"text", strings.Repeat("a line of sixty-four bytes, which is read again and again and so\n", 63)},
		{"record", strings.Repeat(`[17,230,"cancelled","2025-01-01T01:45:07Z",null,"4.90",null],`, 66)},
		{"cyrillic", strings.Repeat("съешь же ещё этих мягких французских булок\n", 50)},
	} {
		b.Run(c.name, func(b *testing.B) {
			var buf []byte
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				buf = AppendString(buf[:0], c.text)
			}
		})
	}
}

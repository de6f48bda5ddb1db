package value

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// own are types of a database: an enum and its array, a domain over integer, one
// over text[] and an array of the latter.
type own map[uint32]Type

func (o own) Type(oid uint32) (Type, bool) {
	t, ok := o[oid]
	return t, ok
}

var testTypes = own{
	50000: {OID: 50000, Name: "mood", Kind: 'e', Delim: ','},
	50001: {OID: 50001, Name: "mood[]", Kind: 'b', Element: 50000, Delim: ','},
	50002: {OID: 50002, Name: "positive", Kind: 'd', Base: 23, Delim: ','},
	50003: {OID: 50003, Name: "positive[]", Kind: 'b', Element: 50002, Delim: ','},
	50004: {OID: 50004, Name: "tags", Kind: 'd', Base: 1009, Delim: ','},
	50005: {OID: 50005, Name: "tags[]", Kind: 'b', Element: 50004, Delim: ','},
	50006: {OID: 50006, Name: "loop", Kind: 'd', Base: 50006, Delim: ','},
	50007: {OID: 50007, Name: "area", Kind: 'b', Delim: ';'},
	50008: {OID: 50008, Name: "area[]", Kind: 'b', Element: 50007, Delim: ','},
}

func encoder(l Limits, oids ...uint32) *Encoder {
	var columns []postgres.Column
	for i, oid := range oids {
		columns = append(columns, postgres.Column{Name: fmt.Sprintf("c%d", i), OID: oid, Modifier: -1})
	}
	return NewEncoder(columns, testTypes, l)
}

func TestAppendJSON(t *testing.T) {
	deep := strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)
	tests := []struct {
		oid  uint32
		text string
		want string
	}{
		{16, "t", "true"}, {16, "f", "false"}, {16, "maybe", `"maybe"`},
		{21, "-32768", "-32768"}, {23, "2147483647", "2147483647"},
		{20, "9007199254740991", "9007199254740991"}, {20, "-9007199254740991", "-9007199254740991"},
		{20, "9007199254740992", `"9007199254740992"`}, {20, "9007199254740993", `"9007199254740993"`},
		{20, "-9223372036854775808", `"-9223372036854775808"`}, {20, "0", "0"}, {20, "-", `"-"`}, {20, "007", `"007"`},
		{26, "4294967295", "4294967295"}, {5069, "18446744073709551615", `"18446744073709551615"`},
		{1700, "1234567890123456789012.5", `"1234567890123456789012.5"`}, {1700, "1.10", `"1.10"`}, {1700, "NaN", `"NaN"`}, {1700, "Infinity", `"Infinity"`},
		{790, "$1,000.00", `"$1,000.00"`},
		{701, "1.5", "1.5"}, {701, "1e+300", "1e+300"}, {701, "-0", "-0"}, {701, "NaN", `"NaN"`}, {701, "-Infinity", `"-Infinity"`}, {700, "1e-05", "1e-05"},
		{25, "", `""`}, {25, "a\"b\\c\n\r\t\x01\u2028é😀", `"a\"b\\c\n\r\t\u0001\u2028é😀"`}, {25, "\xff\xc3", `"\ufffd\ufffd"`},
		{3802, `{"a": 1.10, "b": [1, null]}`, `{"a":1.10,"b":[1,null]}`},
		{3802, `9007199254740993`, `"9007199254740993"`}, {3802, `[9007199254740991, -9007199254740992, 1e400, 0.1234567890123456789]`, `[9007199254740991,"-9007199254740992","1e400",0.1234567890123456789]`},
		{114, "{\n \"b\" : 1 ,\"a\":\"\\u0000\\ud83d\\ude00\", \"b\":2}", `{"b":1,"a":"\u0000\ud83d\ude00","b":2}`},
		{114, `"\ud800"`, `"\"\\ud800\""`}, {114, `"\ud800\u0041"`, `"\"\\ud800\\u0041\""`}, {114, `{"a":}`, `"{\"a\":}"`}, {114, ``, `""`}, {114, `01`, `"01"`}, {114, `[1] x`, `"[1] x"`},
		{114, "\"\xff\"", `"\"\ufffd\""`}, {114, deep, `"` + deep + `"`}, {114, deep[1 : len(deep)-1], deep[1 : len(deep)-1]},
		{1007, "{}", "[]"}, {1007, "{1,NULL,3}", "[1,null,3]"}, {1007, "{{1,2},{3,4}}", "[[1,2],[3,4]]"}, {1007, "[0:2]={1,2,3}", `"[0:2]={1,2,3}"`},
		{1016, "{9007199254740993,1}", `["9007199254740993",1]`}, {1000, "{t,f,NULL}", "[true,false,null]"},
		{1009, `{a,"b c","NULL",NULL,"","q\"u\\o","{x}","é,"}`, `["a","b c","NULL",null,"","q\"u\\o","{x}","é,"]`},
		{3807, `{"{\"a\": 1.10}",1,null}`, `[{"a":1.10},1,null]`}, {1020, "{(2,2),(1,1);(4,4),(3,3)}", `["(2,2),(1,1)","(4,4),(3,3)"]`},
		{1185, `{"2026-01-02 03:04:05.123456+00",infinity}`, `["2026-01-02T03:04:05.123456Z","infinity"]`},
		{1007, "{1", `"{1"`}, {1007, "{1}}", `"{1}}"`}, {1007, "", `""`}, {1007, "{,}", `"{,}"`}, {1009, `{"a`, `"{\"a"`}, {1009, `{"a\`, `"{\"a\\"`}, {1007, "{{{{{{{1}}}}}}}", `"{{{{{{{1}}}}}}}"`},
		{50001, "{happy,sad}", `["happy","sad"]`}, {50002, "7", "7"}, {50003, "{7,8}", "[7,8]"}, {50004, "{a}", `["a"]`}, {50005, `{"{a,\"b c\"}","{}"}`, `[["a","b c"],[]]`},
		{50006, "x", `"x"`}, {50008, "{1,1;2,2}", `["1,1","2,2"]`}, {60000, "{1}", `"{1}"`},
		{17, `\xdead`, `"\\xdead"`}, {1186, "P1Y2M3DT4H5M6.5S", `"P1Y2M3DT4H5M6.5S"`}, {3904, "[1,5)", `"[1,5)"`}, {1082, "infinity", `"infinity"`},
		{1184, "2026-01-02 03:04:05.123456+00", `"2026-01-02T03:04:05.123456Z"`}, {1184, "2026-01-02 03:04:05+02", `"2026-01-02T03:04:05+02:00"`},
		{1184, "2026-01-02 03:04:05-03:30", `"2026-01-02T03:04:05-03:30"`}, {1184, "1800-01-01 00:00:00+00:19:32", `"1800-01-01T00:00:00+00:19:32"`},
		{1184, "0044-03-15 12:00:00+00 BC", `"0044-03-15 12:00:00+00 BC"`}, {1184, "-infinity", `"-infinity"`}, {1184, "12026-01-02 03:04:05+00", `"12026-01-02 03:04:05+00"`},
		{1114, "2026-01-02 03:04:05.000001", `"2026-01-02T03:04:05.000001"`}, {1114, "infinity", `"infinity"`},
	}
	for _, tt := range tests {
		e := encoder(Limits{}, tt.oid)
		got := string(e.AppendJSON([]byte("x"), 0, []byte(tt.text)))
		if got != "x"+tt.want || !json.Valid([]byte(got[1:])) {
			t.Errorf("%s %q is %s, want %s", e.TypeName(0), tt.text, got[1:], tt.want)
		}
	}
	if got := string(encoder(Limits{}, 25).AppendJSON(nil, 0, nil)); got != "null" {
		t.Errorf("NULL is %s", got)
	}
}

func TestNumericNumber(t *testing.T) {
	for text, want := range map[string]string{
		"1.10": "1.10", "-0.000123456789012345": "-0.000123456789012345", "123456789012345": "123456789012345", "1234567890123456": `"1234567890123456"`,
		"NaN": `"NaN"`, "-Infinity": `"-Infinity"`, "0": "0", "0.00": "0.00",
	} {
		if got := string(encoder(Limits{NumericNumber: true}, 1700).AppendJSON(nil, 0, []byte(text))); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	e := encoder(Limits{Value: 10}, 25, 17, 3802, 1007)
	row := [][]byte{[]byte("12345678äö"), []byte(`\x00112233445566`), []byte(`{"key": "value"}`), []byte("{1,2,3,4,5,6}")}
	got := string(e.AppendRow(nil, row))
	want := `["12345678ä…(+2 bytes)","\\x00112233…(+3 bytes)","{\"key\": \"v…(+6 bytes)","{1,2,3,4,5…(+3 bytes)"]`
	if got != want {
		t.Errorf("the row is %s, want %s", got, want)
	}
	e.AppendRow(nil, [][]byte{[]byte("short"), nil, nil, nil})
	e.AppendRow(nil, [][]byte{[]byte("9 bytes ä"), []byte(`\x0011`), nil, nil})
	e.AppendRow(nil, [][]byte{[]byte("123456789ä"), nil, nil, nil})
	e.DropRow()
	e.AppendRow(nil, [][]byte{[]byte("123456789ä2"), nil, nil, nil})
	if diff := cmp.Diff([]Cut{{0, "c0", 12}, {0, "c1", 7}, {0, "c2", 16}, {0, "c3", 13}, {3, "c0", 12}}, e.Cuts()); diff != "" {
		t.Errorf("the cuts differ (-want +got):\n%s", diff)
	}
	if got := string(encoder(Limits{Value: 10}, 25).AppendJSON(nil, 0, []byte("123456789ä"))); got != `"123456789…(+2 bytes)"` {
		t.Errorf("a character is cut in two: %s", got)
	}
}

func TestTypeName(t *testing.T) {
	for _, tt := range []struct {
		oid      uint32
		modifier int32
		want     string
	}{
		{1700, 10<<16 | 2 + 4, "numeric(10,2)"}, {1700, (3<<16 | 2046) + 4, "numeric(3,-2)"}, {1700, -1, "numeric"}, {1231, 10<<16 | 2 + 4, "numeric(10,2)[]"},
		{1043, 24, "varchar(20)"}, {1042, 6, "char(2)"}, {1114, 3, "timestamp(3)"}, {1184, -1, "timestamptz"}, {1560, 4, "bit(4)"}, {1561, 4, "bit(4)[]"},
		{1186, 6<<16 | 0xffff, "interval year to month"}, {1186, 0x7fff<<16 | 3, "interval(3)"}, {1186, 1<<28 | 2, "interval second(2)"},
		{50001, -1, "mood[]"}, {50002, -1, "positive"}, {70000, -1, "oid 70000"},
	} {
		if got := TypeName(tt.oid, tt.modifier, testTypes); got != tt.want {
			t.Errorf("%d with %d is %s, want %s", tt.oid, tt.modifier, got, tt.want)
		}
	}
	if got := TypeName(50001, -1, nil); got != "oid 50001" {
		t.Errorf("without types it is %s", got)
	}
}

func TestElement(t *testing.T) {
	for oid, want := range map[uint32]string{1007: "23,true", 1020: "603;true", 50001: "50000,true", 50004: "25,true", 50008: "50007;true", 23: "0\x00false", 50006: "0\x00false", 99: "0\x00false"} {
		element, delim, ok := Element(oid, testTypes)
		if got := fmt.Sprintf("%d%c%v", element, delim, ok); got != want {
			t.Errorf("the elements of %d are %q, want %q", oid, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	texts := []string{"plain", "", "a,b", `say "hi"`, "two\nlines", " padded ", "=1+1", "+1", "-1", "@x", "é", "\ttab"}
	e := encoder(Limits{}, 25, 25, 23)
	out := e.AppendCSVHeader(nil)
	for _, s := range texts {
		out = e.AppendCSV(out, [][]byte{[]byte(s), nil, []byte("-1")})
	}
	records, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range texts {
		if diff := cmp.Diff([]string{s, "", "-1"}, records[i+1]); diff != "" {
			t.Errorf("%q comes back changed:\n%s", s, diff)
		}
	}
	if got := string(encoder(Limits{}, 25, 25).AppendCSV(nil, [][]byte{{}, nil})); got != "\"\",\n" {
		t.Errorf("an empty text and NULL are %q", got)
	}
	if got := string(encoder(Limits{}, 25).AppendCSV(nil, [][]byte{nil})); got != "\"\"\n" {
		t.Errorf("a row of one NULL is %q", got)
	}
	e = encoder(Limits{Formulas: true}, 25, 25, 23, 16, 1184)
	row := [][]byte{[]byte("=cmd|' /C calc'!A0"), []byte("@a,\"b\""), []byte("-1"), []byte("t"), []byte("2026-01-02 03:04:05+00")}
	if got, want := string(e.AppendCSV(nil, row)), "'=cmd|' /C calc'!A0,\"'@a,\"\"b\"\"\",-1,true,2026-01-02T03:04:05Z\n"; got != want {
		t.Errorf("formulas are %q, want %q", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	e := NewEncoder([]postgres.Column{{Name: "a|b\n", OID: 25}, {Name: "n", OID: 1700}}, nil, Limits{})
	got := string(e.AppendMarkdownHeader(nil))
	got += string(e.AppendMarkdown(nil, [][]byte{[]byte("x|y\\z\r\n![i](http://evil/?q) <img> `c`\x1b[31m"), []byte("1.10")}))
	got += string(e.AppendMarkdown(nil, [][]byte{{}, nil}))
	got += string(e.AppendMarkdown(nil, [][]byte{bytes.Repeat([]byte("é"), maxCell), nil}))
	want := "|a\\|b\\n|n|\n|-|-:|\n" +
		"|x\\|y\\\\z\\r\\n!\\[i](http://evil/?q) \\<img> \\`c\\` \\[31m|1.10|\n" +
		"|\"\"||\n" +
		"|" + strings.Repeat("é", maxCell/2) + "…(+1024 bytes)||\n"
	if got != want {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
	if diff := cmp.Diff([]Cut{{2, "a|b\n", 2 * maxCell}}, e.Cuts()); diff != "" {
		t.Error(diff)
	}
}

// orders is a row as those of the shop, with a column more.
var orders = [][]byte{[]byte("4711"), []byte("321"), []byte("delivered"), []byte("2025-06-02 14:15:07+00"), []byte("2025-06-04 03:15:07+00"), []byte("4.90"),
	[]byte("Please leave it with the neighbour"), []byte("t")}

func ordersEncoder() *Encoder { return encoder(Limits{}, 20, 20, 50000, 1184, 1184, 1700, 25, 16) }

func TestAppendRowAllocates(t *testing.T) {
	e := encoder(Limits{}, 20, 1009, 3802, 1184, 1700, 17)
	row := [][]byte{[]byte("4711"), []byte(`{a,"b\"c",NULL}`), []byte(`{"a": [1, 2.5, "x"]}`), []byte("2025-06-02 14:15:07+00"), []byte("4.90"), []byte(`\xdead`)}
	buf := e.AppendRow(nil, row)
	if n := testing.AllocsPerRun(100, func() { buf = e.AppendRow(buf[:0], row) }); n > 0 {
		t.Errorf("a row makes %v allocations", n)
	}
}

// TestUsualMomentLooksAtEveryByte changes each byte of a time to every other.
func TestUsualMomentLooksAtEveryByte(t *testing.T) {
	usual := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00$`)
	for at := range "2025-06-02 14:15:07+00" {
		for c := range 256 {
			text := []byte("2025-06-02 14:15:07+00")
			text[at] = byte(c)
			if got, want := usualMoment(text), usual.Match(text); got != want {
				t.Fatalf("%q: %v, want %v", text, got, want)
			}
		}
	}
}

func BenchmarkAppendRow(b *testing.B) {
	e := ordersEncoder()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = buf[:0]
		for range 100 {
			buf = e.AppendRow(buf, orders)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func FuzzArray(f *testing.F) {
	for _, s := range []string{"{}", "{1,NULL}", "{{1,2},{3,4}}", "[0:1]={1,2}", `{"a\"b","c\\"}`, `{a`, `{"`, `{"{\"x\"}"}`, "{,}", "{{}", `{"[1, 2]",null}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, oid := range []uint32{1007, 1009, 1020, 3807, 1185, 50005} {
			e := encoder(Limits{}, oid)
			got := e.AppendJSON([]byte("["), 0, []byte(s))
			if got = append(got, ']'); !json.Valid(got) || bytes.IndexByte(got, '\n') >= 0 {
				t.Errorf("%s: %q is %s", e.TypeName(0), s, got)
			}
			if len(e.scratch) != 0 {
				t.Errorf("%s: %q leaves %d bytes behind", e.TypeName(0), s, len(e.scratch))
			}
		}
		// What PostgreSQL would write for these elements is read as them.
		quoted := `{"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `",NULL}`
		want := append(append([]byte("["), appendString(nil, []byte(s))...), ",null]"...)
		if got := encoder(Limits{Value: 1 << 20}, 1009).AppendJSON(nil, 0, []byte(quoted)); !bytes.Equal(got, want) {
			t.Errorf("%s is %s, want %s", quoted, got, want)
		}
	})
}

func FuzzDocument(f *testing.F) {
	for _, s := range []string{`{"a": 1.10}`, `[1e400, 9007199254740993]`, `"\ud800"`, `"\ud83d\ude00"`, " [ ] ", `{"a":{"a":null},"b":[true,false]}`, "1.", "-", `"` + "\n" + `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, ok := appendDocument(nil, []byte(s))
		switch {
		case !ok:
			return
		case !json.Valid([]byte(s)) || !json.Valid(out):
			t.Fatalf("%q is taken as a document and becomes %s", s, out)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(s)); err != nil {
			t.Fatal(err)
		}
		// Quotes around large numbers are all that may differ.
		if a, b := strings.ReplaceAll(compact.String(), `"`, ""), strings.ReplaceAll(string(out), `"`, ""); a != b {
			t.Fatalf("%q becomes %s", s, out)
		}
	})
}

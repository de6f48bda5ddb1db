package text

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fixtures were written by iconv.
var fixtures = []struct{ charset, text, raw string }{
	{"windows-1252", "café €\n", "636166e920800a"},
	{"iso-8859-15", "café €\n", "636166e920a40a"},
	{"windows-1251", "Привет, мир\n", "cff0e8e2e5f22c20ece8f00a"},
	{"koi8-r", "Привет\n", "f0d2c9d7c5d40a"},
	{"gbk", "中文 abc\n", "d6d0cec4206162630a"},
	{"gb18030", "中文𠀀\n", "d6d0cec49532 82360a"},
	{"big5", "繁體中文\n", "c163c5e9a4a4a4e50a"},
	{"shift_jis", "日本語ﾃｽﾄ\\~\n", "93fa967b8cea c3bdc4 5c7e0a"},
	{"euc-jp", "日本語ﾃ\n", "c6fccbdcb8ec8ec30a"},
	{"euc-kr", "한국어\n", "c7d1b1b9beee0a"},
	{"utf-16le", "aé𝄞\n", "6100e90034d81edd0a00"},
	{"utf-16be", "aé𝄞\n", "006100e9d834dd1e000a"},
	{"utf-8", "aé𝄞\n", "61c3a9f09d849e0a"},
}

func TestFixtures(t *testing.T) {
	for _, f := range fixtures {
		raw := unhex(t, f.raw)
		d, err := Parse(raw, f.charset)
		if err != nil {
			t.Errorf("%s: %v", f.charset, err)
			continue
		}
		if d.Text != f.text || d.Lossy || d.Charset != f.charset || d.EOL != "lf" {
			t.Errorf("%s: %q, lossy %v, %+v", f.charset, d.Text, d.Lossy, d.Format)
		}
		if got := encoded(t, f.text, Format{Charset: f.charset}); !bytes.Equal(got, raw) {
			t.Errorf("%s is written as %x, want %x", f.charset, got, raw)
		}
	}
}

// TestEveryLanguageSplices puts an ASCII word into the middle of each text, and
// takes its last character away.
func TestEveryLanguageSplices(t *testing.T) {
	for _, l := range languages {
		if l.text == "" {
			continue
		}
		raw := encoded(t, l.text, Format{Charset: l.charset})
		d, err := Parse(raw, l.charset)
		if err != nil {
			t.Fatal(err)
		}
		var starts []int
		for i := range d.Text {
			starts = append(starts, i)
		}
		mid, last := starts[len(starts)/2], starts[len(starts)-1]
		want := encoded(t, d.Text[:mid]+"word"+d.Text[mid:last], Format{Charset: l.charset})
		got, err := d.Splice([]Change{{mid, mid, "word"}, {last, len(d.Text), ""}})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x %v, want %x", l.charset, got, err, want)
		}
	}
}

func TestMarksAndLineEnds(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want Format
		text string
	}{
		{"\xef\xbb\xbfa\r\nb\r\n", Format{"utf-8", true, "crlf"}, "a\r\nb\r\n"},
		{"\xff\xfea\x00\r\x00", Format{"utf-16le", true, "cr"}, "a\r"},
		{"\xfe\xff\x00a\x00\n\x00b\x00\r\x00\n", Format{"utf-16be", true, "mixed"}, "a\nb\r\n"},
		{"a", Format{"utf-8", false, "none"}, "a"},
		{"a\r\nb\n", Format{"utf-8", false, "mixed"}, "a\r\nb\n"},
		{"a\rb\n", Format{"utf-8", false, "mixed"}, "a\rb\n"},
		{"\xef\xbb\xbf", Format{"utf-8", true, "none"}, ""},
		{"caf\xe9\r\n", Format{"windows-1252", false, "crlf"}, "café\r\n"},
	} {
		d, err := Parse([]byte(c.raw), "")
		if err != nil {
			t.Errorf("%q: %v", c.raw, err)
			continue
		}
		if d.Text != c.text || d.Format != c.want {
			t.Errorf("%q: %q %+v, want %q %+v", c.raw, d.Text, d.Format, c.text, c.want)
		}
		out, err := d.Splice([]Change{{0, 0, "x"}, {len(d.Text), len(d.Text), "é"}})
		if err != nil {
			t.Errorf("%q: %v", c.raw, err)
			continue
		}
		if d2, err := Parse(out, d.Charset); err != nil || d2.Text != "x"+c.text+"é" || d2.BOM != c.want.BOM {
			t.Errorf("%q becomes %q: %v", c.raw, out, err)
		}
	}
}

func TestBinary(t *testing.T) {
	for _, raw := range []string{
		"\x00", "a\x00b", "\x7fELF\x02\x01\x01", "%PDF-1.7\nhello", "\x1f\x8b\x08\x08abc", "\x89PNG\r\n\x1a\n", "PK\x03\x04",
		"\x01\x02\x03\x04", "\xff\xfe\x01\x00\x02\x00\x03\x00", "\xff\x01\x02\x03\x80\x81",
		"\x01\x00\x02\x00\x03\x00\x04\x00", strings.Repeat("a", 8000) + "\x00",
	} {
		if _, err := Parse([]byte(raw), ""); !errors.Is(err, ErrBinary) {
			t.Errorf("%.20q: %v", raw, err)
		}
		if _, ok := Sniff([]byte(raw), true); ok {
			t.Errorf("%.20q is text", raw)
		}
	}
	for _, raw := range []string{"\xff\xfe\x00\x00a\x00\x00\x00", "\x00\x00\xfe\xff\x00\x00\x00a"} {
		if _, err := Parse([]byte(raw), ""); tree.KindOf(err) != tree.Unsupported || !strings.Contains(err.Error(), "UTF-32") {
			t.Errorf("%q: %v", raw, err)
		}
	}
	for _, raw := range []string{"\x1b[31mred\x1b[0m\n", "page\fbreak\n", strings.Repeat("a", 9000) + "\x00"} {
		if d, err := Parse([]byte(raw), ""); err != nil || d.Text != raw {
			t.Errorf("%.20q: %v", raw, err)
		}
	}
}

func TestLossy(t *testing.T) {
	raw := []byte("ä\xe4ö\nline \xff\xfe two ü\nend\n")
	d, err := Parse(raw, "utf-8")
	if err != nil {
		t.Fatal(err)
	}
	if want := "ä\uFFFDö\nline \uFFFD\uFFFD two ü\nend\n"; d.Text != want || !d.Lossy {
		t.Fatalf("%q, lossy %v", d.Text, d.Lossy)
	}
	end := strings.Index(d.Text, "end")
	got, err := d.Splice([]Change{{0, 2, "A"}, {end, end + 3, "Ende"}})
	if want := "A\xe4ö\nline \xff\xfe two ü\nEnde\n"; err != nil || string(got) != want {
		t.Errorf("%q %v, want %q", got, err, want)
	}
	line := strings.Index(d.Text, "line")
	for _, c := range []Change{{line, line + 9, ""}, {line + 5, line + 8, "x"}, {line, len(d.Text), ""}} {
		if _, err := d.Splice([]Change{c}); tree.KindOf(err) != tree.Invalid || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%v: %v", c, err)
		}
	}
	// Bytes that were no characters must not become one.
	d, err = Parse([]byte("aaaa äöü \xe4x\xb8\xad"), "utf-8")
	if err != nil {
		t.Fatal(err)
	}
	x := strings.Index(d.Text, "x")
	if _, err := d.Splice([]Change{{x, x + 1, ""}}); tree.KindOf(err) != tree.Invalid {
		t.Errorf("two halves become a character: %v", err)
	}
}

// TestKeepsOtherSpellings checks that characters which can be written in two
// ways stay as they are.
func TestKeepsOtherSpellings(t *testing.T) {
	// NEC row 13, and the IBM extension that is the same character.
	raw := unhex(t, "8790 20 81e0 20 eefc 20 fa54 0a")
	d, err := Parse(raw, "shift_jis")
	if err != nil || d.Lossy {
		t.Fatal(err, d.Lossy)
	}
	out, err := d.Splice([]Change{{len(d.Text) - 1, len(d.Text) - 1, "日"}})
	if want := unhex(t, "8790 20 81e0 20 eefc 20 fa54 93fa 0a"); err != nil || !bytes.Equal(out, want) {
		t.Errorf("%x %v", out, err)
	}
	if again := encoded(t, d.Text, Format{Charset: "shift_jis"}); bytes.Equal(again, raw) {
		t.Error("the fixture is written the same when it is encoded again: it proves nothing")
	}
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		s    string
		f    Format
		want string
	}{
		{"a\nb", Format{}, "a\nb"},
		{"a\nb\r\nc\rd", Format{EOL: "crlf"}, "a\r\nb\r\nc\r\nd"},
		{"a\nb\r\nc\rd", Format{EOL: "lf"}, "a\nb\nc\nd"},
		{"a\nb\r\n", Format{EOL: "cr"}, "a\rb\r"},
		{"a\nb\r\n", Format{EOL: "mixed"}, "a\nb\r\n"},
		{"é", Format{Charset: "UTF-8", BOM: true}, "\xef\xbb\xbfé"},
		{"é\n", Format{Charset: "utf-16", BOM: true, EOL: "crlf"}, "\xff\xfe\xe9\x00\r\x00\n\x00"},
		{"é€", Format{Charset: "latin1"}, "\xe9\x80"},
	} {
		got, err := Encode(c.s, c.f)
		if err != nil || string(got) != c.want {
			t.Errorf("%q as %+v: %q %v, want %q", c.s, c.f, got, err, c.want)
		}
	}
	for _, c := range []struct {
		s    string
		f    Format
		want string
	}{
		{"ab\nc日", Format{Charset: "windows-1252"}, `U+65E5`},
		{"ab\nc日", Format{Charset: "windows-1252"}, `line 2, column 2`},
		{"ab\nc日𠀀", Format{Charset: "gbk"}, `U+20000), which is in line 2, column 3`},
		{"a¥b", Format{Charset: "shift_jis"}, `U+00A5`},
		{"a", Format{Charset: "koi8-r", BOM: true}, `byte order mark`},
		{"a", Format{Charset: "iso-2022-jp"}, `not supported`},
		{"a", Format{Charset: "utf-99"}, `utf-16be`},
		{"a", Format{EOL: "nl"}, `eol`},
		{"\xff", Format{}, `UTF-8`},
	} {
		if _, err := Encode(c.s, c.f); tree.KindOf(err) == "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q as %+v: %v, want %s", c.s, c.f, err, c.want)
		}
	}
}

// TestCharsets decodes every byte and every pair of bytes in every charset, and
// writes down what was a character.
func TestCharsets(t *testing.T) {
	for _, name := range Charsets() {
		c, err := lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1 << 16 {
			b := []byte{byte(i >> 8), byte(i)}
			r, n := c.step(b)
			if n < 1 || n > 2 || c.kind != utf16Kind && b[0] < 0x80 && (r != rune(b[0]) || n != 1) {
				t.Fatalf("%s: %x is %x of %d bytes", name, b, r, n)
			}
			if got := c.textLen(r); got != len(c.appendText(nil, r)) {
				t.Fatalf("%s: %x has %d bytes of text", name, b, got)
			}
			if c.kind == multiKind && n == 2 && b[1] < '0' {
				t.Fatalf("%s: %x ends with a byte that could end a line", name, b)
			}
		}
	}
}

func TestSpliceRefusesDisorder(t *testing.T) {
	d, err := Parse([]byte("aéb"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]Change{{{2, 2, "x"}}, {{0, 9, ""}}, {{3, 4, ""}, {0, 1, ""}}, {{1, 0, ""}}, {{-1, 0, ""}}, {{0, 0, "\xff"}}, {{0, 0, "\xff"}, {1, 1, ""}}} {
		if out, err := d.Splice(c); err == nil {
			t.Errorf("%v gives %q", c, out)
		}
	}
}

func FuzzSplice(f *testing.F) {
	for i, l := range fixtures {
		f.Add(unhex(f, l.raw), uint8(i), uint16(2), uint16(3), "new\n")
	}
	f.Add([]byte("\x81\x81 \xe4\xb8"), uint8(3), uint16(1), uint16(1), "日")
	names := append(Charsets(), "")
	f.Fuzz(func(t *testing.T, raw []byte, charset uint8, start, length uint16, insert string) {
		d, err := Parse(raw, names[int(charset)%len(names)])
		if err != nil {
			return
		}
		if diff := cmp.Diff(d.Raw, raw); diff != "" {
			t.Fatal(diff)
		}
		if same, err := d.Splice(nil); err != nil || !bytes.Equal(same, raw) {
			t.Fatalf("no change gives %x, %v", same, err)
		}
		from := min(int(start), len(d.Text))
		to := min(from+int(length), len(d.Text))
		out, err := d.Splice([]Change{{from, to, insert}})
		if err != nil {
			return
		}
		// The text is as asked, and the bytes before and after are those of raw.
		again, err := Parse(out, d.Charset)
		if err != nil {
			t.Fatal(err)
		}
		if want := d.Text[:from] + insert + d.Text[to:]; again.Text != want && !(d.skip == 0 && again.skip > 0) {
			t.Fatalf("%s: %q becomes %q, want %q", d.Charset, d.Text, again.Text, want)
		}
		added, err := d.charset.encode(nil, insert)
		if err != nil {
			t.Fatal(err)
		}
		rest := len(out) - len(added)
		common := 0
		for common < rest && common < len(raw) && out[common] == raw[common] {
			common++
		}
		tail := 0
		for tail < rest && tail < len(raw) && out[len(out)-1-tail] == raw[len(raw)-1-tail] {
			tail++
		}
		if common+tail < rest {
			t.Fatalf("%x becomes %x: %d bytes before and %d after are kept of %d", raw, out, common, tail, rest)
		}
	})
}

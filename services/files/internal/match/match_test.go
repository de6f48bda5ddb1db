package match

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func never() bool { return false }

// reference finds the numbers of the matching lines with regexp alone.
func reference(t testing.TB, pattern string, o Options, text []byte) []int {
	flags := "(?m)"
	if o.Case == Insensitive {
		flags = "(?im)"
	}
	if o.Literal {
		pattern = regexp.QuoteMeta(pattern)
	}
	if o.Word {
		tree, err := syntax.Parse(flags+pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		pattern, flags = `(?:^|`+nonWord+`)(?:`+tree.String()+`)(?:$|`+nonWord+`)`, "(?m)"
	}
	re := regexp.MustCompile(flags + pattern)
	var found []int
	lines := bytes.Split(text, []byte("\n"))
	if len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	for i, line := range lines {
		if re.Match(bytes.TrimSuffix(line, []byte("\r"))) || re.Match(line) {
			found = append(found, i)
		}
	}
	return found
}

// linesOf finds them with a scanner, and checks the places in the lines.
func linesOf(t testing.TB, m *Matcher, s *Scanner, text []byte) []int {
	s.Reset(text)
	var found []int
	for from := 0; ; {
		start, end, ok := s.Next(from)
		if !ok {
			return found
		}
		if start < from || end < start || start > 0 && text[start-1] != '\n' || end < len(text) && text[end] != '\n' {
			t.Fatalf("line [%d,%d) from %d", start, end, from)
		}
		if lo, hi := s.Locate(text[start:end]); lo > hi || hi > end-start {
			t.Fatalf("match [%d,%d) in %q", lo, hi, text[start:end])
		}
		found = append(found, bytes.Count(text[:start], []byte("\n")))
		from = end + 1
	}
}

func compare(t testing.TB, pattern string, o Options, text []byte) {
	m, err := Compile(pattern, o)
	if err != nil {
		return
	}
	want := reference(t, pattern, o, text)
	if got := linesOf(t, m, m.Scanner(never), text); !slices.Equal(got, want) {
		t.Fatalf("%q %+v in %q: lines %v, want %v", pattern, o, text, got, want)
	}
}

// randomPattern makes patterns of few letters, so that they often match.
func randomPattern(r *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "k", "s", "K", "ab", "foo", "é", "K", "ſ", ".", `\w`, `\W`, `\d`, `\s`, `[ab]`, `[^a]`, `[^\n]`, `\b`, `\B`, "^", "$", `\A`, `\z`, " ", "\r", "�", `\x{FFFD}`, "ß", `\pL`, `[[:alpha:]]`, "(?i:k)", "(?i:straße)", "日本"}
	if depth == 0 {
		return atoms[r.IntN(len(atoms))]
	}
	sub := func() string { return randomPattern(r, depth-1) }
	switch r.IntN(9) {
	case 0, 1, 2:
		return sub() + sub()
	case 3:
		return sub() + sub() + sub()
	case 4:
		return "(?:" + sub() + "|" + sub() + ")"
	case 5:
		return "(" + sub() + ")" + []string{"*", "+", "?", "*?", "{2}", "{1,3}"}[r.IntN(6)]
	case 6:
		return "(?:" + sub() + "|" + sub() + "|" + sub() + ")"
	case 7:
		return "(?i:" + sub() + ")"
	}
	return sub()
}

func randomText(r *rand.Rand) []byte {
	parts := []string{"a", "b", "k", "K", "s", "S", "ab", "foo", "FOO", "é", "É", "K", "ſ", " ", "_", "1", "\n", "\n", "\r\n", "\r", "\xff", "\xe9", "\xf0\x9f", "�", "日本", "ß", "ẞ", "straße", "\x00"}
	var b []byte
	n := r.IntN(60)
	for range n {
		b = append(b, parts[r.IntN(len(parts))]...)
	}
	if r.IntN(8) == 0 { // long enough for several streams
		line := append(bytes.Repeat([]byte("xyz "), r.IntN(30)), '\n')
		for range 60 {
			b = append(b, line...)
			if r.IntN(20) == 0 {
				b = append(b, parts[r.IntN(len(parts))]...)
			}
		}
		b = append(append(b, randomText(r)...), bytes.Repeat(line, 30)...)
	}
	return b
}

func TestRandomPatternsMatchWhatRegexpMatches(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	lines := 0
	for range 1500 {
		pattern := randomPattern(r, r.IntN(4))
		o := Options{Case: Case(1 + r.IntN(2)), Word: r.IntN(8) == 0, Literal: r.IntN(10) == 0}
		m, err := Compile(pattern, o)
		if err != nil {
			continue
		}
		s := m.Scanner(never)
		for range 4 {
			text := randomText(r)
			want := reference(t, pattern, o, text)
			if got := linesOf(t, m, s, text); !slices.Equal(got, want) {
				t.Fatalf("%q %+v in %q: lines %v, want %v", pattern, o, text, got, want)
			}
			lines += len(want)
		}
	}
	if lines < 1000 {
		t.Fatalf("%d lines matched: the test is too easy", lines)
	}
}

// spans returns the first matches by Span, and by regexp.
func spans(t testing.TB, pattern string, o Options, text []byte) (got, want []string) {
	o.Multiline = true
	m, err := Compile(pattern, o)
	if err != nil {
		return nil, nil
	}
	flags := "(?m)"
	if o.Case == Insensitive {
		flags = "(?im)"
	}
	for _, loc := range regexp.MustCompile(flags+pattern).FindAllIndex(text, -1) {
		want = append(want, fmt.Sprint(loc))
	}
	s := m.Scanner(never)
	s.Reset(text)
	last := -1
	for from := 0; ; {
		start, end, ok := s.Span(from)
		if !ok {
			return got, want
		}
		if start < from {
			t.Fatalf("%q in %q: span at %d from %d", pattern, text, start, from)
		}
		from = end
		if start == end {
			// As regexp does: an empty match does not touch the one before.
			from += max(1, len(firstRune(text[end:])))
			if start == last {
				continue
			}
		}
		last = end
		got = append(got, fmt.Sprint([]int{start, end}))
	}
}

// firstRune returns the bytes that regexp takes for the first rune.
func firstRune(b []byte) string {
	_, n := utf8.DecodeRune(b)
	return string(b[:n])
}

func TestRandomSpansAreWhatRegexpFinds(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 2))
	for range 2000 {
		pattern := randomPattern(r, r.IntN(4))
		if r.IntN(3) == 0 {
			pattern += `\n` + randomPattern(r, r.IntN(2))
		}
		text := randomText(r)
		if len(text) > 300 {
			text = text[:300]
		}
		got, want := spans(t, pattern, Options{Case: Case(1 + r.IntN(2))}, text)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %q in %q: %v, want %v", seed, pattern, text, got, want)
		}
	}
}

func TestSmartCase(t *testing.T) {
	for pattern, want := range map[string]bool{
		"foo": true, "Foo": false, `foo\S`: true, `\W`: false, `\pL`: false, `\p{Lu}x`: true, `\x41b`: true,
		`\QAb\E`: false, `\Qab\EA`: false, "(?P<Name>x)": true, "(?<Name>x)": true, "(?U)x": true, "[A-Z]": false,
		"[[:Alpha:]]": false, "É": false, "é": true, "123": false, `\\A`: false, "[[:alpha:]]x": true, `\B`: false,
		`\x{4A}`: false, `a\`: true,
	} {
		if got := lowerCase(pattern, false); got != want {
			t.Errorf("%q: %v", pattern, got)
		}
	}
	for pattern, want := range map[string]bool{`\W`: false, `a\w`: true, "(?P<N>": false} {
		if got := lowerCase(pattern, true); got != want {
			t.Errorf("literal %q: %v", pattern, got)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                              "empty",
		"(":                             "missing closing",
		"a\nb":                          "multiline",
		`a\nb`:                          "multiline",
		"[[:foo:]]":                     "invalid character class",
		"a\xff":                         "UTF-8",
		strings.Repeat("a", 4097):       "longer than 4096",
		strings.Repeat("(a{999}b)", 99): "too large",
		"((a{100}){10}){10}":            "repeat",
		`(?=x)`:                         "there is no lookaround",
		`(a)\1`:                         "there are no backreferences",
		"a{1001}":                       "at most 1000 repetitions",
	} {
		if _, err := Compile(pattern, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", pattern, err, want)
		}
	}
	for _, pattern := range []string{"a\nb", `a\nb`} {
		if _, err := Compile(pattern, Options{Multiline: true}); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

// TestExplosionEndsSoon searches what has more states than bytes, and is given
// up when nobody waits any more.
func TestExplosionEndsSoon(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	text := make([]byte, 1<<16)
	for i := range text {
		text[i] = "ab"[r.IntN(2)]
	}
	text = append(text, "\nc"+strings.Repeat("a", 400)+"c\n"...)
	for _, multiline := range []bool{false, true} {
		m, err := Compile("(a|b)*a(a|b){300}c", Options{Multiline: multiline})
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		s := m.Scanner(func() bool { asked++; return false })
		s.Reset(text)
		find := s.Next
		if multiline {
			find = s.Span
		}
		if start, _, ok := find(0); !ok || start < 1<<16 {
			t.Errorf("found at %d, %v", start, ok)
		}
		if asked == 0 && !multiline {
			t.Error("nobody was asked")
		}
		s = m.Scanner(func() bool { return true })
		s.Reset(text)
		if _, _, ok := s.Next(0); ok && !multiline {
			t.Error("it goes on when nobody waits")
		}
	}
}

func FuzzMatcher(f *testing.F) {
	for _, s := range []struct{ pattern, text string }{
		{"foo$", "foo\r\nbar\nfoo"}, {`\bk+\b`, "KK\nkk1"}, {"(?i)straße", "STRAẞE\n"}, {"^$", "\n\r\n"},
		{`a.c|[^b]{3}`, "a\xffc\n\xe9\xe9\n"}, {`\w+_\w+`, strings.Repeat("plain text\n", 200) + "a_b\n"},
		{`\Qa.b`, "a.b\naxb"}, {"\ufffd", "\xff\n"},
	} {
		f.Add(s.pattern, s.text, uint8(1))
		f.Add(s.pattern, s.text, uint8(6))
	}
	f.Fuzz(func(t *testing.T, pattern, text string, options uint8) {
		if len(pattern) > 60 || len(text) > 4000 {
			return
		}
		o := Options{Case: Sensitive + Case(options&1), Word: options&2 != 0, Literal: options&4 != 0}
		compare(t, pattern, o, []byte(text))
		if !o.Word && !o.Literal {
			got, want := spans(t, pattern, o, []byte(text))
			if !slices.Equal(got, want) {
				t.Fatalf("%q in %q: %v, want %v", pattern, text, got, want)
			}
		}
	})
}

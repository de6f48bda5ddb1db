package text

import (
	"bytes"
	"sync"
	"unicode"
	"unicode/utf8"
)

// sampleSize is how much is looked at, from the first byte that is not ASCII.
const sampleSize = 16 << 10

// guess returns the charset in which a text that is not valid UTF-8 looks most
// like a language. Nothing can be certain; windows-1252 wins a tie.
func guess(head []byte) *charset {
	start := utf8Charset.ascii(head)
	start = max(0, bytes.LastIndexByte(head[:start], '\n'))
	sample := head[start:min(len(head), start+sampleSize)]
	if damaged(sample) {
		return utf8Charset
	}
	best, most := legacy["windows-1252"](), -1<<31
	for _, m := range models() {
		if n := m.score(sample); n > most {
			best, most = m.charset, n
		}
	}
	return best
}

// damaged reports whether b is UTF-8 with some bytes lost.
func damaged(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1 && utf8.FullRune(b[i:]):
			bad++
		case n > 1:
			good++
		}
		i += n
	}
	return good >= 4*bad
}

// A model tells how likely a text is in one charset.
type model struct {
	charset *charset
	single  *[256]mark8            // of charsets with one byte for a character
	weight  func(rune, []byte) int // of a character with several bytes
}

// mark8 is what a byte tells of a text.
type mark8 struct {
	weight int
	class  class
}

type class uint8

const (
	other   class = iota
	latin         // a letter of ASCII, or of a Latin alphabet
	foreign       // a letter of another alphabet
	accent        // what stands above or below a letter of those
	symbol
	joiner // what may stand within a word, as an apostrophe
)

const upper class = 0x80

// What a byte or a character costs, or tells.
const (
	impossible = -12
	odd        = -4
)

func (m *model) score(b []byte) int {
	if m.single == nil {
		return m.scoreMulti(b)
	}
	total := 0
	var before class
	for i, x := range b {
		s := m.single[x]
		if x >= utf8.RuneSelf {
			var after class
			if i+1 < len(b) {
				after = m.single[b[i+1]].class
			}
			total += s.weight + around(before&^upper, s.class&^upper, after&^upper)
			if s.class&upper != 0 && before == s.class&^upper {
				total += odd // as in "оПХБЕР": capitals after small letters
			}
		}
		before = s.class
	}
	return total
}

// around tells how odd a character is between its neighbours.
func around(before, c, after class) int {
	letter := func(c class) bool { return c == latin || c == foreign || c == accent }
	switch {
	case c == accent && before != foreign && before != accent:
		return impossible
	case c == symbol && letter(before) && letter(after):
		return odd
	case c == foreign && (before == latin || after == latin):
		return odd
	case c == latin && (before == foreign || after == foreign):
		return odd
	case c == foreign && !letter(before) && !letter(after):
		return -1
	case c == latin && !letter(before) && !letter(after):
		return -3
	}
	return 0
}

func (m *model) scoreMulti(b []byte) int {
	total := 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := m.charset.step(b[i:])
		switch {
		case r >= 0:
			total += n * m.weight(r, b[i:i+n])
		case !m.charset.cut(b[i:]):
			total += 2 * impossible
		}
		i += n
	}
	return total
}

// models returns what is compared, the likelier first.
var models = sync.OnceValue(func() []*model {
	var list []*model
	for _, a := range alphabets {
		list = append(list, alphabetModel(a))
	}
	zh, tw, kr, jp := set(simplified), set(traditional), set(hangul), set(kanji)
	chinese := func(common map[rune]bool, first, last byte) func(rune, []byte) int {
		return func(r rune, b []byte) int {
			switch {
			case common[r]:
				return 3
			case ideographic(r):
				return 2
			case unicode.Is(unicode.Han, r) && b[0] >= first && b[0] <= last && (first == 0xa4 || b[1] >= 0xa1):
				return 1
			case unicode.Is(unicode.Han, r) && (first == 0xa4 || b[1] >= 0xa1):
				return -1
			}
			return -3
		}
	}
	japanese := func(first, last byte) func(rune, []byte) int {
		return func(r rune, b []byte) int {
			switch {
			case r >= 0x3041 && r <= 0x3093, r == 'ー':
				return 3
			case r >= 0x30a1 && r <= 0x30f6, jp[r], ideographic(r):
				return 2
			case unicode.Is(unicode.Han, r) && b[0] >= first && b[0] <= last:
				return 1
			case unicode.Is(unicode.Han, r):
				return -1
			}
			return -3
		}
	}
	korean := func(r rune, b []byte) int {
		switch {
		case kr[r]:
			return 3
		case ideographic(r):
			return 1
		case unicode.Is(unicode.Hangul, r) && b[1] >= 0xa1:
			return 1
		}
		return -2
	}
	for _, m := range []struct {
		name   string
		weight func(rune, []byte) int
	}{
		{"gbk", chinese(zh, 0xb0, 0xd7)}, {"gb18030", chinese(zh, 0xb0, 0xd7)}, {"big5", chinese(tw, 0xa4, 0xc6)},
		{"shift_jis", japanese(0x88, 0x97)}, {"euc-jp", japanese(0xb0, 0xcf)}, {"euc-kr", korean},
	} {
		list = append(list, &model{charset: legacy[m.name](), weight: m.weight})
	}
	return list
})

// ideographic reports whether r is punctuation of East Asia.
func ideographic(r rune) bool {
	return r >= 0x3001 && r <= 0x3011 || r >= 0xff01 && r <= 0xff5e || r == 0x3000
}

func set(s string) map[rune]bool {
	m := make(map[rune]bool)
	for _, r := range s {
		m[r] = true
	}
	return m
}

func alphabetModel(a alphabet) *model {
	c := legacy[a.charset]()
	common, usual := set(a.common), set(a.usual)
	table := new([256]mark8)
	for i := range table {
		r := c.one[i]
		s := &table[i]
		switch {
		case r == none || r >= 0x80 && r < 0xa0:
			s.weight = impossible
		case i < utf8.RuneSelf:
		case common[r]:
			s.weight = 3
		case common[unicode.ToLower(r)]:
			if s.weight = 3; unicode.Is(unicode.Latin, r) {
				s.weight = 2
			}
		case usual[unicode.ToLower(r)]:
			s.weight = 1
		case unicode.IsLetter(r) || unicode.IsMark(r):
			s.weight = -1
		case !set("\u00a0«»„“”‘’–—…•§©°€№·´±µ×÷")[r]:
			s.weight = -2
		}
		s.class = classOf(r)
	}
	return &model{charset: c, single: table}
}

func classOf(r rune) class {
	c := other
	switch {
	case r < 0:
	case unicode.Is(unicode.Latin, r):
		c = latin
	case r == '\u00a0' || r == 'µ' || r == '’' || r == '·' || r == '–' || r == '—':
		c = joiner
	case unicode.IsMark(r):
		c = accent
	case unicode.IsLetter(r):
		c = foreign
	case r >= utf8.RuneSelf:
		c = symbol
	}
	if unicode.IsUpper(r) {
		c |= upper
	}
	return c
}

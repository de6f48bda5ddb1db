package match

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// literals are the strings of a set in the form in which they are looked for.
type literals struct {
	list []literal
	// needles are what is looked for by itself: a literal, or the spellings of
	// its rarest letter.
	needles []needle
	value   int
}

// A literal is a string, or letters of either case.
type literal struct {
	fold          bool
	before, after []rune // with fold: what surrounds the rarest letter
}

type needle struct {
	bytes   []byte
	rare    int // the offset of the byte that is seen least
	literal int // of which it is a part

	// Of a letter, a byte that must stand beside it, but for its case: most
	// places are ruled out by it. Zero if nothing is known of one.
	beside byte
	offset int

	// leaps has for each byte how far the needle is moved if that is seen under the
	// byte at end, which has 0 itself; nil if moving it is not worth it. again is
	// how far it is moved if the byte at end is right and another is not.
	leaps *[256]uint8
	end   int
	again int
}

// Needles of other lengths do not leap: bytes.Index is as good for short ones.
const (
	leastLeap = 4
	mostLeap  = 255
)

func newNeedle(text []byte, literal int) needle {
	n := needle{bytes: text, literal: literal}
	for i, c := range text {
		if rarity(c) > rarity(text[n.rare]) {
			n.rare = i
		}
	}
	if len(text) < leastLeap || len(text) > mostLeap {
		return n
	}
	n.end = len(text) - 1
	for i := n.end; i >= len(text)/2; i-- {
		if rarity(text[i]) > rarity(text[n.end]) {
			n.end = i
		}
	}
	n.leaps = new([256]uint8)
	for i := range n.leaps {
		n.leaps[i] = uint8(n.end + 1)
	}
	for i, c := range text[:n.end] {
		n.leaps[c] = uint8(n.end - i)
	}
	n.again = int(n.leaps[text[n.end]])
	n.leaps[text[n.end]] = 0
	return n
}

// index returns where b has the needle first at from or behind, -1 if nowhere. It
// looks for the rarest byte alone, unless that is seen too often.
func (n *needle) index(b []byte, from int) int {
	c := n.bytes[n.rare]
	for i, misses := from+n.rare, 0; i < len(b); misses++ {
		j := bytes.IndexByte(b[i:], c)
		if j < 0 {
			return -1
		}
		start := i + j - n.rare
		if bytes.HasPrefix(b[start:], n.bytes) && n.fits(b, start) {
			return start
		}
		i += j + 1
		switch {
		case n.beside != 0:
		case n.leaps != nil && misses > 2+(i-from)/128:
			return n.leap(b, start+1)
		case misses > 8+(i-from)/24 && len(n.bytes) > 1:
			return indexFrom(b, start+1, n.bytes)
		}
	}
	return -1
}

// fits reports whether what stands beside the needle at b[start:] may do so.
func (n *needle) fits(b []byte, start int) bool {
	if n.beside == 0 {
		return true
	}
	i := start + n.offset
	return i >= 0 && i < len(b) && b[i]|0x20 == n.beside
}

// besides sets what stands beside the spelling of a letter in l.
func (n *needle) besides(l *literal) {
	if len(l.after) > 0 && plain(l.after[0]) {
		n.beside, n.offset = byte(l.after[0])|0x20, len(n.bytes)
	} else if k := len(l.before); k > 0 && plain(l.before[k-1]) {
		n.beside, n.offset = byte(l.before[k-1])|0x20, -1
	}
}

// plain reports whether r is ASCII in each of its cases: K and S are not.
func plain(r rune) bool {
	return r < utf8.RuneSelf && r|0x20 != 'k' && r|0x20 != 's'
}

// leap looks for the needle from an offset of b on by the byte under its end, as
// Horspool does, where the end is a rare byte of its second half.
func (n *needle) leap(b []byte, from int) int {
	misses := 0
	for i := from + n.end; i < len(b); {
		if by := n.leaps[b[i]]; by != 0 {
			i += int(by)
			continue
		}
		start := i - n.end
		if bytes.HasPrefix(b[start:], n.bytes) {
			return start
		}
		i += n.again
		// A text that is made for it would have the needle compared at each byte.
		if misses++; misses > 16+(i-from)/8 {
			return indexFrom(b, start+1, n.bytes)
		}
	}
	return -1
}

// indexFrom is bytes.Index behind an offset.
func indexFrom(b []byte, from int, sub []byte) int {
	j := bytes.Index(b[from:], sub)
	if j < 0 {
		return -1
	}
	return from + j
}

// newLiterals returns what is looked for, nil if that is nothing. In lines there
// are no strings with a newline.
func newLiterals(f facts, lines bool) *literals {
	s := f.set()
	if lines {
		s.list = slices.DeleteFunc(slices.Clone(s.list), func(text string) bool { return strings.Contains(text, "\n") })
	}
	if len(s.list) == 0 {
		return nil
	}
	l := &literals{value: s.value()}
	for i, text := range s.list {
		if text == "" {
			return nil
		}
		if !s.fold {
			l.list = append(l.list, literal{})
			l.needles = append(l.needles, newNeedle([]byte(text), i))
			continue
		}
		runes := []rune(text)
		best, rarest := -1, 0
		for j, r := range runes {
			if v := spellingValue(r); v > best {
				best, rarest = v, j
			}
		}
		l.list = append(l.list, literal{true, runes[:rarest], runes[rarest+1:]})
		for r := runes[rarest]; ; {
			n := newNeedle(utf8.AppendRune(nil, r), i)
			n.besides(&l.list[i])
			l.needles = append(l.needles, n)
			if r = unicode.SimpleFold(r); r == runes[rarest] {
				break
			}
		}
	}
	if len(l.needles) > 2*maxLiterals {
		return nil
	}
	return l
}

// spellingValue estimates how rare a letter is in any of its spellings. One that
// is spelled in two ways is twice as often seen, and looked for twice.
func spellingValue(r rune) int {
	v := math.MaxInt
	n := 0
	for f := r; ; {
		v = min(v, rarity(byte(min(f, 0x80))))
		n++
		if f = unicode.SimpleFold(f); f == r {
			return v - 8*(n-1) + 32
		}
	}
}

// equalFold reports whether two runes are equal in one of their cases.
func equalFold(a, b rune) bool {
	if a == b {
		return true
	}
	if a|b < 0x80 {
		return a|0x20 == b|0x20 && 'a' <= a|0x20 && a|0x20 <= 'z'
	}
	for f := unicode.SimpleFold(a); f != a; f = unicode.SimpleFold(f) {
		if f == b {
			return true
		}
	}
	return false
}

// surrounded returns where a literal begins and ends in b whose rarest letter is
// at [from, to), and whether it is there.
func (l *literal) surrounded(b []byte, from, to int) (int, int, bool) {
	for i := len(l.before) - 1; i >= 0; i-- {
		r, n := utf8.DecodeLastRune(b[:from])
		if n == 0 || r == utf8.RuneError && n == 1 || !equalFold(r, l.before[i]) {
			return 0, 0, false
		}
		from -= n
	}
	for _, want := range l.after {
		r, n := utf8.DecodeRune(b[to:])
		if n == 0 || r == utf8.RuneError && n == 1 || !equalFold(r, want) {
			return 0, 0, false
		}
		to += n
	}
	return from, to, true
}

// A finder looks for literals in one buffer, from its begin to its end.
type finder struct {
	*literals
	next []int // where each needle is found next
}

func newFinder(l *literals) *finder { return &finder{l, make([]int, len(l.needles))} }

// reset makes f look into another buffer.
func (f *finder) reset() {
	for i := range f.next {
		f.next[i] = -1
	}
}

// find returns the first literal of b that begins at from or behind it; with
// letters of either case, the first whose rarest letter does. Offsets of
// successive calls on a buffer do not decrease.
func (f *finder) find(b []byte, from int) (start, end int, ok bool) {
	for at := from; ; {
		first := math.MaxInt
		for i := range f.needles {
			if f.next[i] < at {
				if f.next[i] = f.needles[i].index(b, at); f.next[i] < 0 {
					f.next[i] = math.MaxInt
				}
			}
			first = min(first, f.next[i])
		}
		if first == math.MaxInt {
			return 0, 0, false
		}
		for i := range f.needles {
			if f.next[i] != first {
				continue
			}
			n := &f.needles[i]
			l, end := &f.list[n.literal], first+len(n.bytes)
			if !l.fold {
				return first, end, true
			}
			if start, end, ok := l.surrounded(b, first, end); ok && start >= from {
				return start, end, true
			}
		}
		at = first + 1
	}
}

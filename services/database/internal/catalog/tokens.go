package catalog

import (
	"hash/maphash"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWords bounds the words of one name or comment that are searched.
const maxWords = 64

// words appends the words of a name or text to dst, folded: snake_case,
// camelCase and digits are split, letters are small, plurals are singular. A text
// without letters and digits is one word.
func words(dst []string, text string) []string {
	const (
		other = iota
		lower
		upper
		digit
	)
	begin, last, n := -1, other, len(dst)
	for i, r := range text {
		class := other
		switch {
		case unicode.IsDigit(r):
			class = digit
		case unicode.IsUpper(r):
			class = upper
		case unicode.IsLetter(r), unicode.IsMark(r):
			class = lower
		}
		// "orderID" is order and id, "HTTPServer" http and server.
		split := class != last && (last != upper || class != lower)
		if class == lower && last == upper && begin >= 0 && begin+utf8.RuneLen(r) < i {
			if _, size := utf8.DecodeLastRuneInString(text[:i]); i-size > begin {
				dst = append(dst, fold(text[begin:i-size]))
				begin = i - size
			}
		}
		if split && begin >= 0 {
			dst, begin = append(dst, fold(text[begin:i])), -1
		}
		if begin < 0 && class != other {
			begin = i
		}
		if last = class; len(dst)-n >= maxWords {
			return dst
		}
	}
	if begin >= 0 {
		dst = append(dst, fold(text[begin:]))
	}
	if len(dst) == n && text != "" {
		dst = append(dst, text)
	}
	return dst
}

// fold makes one of a word in its spellings: small letters and no plural.
func fold(word string) string {
	w := strings.ToLower(word)
	switch {
	case len(w) < 4 || !strings.HasSuffix(w, "s"):
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "uses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
		return w
	}
	return w[:len(w)-1]
}

// trigrams is a set of the trigrams of a word, by hashes of 6 bits: what it says
// is absent is.
type trigrams uint64

func trigramsOf(word string) (set trigrams) {
	eachTrigram(word, func(t uint32) { set |= 1 << (t * 2654435761 >> 26) })
	return set
}

// eachTrigram calls fn with the trigrams of a word, of which two blanks before
// and one behind are a part, as pg_trgm has them.
func eachTrigram(word string, fn func(uint32)) {
	t := uint32(' ')<<8 | ' '
	for i := range len(word) + 1 {
		b := byte(' ')
		if i < len(word) {
			b = word[i]
		}
		t = t<<8&0xffffff | uint32(b)
		fn(t)
	}
}

// similarity is the share of the trigrams of either word that both have, in
// percent.
func similarity(a, b string) int {
	var inA [32]uint32
	n := 0
	eachTrigram(a, func(t uint32) {
		if n < len(inA) {
			inA[n] = t
			n++
		}
	})
	common, total := 0, n
	used := uint32(0)
	eachTrigram(b, func(t uint32) {
		total++
		for i := range n {
			if inA[i] == t && used&(1<<i) == 0 {
				used |= 1 << i
				common++
				total--
				return
			}
		}
	})
	return 100 * common / total
}

// seed makes hashes of names; they are compared within one process.
var seed = maphash.MakeSeed()

// joined is a hash of words without what was between them, so that orderitems
// finds order_items.
func joined(list []string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, w := range list {
		_, _ = h.WriteString(w)
	}
	return h.Sum64()
}

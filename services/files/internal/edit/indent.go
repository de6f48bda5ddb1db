package edit

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// An indenter indents lines as the lines around them are, from how the lines
// that were sent correspond to those of the text.
type indenter struct {
	old, lines []string          // what was sent, and what it stands for
	known      map[string]string // indentation as sent → as it is
	// from characters of one kind are to of another kind in the text.
	from, to int
	kind     string // the text's kind, "" to leave what is not known
}

// newIndenter compares the lines sent with those they stand for. step is how many
// spaces one step of indentation is in what was sent.
func newIndenter(old, lines []string, step int) *indenter {
	in := &indenter{old: old, lines: lines, known: make(map[string]string)}
	var a, b []string // corresponding indentations, each of one kind of blank
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		sent, is := indentation(old[i]), indentation(l)
		if _, ok := in.known[sent]; !ok {
			in.known[sent] = is
			if uniform(sent) && uniform(is) {
				a, b = append(a, sent), append(b, is)
			}
		}
	}
	in.measure(a, b, step)
	return in
}

// measure finds how many blanks of the text stand for how many of those sent.
func (in *indenter) measure(a, b []string, step int) {
	for i := range b {
		if b[i] != "" {
			in.kind = b[i][:1]
		}
	}
	for i := range a {
		for j := range i {
			x, y := len(a[i])-len(a[j]), len(b[i])-len(b[j])
			if x*y > 0 {
				in.from, in.to = max(x, -x), max(y, -y)
				return
			}
		}
	}
	for i := range a {
		switch {
		case a[i] == "" || b[i] == "":
		case a[i][0] == b[i][0]:
			in.from, in.to = 1, 1
			return
		default:
			in.from, in.to = len(a[i]), len(b[i])
			return
		}
	}
	if in.kind == "\t" {
		in.from, in.to = max(step, 1), 1
		return
	}
	in.kind = ""
}

// line returns a line, which has no end, indented as the text is. It comes where
// the old line i is, whose indentation says more than that of the others.
func (in *indenter) line(l string, i int) string {
	sent := indentation(l)
	if sent == l {
		return "" // nothing but blanks
	}
	rest := l[len(sent):]
	if i = min(max(i, 0), len(in.lines)-1); indentation(in.old[i]) == sent && strings.TrimSpace(in.lines[i]) != "" {
		return indentation(in.lines[i]) + rest
	}
	if is, ok := in.known[sent]; ok {
		return is + rest
	}
	var longer, shorter string
	var hasLonger, hasShorter bool
	for k := range in.known {
		if strings.HasPrefix(sent, k) && (!hasShorter || len(k) > len(shorter)) {
			shorter, hasShorter = k, true
		}
		if strings.HasPrefix(k, sent) && (!hasLonger || len(k) < len(longer)) {
			longer, hasLonger = k, true
		}
	}
	if hasShorter {
		return in.known[shorter] + in.translate(sent[len(shorter):]) + rest
	}
	if hasLonger {
		if is, ok := strings.CutSuffix(in.known[longer], in.translate(longer[len(sent):])); ok {
			return is + rest
		}
		return rest
	}
	return in.translate(sent) + rest
}

// translate returns blanks as the text writes them.
func (in *indenter) translate(blanks string) string {
	if in.kind == "" || !uniform(blanks) || in.from == 0 || len(blanks)*in.to%in.from != 0 {
		return blanks
	}
	return strings.Repeat(in.kind, len(blanks)*in.to/in.from)
}

// step returns the least difference between two indentations by spaces.
func step(texts ...[]string) int {
	seen := make(map[int]bool)
	for _, lines := range texts {
		for _, l := range lines {
			if s := indentation(l); strings.TrimSpace(l) != "" && strings.Trim(s, " ") == "" {
				seen[len(s)] = true
			}
		}
	}
	least, last := 0, -1
	for _, n := range slices.Sorted(maps.Keys(seen)) {
		if last >= 0 && (least == 0 || n-last < least) {
			least = n - last
		}
		last = n
	}
	return least
}

// indentation returns the blanks that a line begins with.
func indentation(line string) string {
	line = strings.TrimRight(line, "\r\n")
	return line[:len(line)-len(strings.TrimLeftFunc(line, unicode.IsSpace))]
}

// uniform reports whether s is spaces alone or tabs alone.
func uniform(s string) bool {
	return strings.Trim(s, " ") == "" || strings.Trim(s, "\t") == ""
}

package verify

import (
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

// A source is a part of a claim, and where it begins.
type source struct {
	text string
	at   int
}

// A reading is a claim cut into sides; relations[i] is between sides i and
// i+1.
type reading struct {
	sides     []source
	relations []string
}

// A wording is a way to write a relation; words are spelled in lower case.
type wording struct{ text, relation string }

// wordings has longer ones before those that they begin with.
var wordings = []wording{
	{"is not equal to", "!="}, {"does not equal", "!="}, {"is not", "!="}, {"isn't", "!="},
	{"is less than or equal to", "<="}, {"is at most", "<="}, {"is less than", "<"}, {"is smaller than", "<"},
	{"is greater than or equal to", ">="}, {"is at least", ">="}, {"is greater than", ">"}, {"is more than", ">"},
	{"is approximately equal to", "≈"}, {"is approximately", "≈"}, {"is about", "≈"}, {"is roughly", "≈"},
	{"is almost", "≈"}, {"approximately equals", "≈"}, {"equals approximately", "≈"},
	{"is exactly", "="}, {"is equal to", "="}, {"equals", "="}, {"is", "="}, {"are", "="}, {"makes", "="}, {"gives", "="},
	{"<=", "<="}, {"=<", "<="}, {">=", ">="}, {"!=", "!="}, {"<>", "!="}, {"==", "="}, {"~=", "≈"}, {"=~", "≈"},
	{"≤", "<="}, {"≥", ">="}, {"≠", "!="}, {"≈", "≈"}, {"≅", "≈"}, {"≃", "≈"}, {"~", "≈"},
	{"<", "<"}, {">", ">"}, {"=", "="},
}

// maxLinks bounds a chain.
const maxLinks = 20

// read cuts a claim into sides. A "!=" that touches its left side can also be
// a factorial and "=", so that there may be two readings.
func read(claim string) ([]reading, error) {
	r, doubt := cut(claim, -1)
	if len(r.relations) == 0 {
		return nil, &eval.Error{Reason: eval.Syntax, Message: "a claim compares two sides",
			Hint: `write both, as in "17% of 2350 = 399.5"`}
	}
	if len(r.relations) > maxLinks {
		return nil, &eval.Error{Reason: eval.Limit, Message: fmt.Sprintf("the claim has %d comparisons; the limit is %d", len(r.relations), maxLinks)}
	}
	for _, s := range r.sides {
		if strings.TrimSpace(s.text) == "" {
			return nil, &eval.Error{Reason: eval.Syntax, Position: s.at, Message: "a side of the claim is empty"}
		}
	}
	readings := []reading{r}
	if doubt >= 0 {
		other, _ := cut(claim, doubt)
		readings = append(readings, other)
	}
	return readings, nil
}

// cut cuts a claim. The "!=" at factorial is read as a factorial and "="; doubt
// is where there is the first that could be, or -1.
func cut(claim string, factorial int) (r reading, doubt int) {
	doubt = -1
	start, depth := 0, 0
	for i := 0; i < len(claim); {
		switch claim[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		}
		relation, width := relationAt(claim, i)
		if relation == "" || depth > 0 {
			i++
			continue
		}
		end := i
		if strings.HasPrefix(claim[i:], "!=") && i > 0 && claim[i-1] != ' ' {
			if doubt < 0 {
				doubt = i
			}
			if i == factorial {
				end, relation = i+1, "="
			}
		}
		r.sides = append(r.sides, source{claim[start:end], start})
		r.relations = append(r.relations, relation)
		i += width
		start = i
	}
	r.sides = append(r.sides, source{claim[start:], start})
	return r, doubt
}

// relationAt returns the relation that is written at i and its width.
func relationAt(claim string, i int) (relation string, width int) {
	for _, s := range wordings {
		n := len(s.text)
		if len(claim)-i < n || !strings.EqualFold(claim[i:i+n], s.text) {
			continue
		}
		word := isLetter(s.text[0])
		if word && (i > 0 && isWord(claim[i-1]) || i+n < len(claim) && (isWord(claim[i+n]) || claim[i+n] == '(')) {
			continue
		}
		return s.relation, n
	}
	return "", 0
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isWord(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' || c == '_' }

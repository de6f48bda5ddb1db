// Package verify judges claims such as "17% of 2350 = 399.5": whether they are
// true, true after rounding to the digits that are written, or false.
//
// The guarantee to know: a verdict is true or false only if the sides were
// compared exactly or with as many digits as that takes; what can be read in
// two ways is judged both ways, and undetermined if that makes a difference.
//
// Start at [Claim].
package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// Verdict says what a claim is.
type Verdict string

// The verdicts.
const (
	True         Verdict = "true"
	Rounded      Verdict = "rounded" // equal after rounding to the digits written
	False        Verdict = "false"
	Undetermined Verdict = "undetermined"
)

// Options choose what counts as equal. The zero value is ready to use.
type Options struct {
	// Tolerance is by how much the sides of =, ≈ and != may differ and be equal,
	// of the left side if Relative; nil means not at all but for rounding.
	Tolerance *number.Number
	Relative  bool
	// Rounding is the only mode that counts; nil means half up or half even.
	Rounding *number.Rounding
}

// A Result is the verdict on a claim.
type Result struct {
	Verdict Verdict
	// Links are the comparisons of a chain a = b = c, at least one.
	Links []Link
	// Explanation says in a sentence or two why.
	Explanation string
	// Interpretation is the claim with all its parentheses.
	Interpretation string
	// Notes tell which conventions the verdict depends on.
	Notes []string
}

// A Link is one comparison.
type Link struct {
	Verdict     Verdict
	Left, Right Side
	// Relation is =, ≈, !=, <, <=, > or >=.
	Relation string
	// Difference is left - right; Known says that both are numbers, or
	// quantities, whose numbers are those in Unit.
	Difference number.Number
	Known      bool
	// Unit is that of both numbers, empty for plain ones.
	Unit string
	// Explanation says why.
	Explanation string
}

// A Side is one side of a comparison.
type Side struct {
	// Text is the side as it was written.
	Text string
	// Number is its value, if IsNumber.
	Number   number.Number
	IsNumber bool
	// Value writes the value down; it is empty if there is none.
	Value string

	node     parse.Node
	at       int    // where the side begins
	quantity string // its unit, if it is a quantity
	notes    []string
	trouble  string // why there is no value
}

// Claim judges a claim with the arithmetic and the constants of ev. An error is
// an [*eval.Error] about a claim that cannot be read.
func Claim(ev *eval.Evaluator, claim string, opt Options) (*Result, error) {
	readings, err := read(claim)
	if err != nil {
		return nil, err
	}
	j := judge{ev, ev.Arith(), opt}
	if opt.Tolerance != nil {
		if c, err := j.a.Sign(*opt.Tolerance); err == nil && c < 0 {
			return nil, &eval.Error{Reason: eval.Domain, Message: "the tolerance is negative", Hint: "send by how much the sides may differ in either direction"}
		}
	}
	var results []*Result
	var first error
	for _, r := range readings {
		some, err := j.reading(r, 0)
		if err != nil && first == nil {
			first = err
		}
		results = append(results, some...)
	}
	if err := j.a.Check(); err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, first
	}
	return merge(results), nil
}

// merge makes one result of those of all readings.
func merge(results []*Result) *Result {
	r := results[0]
	if len(results) == 1 {
		return r
	}
	var meanings, claims []string
	agree := true
	for _, other := range results {
		meanings = append(meanings, fmt.Sprintf("%s is %s", other.Interpretation, other.Verdict))
		claims = append(claims, other.Interpretation)
		agree = agree && other.Verdict == r.Verdict
	}
	if agree {
		r.Notes = append(r.Notes, "the claim can be read in several ways, with the same verdict: "+strings.Join(meanings, "; "))
		return r
	}
	return &Result{
		Verdict:        Undetermined,
		Links:          []Link{{Verdict: Undetermined}},
		Explanation:    "the claim can be read in several ways: " + strings.Join(meanings, "; "),
		Interpretation: strings.Join(claims, " or "),
		Notes:          r.Notes,
	}
}

// A judge judges readings.
type judge struct {
	ev  *eval.Evaluator
	a   *number.Arith
	opt Options
}

// maxAmbiguous bounds the sides that can be read in two ways.
const maxAmbiguous = 3

// reading judges one reading of a claim, or each of those that it has itself.
func (j judge) reading(r reading, depth int) ([]*Result, error) {
	sides := make([]Side, len(r.sides))
	for i, src := range r.sides {
		side, err := j.side(src)
		var e *eval.Error
		if errors.As(err, &e) && e.Reason == eval.Ambiguous && len(e.Suggestions) > 0 && depth < maxAmbiguous {
			return j.each(r, i, e.Suggestions, depth)
		}
		if err != nil {
			return nil, err
		}
		sides[i] = side
	}
	result := &Result{Verdict: True}
	var words []string
	for i, relation := range r.relations {
		l := Link{Left: sides[i], Right: sides[i+1], Relation: relation}
		if err := j.link(&l); err != nil {
			return nil, err
		}
		if n := j.unused(l); n != "" && !slices.Contains(result.Notes, n) {
			result.Notes = append(result.Notes, n)
		}
		result.Links = append(result.Links, l)
		if weight(l.Verdict) > weight(result.Verdict) {
			result.Verdict = l.Verdict
		}
		words = append(words, l.Explanation)
	}
	result.Explanation = strings.Join(words, "; ")
	for i, s := range sides {
		if i > 0 {
			result.Interpretation += " " + r.relations[i-1] + " "
		}
		result.Interpretation += parse.Format(s.node)
		for _, n := range s.notes {
			if !slices.Contains(result.Notes, n) {
				result.Notes = append(result.Notes, n)
			}
		}
	}
	return []*Result{result}, nil
}

// unused says why the tolerance does not count for l; it is empty if it does.
func (j judge) unused(l Link) string {
	switch {
	case j.opt.Tolerance == nil:
		return ""
	case strings.ContainsAny(l.Relation, "<>"):
		return "the tolerance is not used for <, <=, > and >=; add it to a side to allow for it"
	case l.Left.trouble+l.Right.trouble == "" && !l.Known:
		return "the tolerance is used for real numbers and quantities only"
	}
	return ""
}

// each judges r with side i read in each of the ways given.
func (j judge) each(r reading, i int, ways []string, depth int) ([]*Result, error) {
	var results []*Result
	var first error
	for _, text := range ways {
		other := r
		other.sides = slices.Clone(r.sides)
		other.sides[i].text = text
		some, err := j.reading(other, depth+1)
		if err != nil && first == nil {
			first = err
		}
		results = append(results, some...)
	}
	if len(results) == 0 {
		return nil, first
	}
	return results, nil
}

// weight orders the verdicts: that of a chain is the heaviest of its links.
func weight(v Verdict) int {
	return slices.Index([]Verdict{True, Rounded, Undetermined, False}, v)
}

// side evaluates one side. That it has no value is no error.
func (j judge) side(src source) (Side, error) {
	s := Side{Text: strings.TrimSpace(src.text), at: src.at}
	r, err := j.ev.Evaluate(src.text)
	if err != nil {
		var e *eval.Error
		if !errors.As(err, &e) {
			return s, err
		}
		switch e.Reason {
		case eval.Domain, eval.DivisionByZero, eval.Limit:
			s.trouble = e.Message
		default:
			moved := *e
			moved.Position += src.at
			return s, &moved
		}
	}
	// What evaluates, or fails to, has been read.
	x, err := j.ev.Parse(src.text)
	if err != nil {
		return s, err
	}
	s.node = x.Root
	if r == nil {
		return s, nil
	}
	s.notes, s.Value = r.Notes, r.Text
	switch r.Type {
	case eval.Integer, eval.Rational, eval.Real:
		s.Number, s.IsNumber = r.Value, true
	case eval.Quantity:
		s.quantity = r.Unit
	}
	return s, nil
}

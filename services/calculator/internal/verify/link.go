package verify

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// link judges one comparison.
func (j judge) link(l *Link) error {
	for _, s := range []Side{l.Left, l.Right} {
		if s.trouble != "" {
			l.Verdict = Undetermined
			l.Explanation = fmt.Sprintf("%s has no value: %s", clip(s.Text), s.trouble)
			return nil
		}
	}
	if err := j.measure(l); err != nil {
		return err
	}
	if !l.Left.IsNumber || !l.Right.IsNumber {
		return j.others(l)
	}
	var err error
	if l.Difference, err = j.a.Sub(l.Left.Number, l.Right.Number); err != nil {
		return err
	}
	l.Known = true
	c, err := j.a.Sign(l.Difference)
	if isUndecided(err) {
		l.Verdict = Undetermined
		l.Explanation = fmt.Sprintf("%s and %s agree in all digits that can be computed", clip(l.Left.Text), clip(l.Right.Text))
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case l.Relation == "=" || l.Relation == "≈":
		return j.equality(l, c)
	case l.Relation == "!=" && j.opt.Tolerance != nil:
		if err := j.tolerance(l); err != nil {
			return err
		}
		// What is equal within the tolerance is not unequal.
		l.Verdict = verdict(l.Verdict == False)
		return nil
	}
	holds := map[string]bool{"!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[l.Relation]
	l.Verdict = verdict(holds)
	what, err := j.values(l)
	l.Explanation = what
	return err
}

// measure makes numbers of quantities: what they are in the unit that one side
// is written in.
func (j judge) measure(l *Link) error {
	if l.Left.quantity == "" && l.Right.quantity == "" {
		return nil
	}
	l.Unit = cmp.Or(l.Right.quantity, l.Left.quantity)
	for _, s := range []*Side{&l.Left, &l.Right} {
		if w, ok := writtenAs(s.node); ok && w.unit != "" {
			l.Unit = w.unit
		}
	}
	for _, s := range []*Side{&l.Left, &l.Right} {
		r, err := j.ev.Evaluate(fmt.Sprintf("(%s) to %s", s.Text, l.Unit))
		if err != nil {
			var e *eval.Error
			if errors.As(err, &e) {
				moved := *e
				moved.Position = s.at
				err = &moved
			}
			return err
		}
		s.Number, s.IsNumber = r.Value, true
	}
	return nil
}

func verdict(holds bool) Verdict {
	if holds {
		return True
	}
	return False
}

func isUndecided(err error) bool {
	e, ok := err.(*number.Error)
	return ok && e.Kind == number.Undecided
}

// equality judges = and ≈ of numbers, the sign of whose difference is c.
func (j judge) equality(l *Link, c int) error {
	if c == 0 {
		l.Verdict = True
		text, err := j.short(l.Left.Number, l.Unit)
		l.Explanation = fmt.Sprintf("both sides are %s", text)
		return err
	}
	if j.opt.Tolerance != nil {
		return j.tolerance(l)
	}
	w, computed, found, err := j.written(l)
	if err != nil {
		return err
	}
	if found {
		return j.rounding(l, w, computed)
	}
	l.Verdict = False
	if l.Relation == "≈" {
		l.Verdict = Undetermined
	}
	if l.Explanation, err = j.values(l); err == nil && l.Verdict == Undetermined {
		l.Explanation += "; no side is written in digits to round to, so give a tolerance"
	}
	return err
}

// values says what the sides are.
func (j judge) values(l *Link) (string, error) {
	var parts []string
	for _, s := range []Side{l.Left, l.Right} {
		v, err := j.short(s.Number, l.Unit)
		if err != nil {
			return "", err
		}
		if v == s.Text {
			parts = append(parts, v)
		} else {
			parts = append(parts, fmt.Sprintf("%s is %s", clip(s.Text), v))
		}
	}
	return strings.Join(parts, ", "), nil
}

// tolerance judges by the difference that is allowed.
func (j judge) tolerance(l *Link) error {
	most := *j.opt.Tolerance
	d, err := j.a.Abs(l.Difference)
	if err == nil && j.opt.Relative {
		var size number.Number
		if size, err = j.a.Abs(l.Left.Number); err == nil {
			most, err = j.a.Mul(most, size)
		}
	}
	if err != nil {
		return err
	}
	c, err := j.a.Cmp(d, most)
	if err != nil {
		return err
	}
	l.Verdict = verdict(c <= 0)
	text, err := j.short(d, l.Unit)
	if err != nil {
		return err
	}
	limit, err := j.short(most, l.Unit)
	l.Explanation = fmt.Sprintf("the sides differ by %s; the tolerance is %s", text, limit)
	return err
}

// short writes a number of units for an explanation.
func (j judge) short(x number.Number, unit string) (string, error) {
	t, err := j.a.Text(x, min(12, j.a.Limits().Digits))
	return strings.TrimSpace(clip(t.Decimal) + " " + unit), err
}

// others judges values that are not real: by the language's own comparison, and
// rounded if one side is digits times i.
func (j judge) others(l *Link) error {
	operator := l.Relation
	if operator == "=" || operator == "≈" {
		operator = "=="
	}
	r, err := j.ev.Evaluate(fmt.Sprintf("(%s) %s (%s)", l.Left.Text, operator, l.Right.Text))
	if err != nil {
		return err
	}
	l.Verdict = verdict(r.Text == "true")
	l.Explanation = fmt.Sprintf("%s is %s, %s is %s", clip(l.Left.Text), clip(l.Left.Value), clip(l.Right.Text), clip(l.Right.Value))
	if l.Verdict == True || operator != "==" {
		return nil
	}
	for _, pair := range [2][2]*Side{{&l.Left, &l.Right}, {&l.Right, &l.Left}} {
		if re, im, ok := complexAs(pair[1].node); ok {
			return j.complexRounding(l, pair[0].Text, re, im)
		}
		w, ok := writtenAs(pair[1].node)
		if !ok || w.times == "" {
			continue
		}
		x, err := j.ev.Number(fmt.Sprintf("(%s) / (%s)", pair[0].Text, w.times))
		if err != nil {
			continue
		}
		return j.rounding(l, w, x)
	}
	return nil
}

// complexRounding judges whether text is written as re + im.
func (j judge) complexRounding(l *Link, text string, re, im numeral) error {
	parts := []struct {
		name, function string
		written        numeral
	}{{"real", "re", re}, {"imaginary", "im", im}}
	l.Verdict = True
	var words []string
	for _, p := range parts {
		x, err := j.ev.Number(fmt.Sprintf("%s(%s)", p.function, text))
		if err != nil {
			return err
		}
		part := Link{Relation: l.Relation}
		if err := j.rounding(&part, p.written, x); err != nil {
			return err
		}
		if weight(part.Verdict) > weight(l.Verdict) {
			l.Verdict = part.Verdict
		}
		words = append(words, fmt.Sprintf("%s part: %s", p.name, part.Explanation))
	}
	l.Explanation = strings.Join(words, "; ")
	return nil
}

// clip shortens what is quoted in an explanation.
func clip(s string) string { return spelling.Excerpt(s, 60) }

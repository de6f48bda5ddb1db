package units

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

const (
	maxSource = 300 // bytes of a unit
	maxDepth  = 10  // of parentheses
	maxWords  = 5   // of a name
)

// Parse reads a unit such as "km/h", "kg*m/s^2", "m²", "W h", "1/s",
// "J/(kg K)", "miles per hour", "square feet" or "L/100km". Factors beside each
// other are multiplied, but not after a division: "J/kg K" is refused.
//
// The error is a *number.Error: Syntax, UnknownUnit, Limit, or Ambiguous; the
// Suggestions of an Ambiguous one are whole units to write instead.
func Parse(src string) (Unit, error) { return table().parse(src) }

func (t *registry) parse(src string) (Unit, error) {
	if len(src) > maxSource {
		return Unit{}, &number.Error{Kind: number.Limit, Message: fmt.Sprintf("the unit has %d bytes; the limit is %d", len(src), maxSource)}
	}
	if !utf8.ValidString(src) {
		return Unit{}, syntax("the unit is not valid UTF-8")
	}
	src = normalise(src)
	if src == "" {
		return Unit{}, syntax("the unit is empty")
	}
	if u, ok := t.fuel(src); ok {
		return u, nil
	}
	p := unitParser{t: t, src: src}
	u, err := p.product(0)
	if err == nil && p.pos < len(p.src) {
		err = syntax("%s is not expected in the unit %s", spelling.Quote(p.src[p.pos:]), spelling.Quote(src))
	}
	if err != nil {
		return Unit{}, err
	}
	return u, nil
}

// fuel finds names that hold a number: the litres per 100 kilometres.
func (t *registry) fuel(src string) (Unit, bool) {
	name := strings.NewReplacer(" ", "", "(", "", ")", "", "per", "/").Replace(strings.ToLower(src))
	switch name {
	case "l/100km", "litres/100km", "liters/100km", "litre/100km", "liter/100km", "litres/100kilometres", "liters/100kilometers":
		return t.exact["L/100km"].def.unit(nil), true
	}
	return Unit{}, false
}

func syntax(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Syntax, Message: fmt.Sprintf(format, args...)}
}

type unitParser struct {
	t   *registry
	src string
	pos int
}

// product reads factors up to the end or a closing parenthesis.
func (p *unitParser) product(depth int) (Unit, error) {
	if depth > maxDepth {
		return Unit{}, &number.Error{Kind: number.Limit, Message: fmt.Sprintf("the unit has more than %d parentheses inside each other", maxDepth)}
	}
	u, err := p.power(depth)
	divided := false
	for err == nil {
		before := u
		op := p.operator()
		if op == 0 {
			return u, nil
		}
		var v Unit
		if v, err = p.power(depth); err != nil {
			break
		}
		switch op {
		case '/':
			u, err = u.Quo(v)
			divided = true
		case ' ':
			if divided {
				return Unit{}, p.afterDivision(before, v)
			}
			fallthrough
		default:
			u, err = u.Mul(v)
		}
	}
	return Unit{}, err
}

// operator reads what stands before the next factor: '*', '/', a space for
// nothing, or 0 if there is no other factor.
func (p *unitParser) operator() byte {
	p.space()
	rest := p.src[p.pos:]
	for i, signs := range []string{"*·⋅×", "/÷"} {
		if r, n := utf8.DecodeRuneInString(rest); n > 0 && strings.ContainsRune(signs, r) {
			p.pos += n
			return "*/"[i]
		}
	}
	hyphen := 0
	if _, n := word(strings.TrimPrefix(rest, "-")); n > 0 {
		hyphen = len(rest) - len(strings.TrimPrefix(rest, "-"))
		p.pos += hyphen
	}
	if word, n := word(rest[hyphen:]); word == "per" {
		p.pos += n
		if strings.HasPrefix(p.src[p.pos:], "-") {
			p.pos++
		}
		return '/'
	} else if n > 0 || strings.HasPrefix(rest, "(") {
		return ' '
	}
	return 0
}

// afterDivision refuses a factor that follows a division without an operator.
func (p *unitParser) afterDivision(quotient, v Unit) error {
	over, under := Unit{}, Unit{}
	for _, t := range quotient.terms {
		to := &over
		if t.exp < 0 {
			to = &under
			t.exp = -t.exp
		}
		w, err := t.unit().Pow(t.exp)
		if err != nil {
			return err
		}
		if *to, err = to.Mul(w); err != nil {
			return err
		}
	}
	below, err := under.Mul(v)
	if err != nil {
		return err
	}
	readings := make([]string, 2)
	for i, pair := range [][2]Unit{{over, below}, {over, under}} {
		u, err := pair[0].Quo(pair[1])
		if err == nil && i == 1 {
			u, err = u.Mul(v)
		}
		if err != nil {
			return err
		}
		readings[i] = u.String()
	}
	return &number.Error{Kind: number.Ambiguous,
		Message:     fmt.Sprintf("a product without an operator after a division can be read in two ways: %s", disjunction(readings)),
		Hint:        "write * or parentheses",
		Suggestions: readings}
}

// power reads a factor with its exponent.
func (p *unitParser) power(depth int) (Unit, error) {
	p.space()
	rest := p.src[p.pos:]
	switch {
	case rest == "":
		return Unit{}, syntax("the unit %s ends where a name is expected", spelling.Quote(p.src))
	case rest[0] == '(':
		p.pos++
		u, err := p.product(depth + 1)
		if err != nil {
			return Unit{}, err
		}
		if p.space(); !strings.HasPrefix(p.src[p.pos:], ")") {
			return Unit{}, syntax("a closing parenthesis is missing in the unit %s", spelling.Quote(p.src))
		}
		p.pos++
		return p.raised(u)
	case '0' <= rest[0] && rest[0] <= '9':
		return p.numeral(rest)
	}
	return p.named()
}

// numeral reads the 1 of 1/s.
func (p *unitParser) numeral(rest string) (Unit, error) {
	n := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
	if rest[:n] == "1" {
		p.pos += n
		return Unit{}, nil
	}
	err := syntax("the number %s inside a unit is not expected", rest[:n])
	err.Hint = "put numbers into the value"
	return Unit{}, err
}

// named reads a name of up to maxWords words, longest match first, with
// "square" and "cubic" before it and an exponent behind it.
func (p *unitParser) named() (Unit, error) {
	first, n := word(p.src[p.pos:])
	if n == 0 {
		r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
		return Unit{}, syntax("%q is not expected in a unit", r)
	}
	ends := []int{p.pos + n}
	names := []string{first}
	for at := ends[0]; len(names) < maxWords; {
		gap := len(p.src[at:]) - len(strings.TrimLeft(p.src[at:], " -"))
		next, n := word(p.src[at+gap:])
		if gap == 0 || n == 0 {
			break
		}
		at += gap + n
		names = append(names, names[len(names)-1]+"_"+next)
		ends = append(ends, at)
	}
	start := p.pos
	for i := len(names) - 1; i >= 0; i-- {
		if strings.Contains(names[i], "_per_") && hasExponent(p.src[ends[i]:]) {
			// In metres per second squared the exponent is that of the second.
			continue
		}
		u, ok, err := p.t.find(names[i])
		if err != nil {
			return Unit{}, inPlace(err, p.src, start, ends[i])
		}
		if ok {
			p.pos = ends[i]
			return p.raised(u)
		}
	}
	return p.decorated(first, start, ends[0])
}

// decorated reads a first word that is no unit by itself.
func (p *unitParser) decorated(first string, start, end int) (Unit, error) {
	exp := map[string]int{"square": 2, "sq": 2, "cubic": 3, "cu": 3}[first]
	if exp > 0 && end < len(p.src) {
		p.pos = end
		p.space()
		u, err := p.named()
		if err != nil {
			return Unit{}, err
		}
		return u.Pow(exp)
	}
	if stem := strings.TrimRight(first, "23456789"); len(first)-len(stem) == 1 {
		u, ok, err := p.t.find(stem)
		if err != nil {
			return Unit{}, inPlace(err, p.src, start, start+len(stem))
		}
		if ok {
			p.pos = end
			return u.Pow(int(first[len(first)-1] - '0'))
		}
	}
	return Unit{}, p.t.unknown(first)
}

// inPlace makes the suggestions of an ambiguous name, which stands in src from
// start to end, whole sources.
func inPlace(err error, src string, start, end int) error {
	var e *number.Error
	if errors.As(err, &e) && e.Kind == number.Ambiguous {
		for i, s := range e.Suggestions {
			e.Suggestions[i] = src[:start] + s + src[end:]
		}
	}
	return err
}

// raised reads the exponent of u, if there is one: ^2, **-1, ², ^(-2), -1 right
// behind the name, squared.
func (p *unitParser) raised(u Unit) (Unit, error) {
	rest := p.src[p.pos:]
	if n, size := superscript(rest); size > 0 {
		p.pos += size
		return u.Pow(n)
	}
	trimmed := strings.TrimLeft(rest, " ")
	if w, n := word(trimmed); w == "squared" || w == "cubed" {
		p.pos += len(rest) - len(trimmed) + n
		return u.Pow(map[string]int{"squared": 2, "cubed": 3}[w])
	}
	for _, op := range []string{"^", "**"} {
		if strings.HasPrefix(trimmed, op) {
			p.pos += len(rest) - len(trimmed) + len(op)
			return p.exponent(u)
		}
	}
	if len(rest) > 1 && rest[0] == '-' && '1' <= rest[1] && rest[1] <= '9' {
		return p.exponent(u)
	}
	return u, nil
}

// hasExponent reports whether rest, what follows a name, begins with an exponent.
func hasExponent(rest string) bool {
	if _, size := superscript(rest); size > 0 || strings.HasPrefix(rest, "-") {
		return true
	}
	rest = strings.TrimLeft(rest, " ")
	w, _ := word(rest)
	return w == "squared" || w == "cubed" || strings.HasPrefix(rest, "^") || strings.HasPrefix(rest, "**")
}

func (p *unitParser) exponent(u Unit) (Unit, error) {
	p.space()
	rest := p.src[p.pos:]
	open := strings.HasPrefix(rest, "(")
	digits := strings.TrimLeft(rest, "( ")
	size := len(digits) - len(strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(digits, "-"), "+"), "0123456789"))
	n, err := strconv.Atoi(digits[:size])
	p.pos += len(rest) - len(digits) + size
	after := p.src[p.pos:]
	if open {
		if !strings.HasPrefix(strings.TrimLeft(after, " "), ")") {
			err = errors.New("open")
		} else {
			p.pos += strings.Index(after, ")") + 1
		}
	}
	if err != nil || strings.HasPrefix(after, ".") {
		e := syntax("the exponent of %s is no integer", spelling.Quote(u.String()))
		e.Hint = "write exponents such as ^2 or ^-1"
		return Unit{}, e
	}
	return u.Pow(n)
}

// superscript reads an exponent in superscript digits.
func superscript(s string) (n, size int) {
	sign := 1
	for i, r := range s {
		d := strings.IndexRune("⁰¹²³⁴⁵⁶⁷⁸⁹", r)
		switch {
		case i == 0 && r == '⁻':
			sign = -1
		case d < 0 || n > maxExponent:
			return sign * n, size
		default:
			n = 10*n + strings.Count("⁰¹²³⁴⁵⁶⁷⁸⁹"[:d], "") - 1
			size = i + utf8.RuneLen(r)
		}
	}
	return sign * n, size
}

// word reads letters, digits behind the first letter, "_" and the signs that
// are units; n is its length in bytes.
func word(s string) (w string, n int) {
	for i, r := range s {
		switch {
		case strings.ContainsRune(`%‰′″'"$€£¥`, r) && i == 0:
			return s[:utf8.RuneLen(r)], utf8.RuneLen(r)
		case unicode.IsLetter(r) || r == '_' || r == '°' && (i == 0 || s[:i] == "Δ"):
		case '0' <= r && r <= '9' && i > 0:
		default:
			return s[:i], i
		}
	}
	return s, len(s)
}

func (p *unitParser) space() {
	for p.pos < len(p.src) && p.src[p.pos] == ' ' {
		p.pos++
	}
}

package solve

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// terms is a polynomial in several unknowns: the coefficient, never exactly 0,
// of each product of powers. A key has one byte for each unknown, its exponent.
// None is ever changed once it is made.
type terms map[string]number.Number

// A ring computes with polynomials in n unknowns.
type ring struct {
	a *number.Arith
	n int
}

// maxTerms bounds the length of a polynomial.
const maxTerms = 3000

func (r ring) constant(c number.Number) terms {
	if c.IsZero() {
		return nil
	}
	return terms{strings.Repeat("\x00", r.n): c}
}

func (r ring) variable(i int) terms {
	key := make([]byte, r.n)
	key[i] = 1
	return terms{string(key): number.Int(1)}
}

// orOne returns p, or 1 if it is nil.
func (r ring) orOne(p terms) terms {
	if p == nil {
		return r.constant(number.Int(1))
	}
	return p
}

// isConstant returns the value of p if it has no unknowns.
func (r ring) isConstant(p terms) (number.Number, bool) {
	if len(p) == 0 {
		return number.Number{}, true
	}
	c, ok := p[strings.Repeat("\x00", r.n)]
	return c, ok && len(p) == 1
}

// same reports whether p and q have the same exact coefficients.
func (r ring) same(p, q terms) bool {
	return len(p) == len(q) && maps.EqualFunc(p, q, func(x, y number.Number) bool {
		if !x.IsExact() || !y.IsExact() {
			return false
		}
		c, err := r.a.Cmp(x, y)
		return err == nil && c == 0
	})
}

func (r ring) add(p, q terms) (terms, error) {
	if len(p) < len(q) {
		p, q = q, p
	}
	s := maps.Clone(p)
	for key, c := range q {
		if err := r.accumulate(s, key, c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// accumulate adds a term to s.
func (r ring) accumulate(s terms, key string, c number.Number) error {
	c, err := r.a.Add(s[key], c)
	if err != nil {
		return err
	}
	if c.IsZero() {
		delete(s, key)
		return nil
	}
	s[key] = c
	if len(s) > maxTerms {
		return &number.Error{Kind: number.Limit, Message: fmt.Sprintf("multiplied out, an equation has more than %d terms", maxTerms)}
	}
	return nil
}

func (r ring) scale(p terms, k number.Number) (terms, error) {
	s := make(terms, len(p))
	for key, c := range p {
		c, err := r.a.Mul(c, k)
		if err != nil {
			return nil, err
		}
		if !c.IsZero() {
			s[key] = c
		}
	}
	return s, nil
}

func (r ring) mul(p, q terms) (terms, error) {
	if d := degree(p) + degree(q); d > poly.MaxDegree {
		return nil, tooHigh{&number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("multiplied out, an equation has degree %d; the limit is %d", d, poly.MaxDegree),
			Hint:    "send an interval to search for its real roots"}}
	}
	s := make(terms)
	key := make([]byte, r.n)
	for k, c := range p {
		if err := r.a.Spend(int64(len(q)) * 300); err != nil {
			return nil, err
		}
		for l, d := range q {
			for i := range key {
				key[i] = k[i] + l[i]
			}
			product, err := r.a.Mul(c, d)
			if err == nil {
				err = r.accumulate(s, string(key), product)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// degree is the greatest sum of exponents.
func degree(p terms) int {
	most := 0
	for key := range p {
		d := 0
		for i := range len(key) {
			d += int(key[i])
		}
		most = max(most, d)
	}
	return most
}

// degreeIn is the greatest exponent of unknown i.
func degreeIn(p terms, i int) int {
	most := 0
	for key := range p {
		most = max(most, int(key[i]))
	}
	return most
}

// occurring lists the unknowns that are in p.
func (r ring) occurring(p terms) []int {
	var list []int
	for i := range r.n {
		if degreeIn(p, i) > 0 {
			list = append(list, i)
		}
	}
	return list
}

// linear returns k and rest with p = k*x(i) + rest, both without x(i); they
// are nil if p is not of that form.
func (r ring) linear(p terms, i int) (k, rest terms) {
	if degreeIn(p, i) != 1 {
		return nil, nil
	}
	k, rest = make(terms), make(terms)
	for key, c := range p {
		if key[i] == 0 {
			rest[key] = c
			continue
		}
		without := []byte(key)
		without[i] = 0
		k[string(without)] = c
	}
	return k, rest
}

// substitute puts value in the place of unknown i, and multiplies by its
// denominator as often as it takes.
func (r ring) substitute(p terms, i int, value fraction) (terms, error) {
	n := degreeIn(p, i)
	if n == 0 {
		return p, nil
	}
	byPower := make([]terms, n+1)
	for key, c := range p {
		k := []byte(key)
		power := k[i]
		k[i] = 0
		if byPower[power] == nil {
			byPower[power] = make(terms)
		}
		byPower[power][string(k)] = c
	}
	// Horner's rule from the highest power down.
	z, scale := byPower[n], r.orOne(nil)
	for _, c := range slices.Backward(byPower[:n]) {
		var err error
		if z, err = r.mul(z, value.num); err != nil {
			return nil, err
		}
		if value.den != nil {
			if scale, err = r.mul(scale, value.den); err != nil {
				return nil, err
			}
			if c, err = r.mul(c, scale); err != nil {
				return nil, err
			}
		}
		if z, err = r.add(z, c); err != nil {
			return nil, err
		}
	}
	return z, nil
}

// single returns p, in which only unknown i occurs, as a polynomial in it.
func (r ring) single(p terms, i int) poly.Poly {
	c := make([]number.Number, degreeIn(p, i)+1)
	for key, v := range p {
		c[key[i]] = v
	}
	return poly.New(c)
}

// format writes p in the names given: the unknowns first, the constant last.
func (r ring) format(p terms, names []string) (string, error) {
	keys := slices.SortedFunc(maps.Keys(p), func(k, l string) int { return strings.Compare(l, k) })
	if len(keys) == 0 {
		return "0", nil
	}
	var b strings.Builder
	for _, key := range keys {
		text, err := r.coefficient(p[key])
		if err != nil {
			return "", err
		}
		var factors []string
		for i, e := range []byte(key) {
			switch {
			case e == 1:
				factors = append(factors, names[i])
			case e > 1:
				factors = append(factors, names[i]+"^"+strconv.Itoa(int(e)))
			}
		}
		negative := strings.HasPrefix(text, "-")
		text = strings.TrimPrefix(text, "-")
		switch {
		case b.Len() == 0 && negative:
			b.WriteString("-")
		case b.Len() > 0 && negative:
			b.WriteString(" - ")
		case b.Len() > 0:
			b.WriteString(" + ")
		}
		if text != "1" || len(factors) == 0 {
			factors = append([]string{text}, factors...)
		}
		b.WriteString(strings.Join(factors, "*"))
	}
	return b.String(), nil
}

// coefficient writes c as short as it can be written exactly.
func (r ring) coefficient(c number.Number) (string, error) {
	t, err := r.a.Text(c, 0)
	if err != nil {
		return "", err
	}
	switch {
	case t.DecimalExact:
		return t.Decimal, nil
	case t.Fraction != "":
		return t.Fraction, nil
	case t.Symbolic != "":
		if strings.ContainsAny(t.Symbolic[1:], "+-") {
			return "(" + t.Symbolic + ")", nil
		}
		return t.Symbolic, nil
	}
	return t.Decimal, nil
}

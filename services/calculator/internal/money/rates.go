package money

import (
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// maxFlows bounds the cash flows and the periods of what needs a root.
const maxFlows = 10_000

// Rate returns the rate of one period (RATE). The number of periods has to be
// whole and all amounts exact. The rate is a root of a polynomial and returned
// only if there is one alone above -1, which is certain if the sequence of
// present value, payments and future value changes its sign once.
func Rate(a *number.Arith, v Annuity) (number.Number, error) {
	n, ok := v.Periods.Int64()
	if !ok || n < 1 || n > maxFlows {
		return number.Number{}, &number.Error{Kind: number.Domain,
			Message: "a rate needs a whole number of periods from 1 to " + strconv.Itoa(maxFlows)}
	}
	s := &sums{a: a}
	flows := make([]number.Number, n+1)
	for i := range flows {
		if v.Due && i < int(n) || !v.Due && i > 0 {
			flows[i] = v.Payment
		}
	}
	flows[0] = s.add(flows[0], v.PresentValue)
	flows[n] = s.add(flows[n], v.FutureValue)
	if s.err != nil {
		return number.Number{}, s.err
	}
	return InternalRate(a, flows)
}

// InternalRate returns the rate at which the cash flows, the first of them now
// and one after each period, are worth nothing now (IRR). The flows have to be
// exact. It is returned only if there is one alone above -1, which is certain if
// the sequence of flows changes its sign once.
func InternalRate(a *number.Arith, flows []number.Number) (number.Number, error) {
	if len(flows) > maxFlows+1 {
		return number.Number{}, &number.Error{Kind: number.Limit, Message: strconv.Itoa(len(flows)) + " cash flows; the limit is " + strconv.Itoa(maxFlows+1)}
	}
	changes, last := 0, 0
	for _, f := range flows {
		if !f.IsExact() {
			return number.Number{}, &number.Error{Kind: number.Domain, Message: "an internal rate needs exact amounts",
				Hint: "round amounts that are not, such as to cents"}
		}
		sign, err := a.Sign(f)
		if err != nil {
			return number.Number{}, err
		}
		if sign*last < 0 {
			changes++
		}
		if sign != 0 {
			last = sign
		}
	}
	switch {
	case changes == 0:
		return number.Number{}, &number.Error{Kind: number.Domain, Message: "all cash flows go one way, so there is no internal rate",
			Hint: "money received is positive, money paid is negative"}
	case changes > 1:
		return number.Number{}, &number.Error{Kind: number.Domain,
			Message: "the cash flows change their sign " + strconv.Itoa(changes) + " times, so there may be several internal rates or none",
			Hint:    "compare the net present values at rates that matter: npv(rate, flows)"}
	}
	// With u = 1 + rate the flows times u^n are a polynomial in u, the last flow
	// its constant.
	coeffs := make([]number.Number, len(flows))
	for i, f := range flows {
		coeffs[len(flows)-1-i] = f
	}
	u, err := a.PositiveRoot(coeffs)
	if err != nil {
		return u, err
	}
	return a.Sub(u, one)
}

// NetPresentValue returns what the cash flows are worth one period before the
// first of them (NPV). One that is made now is to be added by itself.
func NetPresentValue(a *number.Arith, rate number.Number, flows []number.Number) (number.Number, error) {
	s := &sums{a: a}
	base := s.add(one, rate)
	s.require(s.sign(base) > 0, "a rate has to be above -1, which is a loss of everything in each period", "")
	var value number.Number
	for i := len(flows) - 1; i >= 0; i-- {
		value = s.quo(s.add(value, flows[i]), base)
	}
	return s.result(value)
}

// Compound returns what a principal has grown to after so many years at a yearly
// rate that is credited in perYear equal parts.
func Compound(a *number.Arith, principal, rate, years, perYear number.Number) (number.Number, error) {
	s := &sums{a: a}
	s.parts(perYear)
	base := s.add(one, s.quo(rate, perYear))
	s.require(s.sign(base) > 0, "a rate has to be above -1, which is a loss of everything in each period", "")
	return s.result(s.mul(principal, s.pow(base, s.mul(years, perYear))))
}

// SimpleInterest returns the interest without interest on interest.
func SimpleInterest(a *number.Arith, principal, rate, years number.Number) (number.Number, error) {
	s := &sums{a: a}
	return s.result(s.mul(s.mul(principal, rate), years))
}

// parts refuses a number of periods in a year that is not a whole one.
func (s *sums) parts(perYear number.Number) {
	s.require(perYear.IsInt() && s.sign(perYear) > 0, "the number of periods in a year has to be a positive whole number", "")
}

// EffectiveRate returns the yearly rate that a nominal one amounts to when it is
// credited in perYear equal parts (EFFECT).
func EffectiveRate(a *number.Arith, nominal, perYear number.Number) (number.Number, error) {
	x, err := Compound(a, one, nominal, one, perYear)
	if err != nil {
		return x, err
	}
	return a.Sub(x, one)
}

// NominalRate is the inverse of [EffectiveRate] (NOMINAL).
func NominalRate(a *number.Arith, effective, perYear number.Number) (number.Number, error) {
	s := &sums{a: a}
	s.parts(perYear)
	base := s.add(one, effective)
	s.require(s.sign(base) > 0, "a rate has to be above -1, which is a loss of everything in each period", "")
	return s.result(s.mul(perYear, s.sub(s.pow(base, s.quo(one, perYear)), one)))
}

// GrowthRate returns the yearly rate at which first became last in so many years
// (the compound annual growth rate).
func GrowthRate(a *number.Arith, first, last, years number.Number) (number.Number, error) {
	s := &sums{a: a}
	s.require(s.sign(first) != 0 && s.sign(first)*s.sign(last) >= 0, "growth is defined between two amounts of the same sign, the first of them not 0", "")
	s.require(s.sign(years) > 0, "the number of years has to be positive", "")
	return s.result(s.sub(s.pow(s.quo(last, first), s.quo(one, years)), one))
}

// Package money computes what spreadsheets call financial functions, exactly
// where the result is a fraction and else to any number of digits.
//
// The guarantee to know: nothing is rounded unless the name of the function says
// so, and a rate is returned only where there is exactly one.
//
// Signs are those of spreadsheets: money that one receives is positive, money
// that one pays is negative. A loan is a positive present value and has negative
// payments; a deposit is a negative present value and has a positive future
// value. A rate is that of one period, and a fraction: 5 % a year paid monthly
// is 0.05/12. Errors are [*number.Error].
//
// Start at [Payment]; [InternalRate] is for uneven cash flows.
package money

import "github.com/mcpfleet/mcpfleet/services/calculator/internal/number"

// An Annuity is a series of equal payments. The five quantities of the equation
//
//	PresentValue*(1+Rate)^Periods + Payment*(1+Rate*due)*((1+Rate)^Periods-1)/Rate + FutureValue = 0
//
// determine each other; each function ignores the one that it computes.
type Annuity struct {
	Rate         number.Number // of one period
	Periods      number.Number
	Payment      number.Number // at the end of each period, or the beginning
	PresentValue number.Number
	FutureValue  number.Number // what is left after the last payment
	Due          bool          // payments are at the beginning of periods
}

// sums evaluates formulas without a check after each step: after an error it
// returns zeros and keeps the error.
type sums struct {
	a   *number.Arith
	err error
}

func (s *sums) do(f func(x, y number.Number) (number.Number, error), x, y number.Number) number.Number {
	if s.err != nil {
		return number.Number{}
	}
	var z number.Number
	z, s.err = f(x, y)
	return z
}

func (s *sums) add(x, y number.Number) number.Number { return s.do(s.a.Add, x, y) }
func (s *sums) sub(x, y number.Number) number.Number { return s.do(s.a.Sub, x, y) }
func (s *sums) mul(x, y number.Number) number.Number { return s.do(s.a.Mul, x, y) }
func (s *sums) quo(x, y number.Number) number.Number { return s.do(s.a.Quo, x, y) }
func (s *sums) pow(x, y number.Number) number.Number { return s.do(s.a.Pow, x, y) }

func (s *sums) neg(x number.Number) number.Number { return s.sub(number.Int(0), x) }

func (s *sums) log(x number.Number) number.Number {
	return s.do(func(x, _ number.Number) (number.Number, error) { return s.a.Log(x) }, x, x)
}

// sign returns the sign of x, or 0 after an error.
func (s *sums) sign(x number.Number) int {
	if s.err != nil {
		return 0
	}
	var n int
	n, s.err = s.a.Sign(x)
	return n
}

// require makes the result a Domain error unless ok.
func (s *sums) require(ok bool, message, hint string) {
	if s.err == nil && !ok {
		s.err = &number.Error{Kind: number.Domain, Message: message, Hint: hint}
	}
}

// result returns x, or the error.
func (s *sums) result(x number.Number) (number.Number, error) {
	if s.err != nil {
		return number.Number{}, s.err
	}
	return x, nil
}

var one = number.Int(1)

// factors returns (1+r)^n and what n payments of 1 grow to.
func (s *sums) factors(v Annuity) (growth, payments number.Number) {
	base := s.add(one, v.Rate)
	s.require(s.sign(base) > 0, "a rate has to be above -1, which is a loss of everything in each period", "")
	if s.sign(v.Rate) == 0 {
		return one, v.Periods
	}
	growth = s.pow(base, v.Periods)
	payments = s.quo(s.sub(growth, one), v.Rate)
	if v.Due {
		payments = s.mul(payments, base)
	}
	return growth, payments
}

// Payment returns the payment of each period (PMT).
func Payment(a *number.Arith, v Annuity) (number.Number, error) {
	s := &sums{a: a}
	growth, payments := s.factors(v)
	s.require(s.sign(payments) != 0, "there are no periods to pay in", "")
	return s.result(s.quo(s.neg(s.add(s.mul(v.PresentValue, growth), v.FutureValue)), payments))
}

// PresentValue returns what the payments and the future value are worth now
// (PV).
func PresentValue(a *number.Arith, v Annuity) (number.Number, error) {
	s := &sums{a: a}
	growth, payments := s.factors(v)
	return s.result(s.quo(s.neg(s.add(s.mul(v.Payment, payments), v.FutureValue)), growth))
}

// FutureValue returns what is left after the last payment (FV).
func FutureValue(a *number.Arith, v Annuity) (number.Number, error) {
	s := &sums{a: a}
	growth, payments := s.factors(v)
	return s.result(s.neg(s.add(s.mul(v.PresentValue, growth), s.mul(v.Payment, payments))))
}

// Periods returns the number of periods, which need not be whole (NPER).
func Periods(a *number.Arith, v Annuity) (number.Number, error) {
	s := &sums{a: a}
	if s.sign(v.Rate) == 0 {
		s.require(s.sign(v.Payment) != 0, "without interest and payments nothing changes, in no number of periods", "")
		return s.result(s.quo(s.neg(s.add(v.PresentValue, v.FutureValue)), v.Payment))
	}
	base := s.add(one, v.Rate)
	s.require(s.sign(base) > 0, "a rate has to be above -1, which is a loss of everything in each period", "")
	payment := v.Payment
	if v.Due {
		payment = s.mul(payment, base)
	}
	// growth = (payment - fv*r) / (payment + pv*r)
	num := s.sub(payment, s.mul(v.FutureValue, v.Rate))
	den := s.add(payment, s.mul(v.PresentValue, v.Rate))
	s.require(s.sign(num)*s.sign(den) > 0, "the payments never lead from the present value to the future value",
		"check the signs: money received is positive, money paid negative; and that the payment is more than the interest")
	return s.result(s.quo(s.log(s.quo(num, den)), s.log(base)))
}

// Interest returns the part of the payment of one period that is interest
// (IPMT), and Principal the rest (PPMT); periods count from 1. Payment is
// computed, and ignored in v.
func Interest(a *number.Arith, v Annuity, period number.Number) (number.Number, error) {
	interest, _, err := split(a, v, period)
	return interest, err
}

// Principal returns the part of the payment of one period that pays the loan
// off (PPMT); see [Interest].
func Principal(a *number.Arith, v Annuity, period number.Number) (number.Number, error) {
	_, principal, err := split(a, v, period)
	return principal, err
}

func split(a *number.Arith, v Annuity, period number.Number) (interest, principal number.Number, err error) {
	s := &sums{a: a}
	s.require(period.IsInt() && s.sign(s.sub(period, one)) >= 0 && s.sign(s.sub(v.Periods, period)) >= 0,
		"the period has to be a whole number from 1 to the number of periods", "")
	v.Payment = s.do(func(_, _ number.Number) (number.Number, error) { return Payment(a, v) }, one, one)
	before := v
	before.Periods = s.sub(period, one)
	if v.Due && s.sign(before.Periods) == 0 {
		// The first payment is made before there is any interest.
		if s.err != nil {
			return interest, principal, s.err
		}
		return interest, v.Payment, nil
	}
	balance := s.do(func(_, _ number.Number) (number.Number, error) { return FutureValue(a, before) }, one, one)
	interest = s.mul(balance, v.Rate)
	if v.Due {
		interest = s.quo(interest, s.add(one, v.Rate))
	}
	principal = s.sub(v.Payment, interest)
	return interest, principal, s.err
}

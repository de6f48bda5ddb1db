package money

import (
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Schedule sums up a loan that is paid off in equal payments, as it is billed:
// payment and interest are rounded each time, and the last payment, which may
// come early when a small loan is rounded up, settles what is left. All amounts
// are positive.
type Schedule struct {
	Payment       number.Number
	LastPayment   number.Number
	TotalPaid     number.Number
	TotalInterest number.Number
}

// maxSchedule bounds the payments of a schedule: a hundred years of months.
const maxSchedule = 1200

// Amortize computes the schedule of a loan at a rate of one period, paid at the
// end of each, with amounts of so many decimals.
func Amortize(a *number.Arith, loan, rate number.Number, periods, decimals int, mode number.Rounding) (Schedule, error) {
	if periods < 1 || periods > maxSchedule {
		return Schedule{}, &number.Error{Kind: number.Limit, Message: strconv.Itoa(periods) + " payments; there can be 1 to " + strconv.Itoa(maxSchedule)}
	}
	s := &sums{a: a}
	s.require(s.sign(loan) > 0 && s.sign(rate) >= 0, "a loan has to be positive, and its rate not negative", "")
	rounded := func(x number.Number) number.Number {
		return s.do(func(x, _ number.Number) (number.Number, error) { return a.Round(x, decimals, mode) }, x, x)
	}
	payment := s.do(func(_, _ number.Number) (number.Number, error) {
		return Payment(a, Annuity{Rate: rate, Periods: number.Int(int64(periods)), PresentValue: loan})
	}, one, one)
	out := Schedule{Payment: rounded(s.neg(payment))}
	balance := loan
	for i := 0; i < periods && s.sign(balance) > 0; i++ {
		interest := rounded(s.mul(balance, rate))
		owed := s.add(balance, interest)
		out.LastPayment = out.Payment
		if i == periods-1 || s.sign(s.sub(owed, out.Payment)) < 0 {
			out.LastPayment = owed
		}
		balance = s.sub(owed, out.LastPayment)
		out.TotalInterest = s.add(out.TotalInterest, interest)
		out.TotalPaid = s.add(out.TotalPaid, out.LastPayment)
	}
	return out, s.err
}

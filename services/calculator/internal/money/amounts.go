package money

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Round returns x rounded to so many decimals, 2 for most currencies.
func Round(a *number.Arith, x number.Number, decimals int, mode number.Rounding) (number.Number, error) {
	return a.Round(x, decimals, mode)
}

// maxShares bounds what Allocate divides into.
const maxShares = 10_000

// Allocate divides an amount by ratios into shares of so many decimals that add
// up to it: each share is its exact value rounded down in magnitude, and what is
// left goes, one unit each, to those that lost most, of equals to the first (the
// method of the largest remainder). The amount may not have more decimals, the
// ratios may not be negative, and not all may be 0.
func Allocate(a *number.Arith, amount number.Number, ratios []number.Number, decimals int) ([]number.Number, error) {
	if len(ratios) > maxShares {
		return nil, &number.Error{Kind: number.Limit, Message: strconv.Itoa(len(ratios)) + " shares; the limit is " + strconv.Itoa(maxShares)}
	}
	s := &sums{a: a}
	units := s.mul(amount, s.pow(number.Int(10), number.Int(int64(decimals))))
	s.require(units.IsInt(), "the amount has more decimals than its shares may have", "round it first")
	var total number.Number
	for _, r := range ratios {
		s.require(r.IsExact() && s.sign(r) >= 0, "ratios have to be exact numbers that are not negative", "")
		total = s.add(total, r)
	}
	s.require(s.sign(total) > 0, "at least one ratio has to be positive", "")
	type share struct {
		i     int
		whole number.Number
		lost  number.Number
	}
	shares := make([]share, len(ratios))
	left := units
	for i, r := range ratios {
		exact := s.quo(s.mul(units, r), total)
		whole := s.do(func(x, _ number.Number) (number.Number, error) { return a.Trunc(x) }, exact, exact)
		shares[i] = share{i, whole, s.sub(exact, whole)}
		left = s.sub(left, whole)
	}
	direction := number.Int(int64(s.sign(units)))
	if s.err != nil {
		return nil, s.err
	}
	slices.SortStableFunc(shares, func(x, y share) int {
		return cmp.Compare(0, s.sign(s.mul(direction, s.sub(x.lost, y.lost))))
	})
	n, _ := left.Int64()
	out := make([]number.Number, len(ratios))
	for k, x := range shares {
		if k < int(max(n, -n)) {
			x.whole = s.add(x.whole, direction)
		}
		out[x.i] = s.quo(x.whole, s.pow(number.Int(10), number.Int(int64(decimals))))
	}
	return out, s.err
}

// Markup returns the profit by the cost.
func Markup(a *number.Arith, cost, price number.Number) (number.Number, error) {
	s := &sums{a: a}
	return s.result(s.quo(s.sub(price, cost), cost))
}

// Margin returns the profit by the price.
func Margin(a *number.Arith, cost, price number.Number) (number.Number, error) {
	s := &sums{a: a}
	return s.result(s.quo(s.sub(price, cost), price))
}

// PriceForMargin returns the price at which the profit is so much of the price.
func PriceForMargin(a *number.Arith, cost, margin number.Number) (number.Number, error) {
	s := &sums{a: a}
	s.require(s.sign(s.sub(one, margin)) > 0, "a margin has to be below 1, which is all of the price", "for a profit by the cost use a markup")
	return s.result(s.quo(cost, s.sub(one, margin)))
}

// Discount returns a price less discounts, each of what is left by those before:
// 10 % and 20 % are 0.1 and 0.2, and together 28 %.
func Discount(a *number.Arith, price number.Number, discounts ...number.Number) (number.Number, error) {
	s := &sums{a: a}
	for _, d := range discounts {
		price = s.mul(price, s.sub(one, d))
	}
	return s.result(price)
}

// Net returns the amount to which a tax of that rate has been added to get
// gross: 119 with 19 % is 100.
func Net(a *number.Arith, gross, rate number.Number) (number.Number, error) {
	s := &sums{a: a}
	return s.result(s.quo(gross, s.add(one, rate)))
}

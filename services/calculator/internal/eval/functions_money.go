package eval

import (
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/money"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

const (
	annuityDomain = "real numbers, rate above -100%; fv is 0 and type 0 unless given: payments at the end of periods, at the beginning with type 1"
	irrDomain     = "exact amounts whose sequence changes its sign once, so that there is one rate above -100%"
	rateDomain    = "real numbers, the rate above -100%"
	signsNote     = "as in spreadsheets, money received is positive and money paid negative"
)

var moneyFunctions = []Function{
	{"allocate", "allocate(amount, ratios, [decimals])", "list of shares by ratios that add up to the amount, each rounded to 2 decimals or as many as given; what is left over goes to those that lost most", "ratios that are not negative; an amount with no more decimals than its shares", always, "allocate(100, [1, 1, 1]) = [33.34, 33.33, 33.33]", 2, 3, nil, nil, allocate, nil},
	{"cagr", "cagr(first, last, years)", "yearly rate at which first grew to last", "amounts of the same sign, first not 0; years above 0", whereClosed, "cagr(1000, 1210, 2) = 0.1", 3, 3, nil, []string{"growth_rate"}, of3(money.GrowthRate), nil},
	{"compound", "compound(principal, rate, years, [per_year])", "what a principal grows to at a yearly rate, with interest credited per_year times a year, 1 unless given", rateDomain, whereClosed, "compound(1000, 10%, 2) = 1210", 3, 4, nil, []string{"compound_interest"}, withRate(1, ofReals(compound)), nil},
	{"discount", "discount(price, d1, d2, ...)", "price less discounts, each of what those before have left", anyNumber, asItems, "discount(100, 10%, 20%) = 72", 1, -1, nil, nil, ofReals(discount), nil},
	{"effective_rate", "effective_rate(nominal, per_year)", "yearly rate that a nominal one amounts to when it is credited in per_year parts", rateDomain, whereClosed, "effective_rate(10%, 2) = 0.1025", 2, 2, []string{"effect"}, []string{"apy"}, withRate(0, of2(money.EffectiveRate)), nil},
	{"fv", "fv(rate, nper, pmt, [pv], [type])", "future value of equal payments, as in spreadsheets", annuityDomain, whereClosed, "fv(10%, 2, -100) = 210", 3, 5, nil, []string{"future_value"}, annuity(money.FutureValue, rateOf, periodsOf, paymentOf, presentOf), nil},
	{"ipmt", "ipmt(rate, per, nper, pv, [fv], [type])", "part of the payment of the period per that is interest, as in spreadsheets", annuityDomain, whereClosed, "ipmt(10%, 1, 2, 210) = -21", 4, 6, nil, nil, ofPeriod(money.Interest), nil},
	{"irr", "irr(flow, flow, ...)", "internal rate of return of cash flows, the first of them now and one after each period", irrDomain, whereClosed, "irr(-200, 110, 121) = 0.1", 1, -1, nil, []string{"internal_rate"}, ofReals(internalRate), nil},
	{"margin", "margin(cost, price)", "profit as a part of the price", "price is not 0", ofExact, "margin(80, 100) = 0.2", 2, 2, nil, nil, of2(money.Margin), nil},
	{"markup", "markup(cost, price)", "profit as a part of the cost", "cost is not 0", ofExact, "markup(80, 100) = 0.25", 2, 2, nil, nil, of2(money.Markup), nil},
	{"net", "net(gross, rate)", "amount to which a tax of that rate was added to get gross", "rate is not -100%", ofExact, "net(119, 19%) = 100", 2, 2, nil, nil, withRate(1, of2(money.Net)), nil},
	{"nominal_rate", "nominal_rate(effective, per_year)", "yearly rate, credited in per_year parts, that amounts to an effective one", rateDomain, whereClosed, "nominal_rate(10.25%, 2) = 0.1", 2, 2, []string{"nominal"}, nil, withRate(0, of2(money.NominalRate)), nil},
	{"nper", "nper(rate, pmt, pv, [fv], [type])", "number of periods until payments lead from pv to fv, as in spreadsheets; it need not be whole", annuityDomain, whereClosed, "nper(0, -100, 1200) = 12", 3, 5, nil, nil, annuity(money.Periods, rateOf, paymentOf, presentOf, futureOf), nil},
	{"npv", "npv(rate, flow, flow, ...)", "present value of cash flows, the first of them after one period; flows may be one list", rateDomain, asItems, "npv(10%, 110, 121) = 200", 2, -1, nil, nil, withRate(0, presentOfFlows), nil},
	{"pmt", "pmt(rate, nper, pv, [fv], [type])", "payment of each period, as in spreadsheets", annuityDomain, whereClosed, "pmt(10%, 2, 210) = -121", 3, 5, nil, []string{"payment"}, annuity(money.Payment, rateOf, periodsOf, presentOf, futureOf), nil},
	{"ppmt", "ppmt(rate, per, nper, pv, [fv], [type])", "part of the payment of the period per that is no interest, as in spreadsheets", annuityDomain, whereClosed, "ppmt(10%, 1, 2, 210) = -100", 4, 6, nil, nil, ofPeriod(money.Principal), nil},
	{"price_for_margin", "price_for_margin(cost, margin)", "price at which the profit is that part of it", "margin is below 1", ofExact, "price_for_margin(80, 20%) = 100", 2, 2, nil, nil, of2(money.PriceForMargin), nil},
	{"pv", "pv(rate, nper, pmt, [fv], [type])", "present value of equal payments, as in spreadsheets", annuityDomain, whereClosed, "pv(10%, 2, -121) = 210", 3, 5, nil, []string{"present_value"}, annuity(money.PresentValue, rateOf, periodsOf, paymentOf, futureOf), nil},
	{"rate", "rate(nper, pmt, pv, [fv], [type])", "rate of one period, as in spreadsheets", "exact amounts and a whole number of periods, for which there is one rate above -100%", whereClosed, "rate(2, -121, 210) = 0.1", 3, 5, nil, nil, annuity(money.Rate, periodsOf, paymentOf, presentOf, futureOf), nil},
	{"round_money", "round_money(x, [decimals])", "amount with 2 decimals or as many as given; a tie goes away from 0 unless another rounding is chosen", "any real number; -100,000 to 100,000 decimals", always, "round_money(2.345) = 2.35", 1, 2, nil, nil, roundMoney, nil},
	{"simple_interest", "simple_interest(principal, rate, years)", "interest without interest on interest", anyNumber, ofExact, "simple_interest(1000, 5%, 2) = 100", 3, 3, nil, nil, withRate(1, of3(money.SimpleInterest)), nil},
}

// of3 takes three real numbers.
func of3(f func(*number.Arith, number.Number, number.Number, number.Number) (number.Number, error)) operation {
	return ofReals(func(e *evaluator, x []number.Number) (number.Number, error) { return f(e.a, x[0], x[1], x[2]) })
}

type annuityPart = func(*money.Annuity) *number.Number

func rateOf(v *money.Annuity) *number.Number    { return &v.Rate }
func periodsOf(v *money.Annuity) *number.Number { return &v.Periods }
func paymentOf(v *money.Annuity) *number.Number { return &v.Payment }
func presentOf(v *money.Annuity) *number.Number { return &v.PresentValue }
func futureOf(v *money.Annuity) *number.Number  { return &v.FutureValue }

// annuity takes the parts of an annuity in that order, the last of which may be
// left out, and then when payments are made.
func annuity(f func(*number.Arith, money.Annuity) (number.Number, error), parts ...annuityPart) operation {
	return ofReals(func(e *evaluator, x []number.Number) (number.Number, error) {
		v, err := e.annuityOf(x, parts)
		if err != nil {
			return number.Number{}, err
		}
		return f(e.a, v)
	})
}

func (e *evaluator) annuityOf(x []number.Number, parts []annuityPart) (v money.Annuity, err error) {
	if len(x) > len(parts) {
		due, ok := x[len(parts)].Int64()
		if !ok || due != 0 && due != 1 {
			return v, domain("the type is 0 for payments at the end of periods, 1 for the beginning")
		}
		v.Due = due == 1
		x = x[:len(parts)]
	}
	for i := range x {
		*parts[i](&v) = x[i]
	}
	e.note(signsNote)
	return v, e.noteRate(v.Rate)
}

// ofPeriod takes rate, per, nper and pv, and what may follow.
func ofPeriod(f func(a *number.Arith, v money.Annuity, period number.Number) (number.Number, error)) operation {
	return ofReals(func(e *evaluator, x []number.Number) (number.Number, error) {
		period := x[1]
		v, err := e.annuityOf(slices.Delete(x, 1, 2), []annuityPart{rateOf, periodsOf, presentOf, futureOf})
		if err != nil {
			return number.Number{}, err
		}
		return f(e.a, v, period)
	})
}

// noteRate tells of a rate that may have been meant in per cent.
func (e *evaluator) noteRate(r number.Number) error {
	c, err := e.a.Cmp(r, number.Int(1))
	if err == nil && c >= 0 {
		e.note("the rate is a fraction: 5 is 500%; write 5% for five per cent")
	}
	return err
}

// withRate takes a rate as the argument of that index.
func withRate(index int, f operation) operation {
	return func(e *evaluator, args []value) (value, error) {
		if x := args[index]; x.kind == isNumber {
			if err := e.noteRate(x.number); err != nil {
				return value{}, err
			}
		}
		return f(e, args)
	}
}

func allocate(e *evaluator, args []value) (value, error) {
	if args[0].kind != isNumber {
		return value{}, &wrongArgument{0, args[0], "a number"}
	}
	if args[1].kind != isList {
		return value{}, &wrongArgument{1, args[1], "a list of numbers"}
	}
	ratios, err := reals(args[1].list())
	if err != nil {
		return value{}, &wrongArgument{1, args[1], "a list of numbers"}
	}
	decimals, err := decimalsOf(args[2:])
	if err != nil {
		return value{}, err
	}
	shares, err := money.Allocate(e.a, args[0].number, ratios, decimals)
	if err != nil {
		return value{}, err
	}
	return e.listOfNumbers(shares)
}

// decimalsOf is the number of decimals of amounts, 2 unless given.
func decimalsOf(args []value) (int, error) {
	if len(args) == 0 {
		return 2, nil
	}
	n, err := count(args[0], 2, "the number of decimals of amounts", 0, 100)
	return int(n), err
}

func compound(e *evaluator, x []number.Number) (number.Number, error) {
	perYear := number.Int(1)
	if len(x) == 4 {
		perYear = x[3]
	}
	return money.Compound(e.a, x[0], x[1], x[2], perYear)
}

func discount(e *evaluator, x []number.Number) (number.Number, error) {
	for _, d := range x[1:] {
		if err := e.noteRate(d); err != nil {
			return d, err
		}
	}
	return money.Discount(e.a, x[0], x[1:]...)
}

func internalRate(e *evaluator, flows []number.Number) (number.Number, error) {
	e.note(signsNote)
	return money.InternalRate(e.a, flows)
}

func presentOfFlows(e *evaluator, args []value) (value, error) {
	if len(args) == 2 && args[1].kind == isList {
		args = append(args[:1], args[1].list()...)
	}
	x, err := reals(args)
	if err != nil {
		return value{}, err
	}
	e.note("npv takes the first cash flow after one period; add one that is made now by itself")
	v, err := money.NetPresentValue(e.a, x[0], x[1:])
	return numeric(v), err
}

func roundMoney(e *evaluator, args []value) (value, error) {
	x := args[0]
	if x.kind != isNumber {
		return value{}, &wrongArgument{0, x, "a number"}
	}
	decimals := int64(2)
	var err error
	if len(args) == 2 {
		if decimals, err = count(args[1], 1, "the number of decimals of round_money", -maxDecimals, maxDecimals); err != nil {
			return value{}, err
		}
	}
	if mode := e.opt.Rounding; mode != number.HalfEven {
		e.note("round_money uses the rounding " + mode.String())
		z, err := money.Round(e.a, x.number, int(decimals), mode)
		return numeric(z), err
	}
	z, err := money.Round(e.a, x.number, int(decimals), number.HalfUp)
	if err != nil || !x.number.IsExact() {
		return numeric(z), err
	}
	even, err := money.Round(e.a, x.number, int(decimals), number.HalfEven)
	if err != nil {
		return value{}, err
	}
	c, err := e.a.Cmp(z, even)
	if c != 0 {
		e.note("round_money rounds a tie away from 0, as invoices do; round takes the even neighbour")
	}
	return numeric(z), err
}

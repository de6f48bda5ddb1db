package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/stats"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

const (
	numbersOrUnits = "real numbers, or quantities of one dimension"
	twoOrMore      = "two or more real numbers, or quantities of one dimension"
	notBelowZero   = "real numbers that are not negative, or such quantities of one dimension"
	pairsOfNumbers = "two lists of two or more real numbers of the same length"
)

var statisticsFunctions = []Function{
	{"correlation", "correlation(x, y)", "Pearson's coefficient of two lists", pairsOfNumbers, whereClosed, "correlation([1, 2, 3], [2, 4, 6]) = 1", 2, 2, nil, []string{"corr", "correl", "pearson"}, ofPairs(stats.Correlation), nil},
	{"covariance", "covariance(x, y)", "covariance of a sample of pairs, divided by n - 1", pairsOfNumbers, asItems, "covariance([1, 2, 3], [1, 2, 3]) = 1", 2, 2, []string{"covariance_sample"}, []string{"cov"}, noting("covariance is that of a sample, divided by n - 1; covariance_population divides by n", ofPairs(stats.Covariance)), nil},
	{"covariance_population", "covariance_population(x, y)", "covariance of all pairs there are, divided by n", "two lists of real numbers of the same length", asItems, "covariance_population([1, 3], [1, 3]) = 1", 2, 2, nil, nil, ofPairs(populationCovariance), nil},
	{"geometric_mean", "geometric_mean(a, b, ...)", "n-th root of the product of n numbers", notBelowZero, whereClosed, "geometric_mean(2, 8) = 4", 1, -1, nil, []string{"geomean", "gmean"}, ofSample("geometric_mean", stats.GeometricMean, lengthLike), nil},
	{"harmonic_mean", "harmonic_mean(a, b, ...)", "n divided by the sum of the reciprocals of n numbers", notBelowZero, asItems, "harmonic_mean(40, 60) = 48", 1, -1, nil, []string{"harmean", "hmean"}, ofSample("harmonic_mean", stats.HarmonicMean, lengthLike), nil},
	{"mean", "mean(a, b, ...)", "arithmetic mean: the sum divided by the number of items", numbersOrUnits, asItems, "mean(1, 2, 6) = 3", 1, -1, []string{"average"}, []string{"avg"}, ofSample("mean", stats.Mean, placeLike), nil},
	{"median", "median(a, b, ...)", "value in the middle of the order, or the mean of the two there", numbersOrUnits, asItems, "median(1, 2, 10) = 2", 1, -1, nil, nil, ofSample("median", stats.Median, placeLike), nil},
	{"mode", "mode(a, b, ...)", "the most frequent value, if there is one alone", numbersOrUnits, asItems, "mode(1, 2, 2, 3) = 2", 1, -1, nil, nil, ofSample("mode", singleMode, placeLike), nil},
	{"modes", "modes(a, b, ...)", "list of the most frequent values; empty if all are equally frequent", "real numbers", asItems, "modes(1, 1, 2, 3, 3) = [1, 3]", 1, -1, nil, []string{"multimode"}, allModes, nil},
	{"percentile", "percentile(list, p)", "quantile(list, p/100)", "a list of real numbers, or of quantities of one dimension; p above 1 and up to 100, or 0", asItems, "percentile([1, 2, 3, 4, 5], 50) = 3", 2, 2, nil, nil, percentile, nil},
	{"quantile", "quantile(list, p)", "value below which the part p of the list lies, interpolated between neighbours as spreadsheets do (method 7 of Hyndman and Fan)", "a list of real numbers, or of quantities of one dimension; p from 0 to 1", asItems, "quantile([1, 2, 3, 4], 25%) = 1.75", 2, 2, nil, nil, quantile, nil},
	{"rms", "rms(a, b, ...)", "root of the mean of the squares", numbersOrUnits, whereClosed, "rms(1, 7) = 5", 1, -1, nil, []string{"root_mean_square"}, ofSample("rms", stats.RootMeanSquare, lengthLike), nil},
	{"stdev", "stdev(a, b, ...)", "standard deviation of a sample: the root of variance", twoOrMore, whereClosed, "stdev(1, 2, 3) = 1", 1, -1, []string{"stdev_sample"}, []string{"std", "stddev", "sd"}, noting("stdev is that of a sample, from the variance divided by n - 1; stdev_population divides by n", ofSample("stdev", stats.Stdev, lengthLike)), nil},
	{"stdev_population", "stdev_population(a, b, ...)", "standard deviation of all values there are: the root of variance_population", numbersOrUnits, whereClosed, "stdev_population(1, 3) = 1", 1, -1, []string{"pstdev"}, nil, ofSample("stdev_population", stats.StdevPopulation, lengthLike), nil},
	{"variance", "variance(a, b, ...)", "variance of a sample: the sum of the squared distances from the mean, divided by n - 1", twoOrMore, asItems, "variance(1, 2, 3) = 1", 1, -1, []string{"variance_sample"}, []string{"var"}, noting("variance is that of a sample, divided by n - 1; variance_population divides by n", ofSample("variance", stats.Variance, areaLike)), nil},
	{"variance_population", "variance_population(a, b, ...)", "variance of all values there are: the mean of the squared distances from the mean", numbersOrUnits, asItems, "variance_population(1, 3) = 1", 1, -1, []string{"pvariance"}, nil, ofSample("variance_population", stats.VariancePopulation, areaLike), nil},
}

// A measure is what becomes of the unit of the values in a statistic of them.
type measure uint8

const (
	placeLike  measure = iota // a value among the others
	lengthLike                // a size in the same unit
	areaLike                  // a size in its square
)

type statistic = func(*number.Arith, []number.Number) (number.Number, error)

// noting adds a note to what f computes.
func noting(text string, f operation) operation {
	return func(e *evaluator, args []value) (value, error) {
		v, err := f(e, args)
		if err == nil {
			e.note(text)
		}
		return v, err
	}
}

// ofSample takes numbers, or quantities of one dimension.
func ofSample(name string, f statistic, m measure) operation {
	return func(e *evaluator, args []value) (value, error) {
		x, unit, err := e.sample(args)
		if err != nil {
			return value{}, err
		}
		if unit.IsAffine() && m != placeLike {
			return value{}, &number.Error{Kind: number.Domain, Message: name + " is not defined for temperatures on a scale",
				Hint: "convert them first, such as to K"}
		}
		z, err := f(e.a, x)
		if err == nil && m == areaLike {
			unit, err = unit.Pow(2)
		}
		return e.quantity(units.Quantity{Value: z, Unit: unit}, err)
	}
}

// sample is the numbers in args, those of quantities in the unit of the first.
func (e *evaluator) sample(args []value) ([]number.Number, units.Unit, error) {
	x := make([]number.Number, len(args))
	var unit units.Unit
	for i, v := range args {
		if v.kind != isNumber && v.kind != isQuantity {
			return nil, unit, &wrongArgument{i, v, "numbers"}
		}
		if i == 0 {
			unit = v.unit()
		}
		x[i] = v.number
		if i == 0 || v.kind == isNumber && unit.IsOne() {
			continue
		}
		if err := comparable(unit, v.unit()); err != nil {
			return nil, unit, err
		}
		var err error
		if x[i], err = v.quantity().In(e.a, unit); err != nil {
			return nil, unit, err
		}
	}
	return x, unit, nil
}

// ofPairs takes two lists of numbers.
func ofPairs(f func(a *number.Arith, x, y []number.Number) (number.Number, error)) operation {
	return func(e *evaluator, args []value) (value, error) {
		x, y, err := pair(args)
		if err != nil {
			return value{}, err
		}
		p, err := reals(x)
		if err != nil {
			return value{}, &wrongArgument{0, args[0], "lists of real numbers"}
		}
		q, err := reals(y)
		if err != nil {
			return value{}, &wrongArgument{1, args[1], "lists of real numbers"}
		}
		z, err := f(e.a, p, q)
		return numeric(z), err
	}
}

func populationCovariance(a *number.Arith, x, y []number.Number) (number.Number, error) {
	s, err := stats.New(a, stats.Data{X: x, Y: y})
	if err != nil {
		return number.Number{}, err
	}
	return s.Covariance(true)
}

func modesOf(a *number.Arith, x []number.Number) ([]number.Number, error) {
	s, err := stats.New(a, stats.Data{X: x})
	if err != nil {
		return nil, err
	}
	return s.Modes()
}

func singleMode(a *number.Arith, x []number.Number) (number.Number, error) {
	m, err := modesOf(a, x)
	switch {
	case err != nil:
		return number.Number{}, err
	case len(m) == 0:
		return number.Number{}, domain("there is no mode: all values are equally frequent")
	case len(m) > 1:
		return m[0], &number.Error{Kind: number.Domain, Message: "there are " + grouped(int64(len(m))) + " modes, which are equally frequent",
			Hint: "modes(...) lists them"}
	}
	return m[0], nil
}

func allModes(e *evaluator, args []value) (value, error) {
	x, err := reals(args)
	if err != nil {
		return value{}, err
	}
	m, err := modesOf(e.a, x)
	if err != nil {
		return value{}, err
	}
	return e.listOfNumbers(m)
}

func quantile(e *evaluator, args []value) (value, error) {
	if args[1].kind != isNumber {
		return value{}, &wrongArgument{1, args[1], "a number from 0 to 1"}
	}
	return e.quantileAt("quantile", args[0], args[1].number)
}

// quantileAt is the quantile of a list at p.
func (e *evaluator) quantileAt(name string, list value, p number.Number) (value, error) {
	if list.kind != isList {
		return value{}, &wrongArgument{0, list, "a list"}
	}
	return ofSample(name, func(a *number.Arith, x []number.Number) (number.Number, error) {
		return stats.Quantile(a, x, p)
	}, placeLike)(e, list.list())
}

// percentile refuses a p above 0 and up to 1, which spreadsheets take for the
// whole range.
func percentile(e *evaluator, args []value) (value, error) {
	if args[1].kind != isNumber {
		return value{}, &wrongArgument{1, args[1], "a number from 0 to 100"}
	}
	p := args[1].number
	sign, err := e.a.Sign(p)
	if err != nil {
		return value{}, err
	}
	c, err := e.a.Cmp(p, number.Int(1))
	if err != nil {
		return value{}, err
	}
	if sign > 0 && c <= 0 {
		return value{}, &number.Error{Kind: number.Ambiguous,
			Message: "percentile counts p from 0 to 100, and a p of up to 1 may be meant as a part",
			Hint:    "write quantile(list, p) with a p from 0 to 1, such as 95%"}
	}
	if c, err = e.a.Cmp(p, number.Int(100)); err == nil && (c > 0 || sign < 0) {
		err = domain("the p of percentile is from 0 to 100")
	}
	if err == nil {
		p, err = e.a.Quo(p, number.Int(100))
	}
	if err != nil {
		return value{}, err
	}
	return e.quantileAt("percentile", args[0], p)
}

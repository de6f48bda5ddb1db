package stats

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// measures are the statistics that are one number. There are no others.
var measures = map[string]func(*Sample) (number.Number, error){
	"n":                        (*Sample).count,
	"sum":                      (*Sample).Sum,
	"mean":                     (*Sample).Mean,
	"median":                   (*Sample).Median,
	"min":                      (*Sample).Min,
	"max":                      (*Sample).Max,
	"range":                    (*Sample).spread,
	"variance_sample":          func(s *Sample) (number.Number, error) { return s.Variance(false) },
	"variance_population":      func(s *Sample) (number.Number, error) { return s.Variance(true) },
	"stdev_sample":             func(s *Sample) (number.Number, error) { return s.Stdev(false) },
	"stdev_population":         func(s *Sample) (number.Number, error) { return s.Stdev(true) },
	"standard_error":           (*Sample).standardError,
	"q1":                       func(s *Sample) (number.Number, error) { return s.quartile(1) },
	"q3":                       func(s *Sample) (number.Number, error) { return s.quartile(3) },
	"iqr":                      (*Sample).quartileRange,
	"mad":                      (*Sample).deviation,
	"geometric_mean":           (*Sample).Geometric,
	"harmonic_mean":            (*Sample).Harmonic,
	"rms":                      (*Sample).Quadratic,
	"skewness_sample":          func(s *Sample) (number.Number, error) { return s.skewness(false) },
	"skewness_population":      func(s *Sample) (number.Number, error) { return s.skewness(true) },
	"kurtosis_sample":          func(s *Sample) (number.Number, error) { return s.kurtosis(false) },
	"kurtosis_population":      func(s *Sample) (number.Number, error) { return s.kurtosis(true) },
	"autocorrelation":          (*Sample).autocorrelation,
	"covariance_sample":        func(s *Sample) (number.Number, error) { return s.Covariance(false) },
	"covariance_population":    func(s *Sample) (number.Number, error) { return s.Covariance(true) },
	"correlation":              (*Sample).Correlation,
	"spearman":                 (*Sample).spearman,
	"slope":                    (*Sample).Slope,
	"intercept":                (*Sample).Intercept,
	"r_squared":                (*Sample).rSquared,
	"slope_standard_error":     (*Sample).slopeError,
	"intercept_standard_error": (*Sample).interceptError,
	"residual_standard_error":  (*Sample).residualError,
}

// Measure returns the statistic of that name:
//
//	n sum mean median min max range
//	variance_sample variance_population stdev_sample stdev_population
//	standard_error     of the mean
//	q1 q3 iqr          quartiles by the default method
//	mad                median of the distances from the median
//	geometric_mean harmonic_mean rms
//	skewness_sample    G1; skewness_population is g1
//	kurtosis_sample    G2, the excess; kurtosis_population is g2
//	autocorrelation    of lag 1
//	covariance_sample covariance_population correlation spearman
//	slope intercept r_squared slope_standard_error
//	intercept_standard_error residual_standard_error
//	                   of the line of least squares of Y over X
func (s *Sample) Measure(name string) (number.Number, error) {
	f, ok := measures[name]
	if !ok {
		return number.Number{}, &number.Error{Kind: number.UnknownName, Message: "the statistic " + name + " is unknown"}
	}
	return f(s)
}

// of returns a statistic of plain values.
func of(a *number.Arith, x []number.Number, f func(*Sample) (number.Number, error)) (number.Number, error) {
	s, err := New(a, Data{X: x})
	if err != nil {
		return number.Number{}, err
	}
	return f(s)
}

// Mean returns the arithmetic mean of x.
func Mean(a *number.Arith, x []number.Number) (number.Number, error) { return of(a, x, (*Sample).Mean) }

// Median returns the middle value of x, or the mean of the two in the middle.
func Median(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, (*Sample).Median)
}

// Variance returns the sample variance of x, which divides by n-1.
func Variance(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, measures["variance_sample"])
}

// VariancePopulation returns the variance of x as a population, which divides
// by n.
func VariancePopulation(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, measures["variance_population"])
}

// Stdev returns the sample standard deviation of x.
func Stdev(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, measures["stdev_sample"])
}

// StdevPopulation returns the standard deviation of x as a population.
func StdevPopulation(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, measures["stdev_population"])
}

// GeometricMean returns the geometric mean of x, none of which is negative.
func GeometricMean(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, (*Sample).Geometric)
}

// HarmonicMean returns the harmonic mean of x, none of which is negative.
func HarmonicMean(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, (*Sample).Harmonic)
}

// RootMeanSquare returns the root of the mean of the squares of x.
func RootMeanSquare(a *number.Arith, x []number.Number) (number.Number, error) {
	return of(a, x, (*Sample).Quadratic)
}

// Quantile returns the quantile of x at p by the default method.
func Quantile(a *number.Arith, x []number.Number, p number.Number) (number.Number, error) {
	return of(a, x, func(s *Sample) (number.Number, error) { return s.Quantile(p, DefaultMethod) })
}

// Covariance returns the sample covariance of x and y.
func Covariance(a *number.Arith, x, y []number.Number) (number.Number, error) {
	s, err := New(a, Data{X: x, Y: y})
	if err != nil {
		return number.Number{}, err
	}
	return s.Covariance(false)
}

// Correlation returns Pearson's correlation of x and y.
func Correlation(a *number.Arith, x, y []number.Number) (number.Number, error) {
	s, err := New(a, Data{X: x, Y: y})
	if err != nil {
		return number.Number{}, err
	}
	return s.Correlation()
}

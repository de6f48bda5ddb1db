package report

import (
	"cmp"
	"math"
	"slices"
)

// Median returns the middle of values, the mean of the two middle ones when
// they are even in number, and 0 for none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	mid := len(s) / 2
	if len(s)%2 == 0 {
		return (s[mid-1] + s[mid]) / 2
	}
	return s[mid]
}

// Quantile returns the smallest of the ascending values that at least the
// fraction q of them do not exceed.
func Quantile[T cmp.Ordered](ascending []T, q float64) T {
	i := int(math.Ceil(q*float64(len(ascending)))) - 1
	return ascending[min(max(i, 0), len(ascending)-1)]
}

// MedianRatio returns the median of the ratios taken round by round, so that
// what disturbs a whole round disturbs neither.
func MedianRatio(values, units []float64) float64 {
	ratios := make([]float64, len(values))
	for i := range values {
		ratios[i] = values[i] / units[i]
	}
	return Median(ratios)
}

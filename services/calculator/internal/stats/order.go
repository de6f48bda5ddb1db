package stats

import (
	"slices"
	"sort"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// order returns the places of the values from the least to the greatest.
func (s *Sample) order() ([]int, error) {
	if s.sorted != nil {
		return s.sorted, nil
	}
	places := make([]int, s.size)
	for i := range places {
		places[i] = i
	}
	var failed error
	slices.SortStableFunc(places, func(i, j int) int {
		if failed != nil {
			return 0
		}
		c, err := s.compare(i, j)
		if err != nil {
			failed = err
		}
		return c
	})
	if failed != nil {
		return nil, failed
	}
	if s.w != nil {
		upTo := make([]number.Number, s.size)
		var sum number.Number
		for at, i := range places {
			var err error
			if sum, err = s.a.Add(sum, s.w.v[i]); err != nil {
				return nil, err
			}
			upTo[at] = sum
		}
		s.upTo = upTo
	}
	s.sorted = places
	return places, nil
}

// compare compares two values of x.
func (s *Sample) compare(i, j int) (int, error) {
	if s.x.k != nil {
		return s.x.k[i].Cmp(&s.x.k[j]), s.a.Spend(10)
	}
	return s.a.Cmp(s.x.v[i], s.x.v[j])
}

// Min returns the least value.
func (s *Sample) Min() (number.Number, error) {
	p, err := s.order()
	if err != nil {
		return number.Number{}, err
	}
	return s.x.v[p[0]], nil
}

// Max returns the greatest value.
func (s *Sample) Max() (number.Number, error) {
	p, err := s.order()
	if err != nil {
		return number.Number{}, err
	}
	return s.x.v[p[s.size-1]], nil
}

func (s *Sample) spread() (number.Number, error) {
	lo, err := s.Min()
	if err != nil {
		return lo, err
	}
	hi, err := s.Max()
	if err != nil {
		return hi, err
	}
	return s.a.Sub(hi, lo)
}

// MaxModes bounds the values that [Sample.Modes] returns.
const MaxModes = 100

// Modes returns the values that occur most often, or weigh most, in order;
// none if all values are equally frequent and there are several. More than
// MaxModes are a Domain error.
func (s *Sample) Modes() ([]number.Number, error) {
	p, err := s.order()
	if err != nil {
		return nil, err
	}
	var modes []number.Number
	var most number.Number
	groups := 0
	for from := 0; from < s.size; groups++ {
		to, err := s.equalFrom(from)
		if err != nil {
			return nil, err
		}
		weight, err := s.weightOf(from, to)
		if err != nil {
			return nil, err
		}
		c, err := s.a.Cmp(weight, most)
		if err != nil {
			return nil, err
		}
		if c > 0 {
			modes, most = modes[:0], weight
		}
		if c >= 0 {
			modes = append(modes, s.x.v[p[from]])
		}
		from = to
	}
	switch {
	case len(modes) == groups && groups > 1:
		return nil, nil
	case len(modes) > MaxModes:
		return nil, domain("%d values are the most frequent ones alike; at most %d are listed", len(modes), MaxModes)
	}
	return modes, nil
}

// equalFrom returns the end of the run of equal values that begins at the
// place from of the order.
func (s *Sample) equalFrom(from int) (int, error) {
	to := from + 1
	for ; to < s.size; to++ {
		c, err := s.compare(s.sorted[from], s.sorted[to])
		if err != nil {
			return 0, err
		}
		if c != 0 {
			break
		}
	}
	return to, nil
}

// weightOf returns the weight of the places in order from from to before to.
func (s *Sample) weightOf(from, to int) (number.Number, error) {
	if s.w == nil {
		return number.Int(int64(to - from)), nil
	}
	if from == 0 {
		return s.upTo[to-1], nil
	}
	return s.a.Sub(s.upTo[to-1], s.upTo[from-1])
}

// Median returns the middle value, or the mean of the two in the middle.
func (s *Sample) Median() (number.Number, error) { return s.Quantile(number.Frac(1, 2), 2) }

// DefaultMethod is the method of quantiles that most software uses.
const DefaultMethod = 7

// Quantile returns the quantile at p, from 0 to 1, by one of the nine methods of
// Hyndman and Fan (Sample quantiles in statistical packages, The American
// Statistician 50, 1996). 1, 2 and 3 choose values of the sample or their
// middle; 4 to 9 interpolate, 7 as R and spreadsheets do. Reliability weights
// allow only 1 and 2.
func (s *Sample) Quantile(p number.Number, method int) (number.Number, error) {
	if method < 1 || method > 9 {
		return number.Number{}, domain("the quantile method %d is unknown; there are 1 to 9", method)
	}
	for _, end := range []int64{0, 1} {
		c, err := s.a.Cmp(p, number.Int(end))
		if err != nil {
			return number.Number{}, err
		}
		if end == 0 && c < 0 || end == 1 && c > 0 {
			e := domain("a quantile is taken at a number from 0 to 1")
			e.Hint = "write the 95th percentile as 0.95"
			return number.Number{}, e
		}
	}
	if _, err := s.order(); err != nil {
		return number.Number{}, err
	}
	if s.kind == Reliability && s.w != nil {
		if method > 2 {
			e := domain("quantile method %d is not defined for relative weights", method)
			e.Hint = "use method 1 or 2, or weights that count"
			return number.Number{}, e
		}
		return s.weightedQuantile(p, method)
	}
	h, err := s.position(p, method)
	if err != nil {
		return number.Number{}, err
	}
	j, err := s.a.Floor(h)
	if err != nil {
		return number.Number{}, err
	}
	g, err := s.a.Sub(h, j)
	if err != nil {
		return number.Number{}, err
	}
	if method <= 3 {
		if g, err = s.step(g, j, method); err != nil {
			return number.Number{}, err
		}
	}
	lo := s.at(j)
	if g.IsZero() {
		return lo, nil
	}
	next, err := s.a.Add(j, number.Int(1))
	if err != nil {
		return number.Number{}, err
	}
	d, err := s.a.Sub(s.at(next), lo)
	if err != nil {
		return number.Number{}, err
	}
	if d, err = s.a.Mul(d, g); err != nil {
		return number.Number{}, err
	}
	return s.a.Add(lo, d)
}

// position returns n*p + m, where the integer part chooses the value and the
// rest says how far to go to the next.
func (s *Sample) position(p number.Number, method int) (number.Number, error) {
	a := s.a
	h, err := a.Mul(s.n, p)
	if err != nil {
		return h, err
	}
	linear := func(k, c number.Number) (number.Number, error) { // h + k*p + c
		t, err := a.Mul(k, p)
		if err == nil {
			t, err = a.Add(t, c)
		}
		if err != nil {
			return t, err
		}
		return a.Add(h, t)
	}
	switch method {
	case 3:
		return linear(number.Int(0), number.Frac(-1, 2))
	case 5:
		return linear(number.Int(0), number.Frac(1, 2))
	case 6:
		return linear(number.Int(1), number.Int(0))
	case 7:
		return linear(number.Int(-1), number.Int(1))
	case 8:
		return linear(number.Frac(1, 3), number.Frac(1, 3))
	case 9:
		return linear(number.Frac(1, 4), number.Frac(3, 8))
	}
	return h, nil
}

// step returns how far the methods that do not interpolate go: at a jump of the
// distribution function 1 stays, 2 goes half way, 3 goes to the even place.
func (s *Sample) step(g, j number.Number, method int) (number.Number, error) {
	sign, err := s.a.Sign(g)
	if err != nil || sign != 0 {
		return number.Int(1), err
	}
	switch method {
	case 2:
		return number.Frac(1, 2), nil
	case 3:
		return s.a.Mod(j, number.Int(2))
	}
	return number.Int(0), nil
}

// at returns the value at the place j, counted from 1 with frequencies; places
// before the first and after the last are these.
func (s *Sample) at(j number.Number) number.Number {
	i := 0
	if s.w == nil {
		k, _ := j.Int64()
		i = int(max(k, 1)) - 1
	} else {
		i = sort.Search(s.size, func(i int) bool {
			c, _ := s.a.Cmp(s.upTo[i], j) // of integers: cannot fail
			return c >= 0
		})
	}
	return s.x.v[s.sorted[min(i, s.size-1)]]
}

// weightedQuantile returns the first value up to which there is at least the
// part p of all weight; with method 2, if there is just as much, the middle
// between it and the next.
func (s *Sample) weightedQuantile(p number.Number, method int) (number.Number, error) {
	t, err := s.a.Mul(s.n, p)
	if err != nil {
		return t, err
	}
	var failed error
	i, _ := slices.BinarySearchFunc(s.upTo, t, func(u, t number.Number) int {
		c, err := s.a.Cmp(u, t)
		if err != nil {
			failed = err
		}
		return c
	})
	if failed != nil {
		return t, failed
	}
	i = min(i, s.size-1)
	lo := s.x.v[s.sorted[i]]
	c, err := s.a.Cmp(s.upTo[i], t)
	if err != nil || c != 0 || method == 1 || i+1 == s.size {
		return lo, err
	}
	sum, err := s.a.Add(lo, s.x.v[s.sorted[i+1]])
	if err != nil {
		return sum, err
	}
	return s.a.Quo(sum, number.Int(2))
}

func (s *Sample) quartileRange() (number.Number, error) {
	lo, err := s.quartile(1)
	if err != nil {
		return lo, err
	}
	hi, err := s.quartile(3)
	if err != nil {
		return hi, err
	}
	return s.a.Sub(hi, lo)
}

// quartile returns the k-th quartile by the default method, or by method 2
// where only that is defined.
func (s *Sample) quartile(k int64) (number.Number, error) {
	method := DefaultMethod
	if s.w != nil && s.kind == Reliability {
		method = 2
	}
	return s.Quantile(number.Frac(k, 4), method)
}

// deviation returns the median of the distances from the median.
func (s *Sample) deviation() (number.Number, error) {
	m, err := s.Median()
	if err != nil {
		return m, err
	}
	d := Data{X: make([]number.Number, s.size), Kind: s.kind}
	for i, x := range s.x.v {
		if d.X[i], err = s.a.Sub(x, m); err != nil {
			return m, err
		}
		if d.X[i], err = s.a.Abs(d.X[i]); err != nil {
			return m, err
		}
	}
	if s.w != nil {
		d.Weights = s.w.v
	}
	t, err := New(s.a, d)
	if err != nil {
		return m, err
	}
	return t.Median()
}

package advise

import (
	"context"
	"slices"
	"time"
)

// Session costs queries with indexes that are not there.
type Session interface {
	// Create makes the planner believe in an index, and returns its size in bytes
	// and what Drop takes.
	Create(ctx context.Context, c *Candidate) (size int64, handle any, err error)
	// Drop takes it away.
	Drop(ctx context.Context, handle any) error
	// Cost returns the planner's cost of a query, by its number.
	Cost(ctx context.Context, query int) (float64, error)
}

// Limits bound what Choose chooses and how long it looks.
type Limits struct {
	Indexes  int     // the most to choose
	Bytes    int64   // of all of them together; 0: no bound
	MinGain  float64 // share of the cost of the queries on the table, such as 0.1
	Until    time.Time
	Progress func(done, total int)
}

// Choice is an index that pays.
type Choice struct {
	*Candidate
	Bytes int64
	// Gain is by how much the weighted cost fell when it was added, a share of
	// what the queries on its table cost before.
	Gain float64
	// Helps are the queries that became cheaper by it, by their number.
	Helps []int
}

// Result is what Choose found.
type Result struct {
	Choices []Choice
	Costs   []float64 // of the queries with all choices
	Tried   int       // costings of a candidate
	Late    bool      // the time was up before all were tried
	Large   int       // candidates left out because of Limits.Bytes
}

// narrow is the part of the best gain at which a smaller index is preferred.
const narrow = 0.95

// trial is a candidate that has been costed.
type trial struct {
	*Candidate
	bytes int64
	gain  float64 // weighted
	share float64
	costs map[int]float64
}

// Choose picks indexes one by one, each time the one that saves most, until
// none saves enough. costs are those of the queries as they are, and weights
// how often each is run.
func Choose(ctx context.Context, s Session, candidates []*Candidate, costs, weights []float64, l Limits) (Result, error) {
	r := Result{Costs: slices.Clone(costs)}
	left := slices.Clone(candidates)
	large := map[*Candidate]bool{}
	var bytes int64
	for len(r.Choices) < l.Indexes && len(left) > 0 {
		var trials []trial
		for i, c := range left {
			if !time.Now().Before(l.Until) {
				r.Late = true
				break
			}
			if l.Progress != nil {
				l.Progress(i, len(left))
			}
			t, err := try(ctx, s, c, r.Costs, weights)
			if err != nil {
				return r, err
			}
			r.Tried++
			if l.Bytes > 0 && bytes+t.bytes > l.Bytes {
				large[c] = t.share >= l.MinGain || large[c]
				continue
			}
			if t.share >= l.MinGain {
				trials = append(trials, t)
			}
		}
		best, ok := pick(trials)
		if !ok {
			if len(r.Choices) == 0 && len(large) == 0 && !r.Late {
				err := both(ctx, s, candidates, weights, l, &r)
				return r, err
			}
			break
		}
		// It stays while the others are tried, so that they are judged by what they
		// add to it.
		if _, _, err := s.Create(ctx, best.Candidate); err != nil {
			return r, err
		}
		choice := Choice{Candidate: best.Candidate, Bytes: best.bytes, Gain: best.share}
		for q, cost := range best.costs {
			if cost < r.Costs[q]*(1-l.MinGain) {
				choice.Helps = append(choice.Helps, q)
			}
			r.Costs[q] = cost
		}
		slices.Sort(choice.Helps)
		r.Choices = append(r.Choices, choice)
		bytes += best.bytes
		// What is not worth it alone is not worth it beside another.
		left = left[:0]
		for _, t := range trials {
			if t.Candidate != best.Candidate {
				left = append(left, t.Candidate)
			}
		}
		if r.Late {
			break
		}
	}
	for _, useful := range large {
		if useful {
			r.Large++
		}
	}
	r.Choices = slices.DeleteFunc(r.Choices, func(c Choice) bool { return prefixed(c, r.Choices) })
	return r, nil
}

// maxPairs bounds the pairs of indexes that are tried.
const maxPairs = 10

// both chooses two indexes for an OR, of which neither helps without the other.
func both(ctx context.Context, s Session, candidates []*Candidate, weights []float64, l Limits, r *Result) error {
	for i, a := range candidates {
		for _, b := range candidates[i+1:] {
			if !a.Either || !b.Either || a.Table != b.Table {
				continue
			}
			if r.Tried++; r.Late || l.Indexes < 2 || r.Tried > len(candidates)+maxPairs {
				return nil
			}
			size, handle, err := s.Create(ctx, a)
			if err != nil {
				return err
			}
			t, err := try(ctx, s, b, r.Costs, weights)
			if err != nil {
				return err
			}
			if t.share >= l.MinGain && (l.Bytes == 0 || size+t.bytes <= l.Bytes) {
				var helps []int
				for q, cost := range t.costs {
					if cost < r.Costs[q]*(1-l.MinGain) {
						helps = append(helps, q)
					}
					r.Costs[q] = cost
				}
				slices.Sort(helps)
				r.Choices = append(r.Choices, Choice{a, size, t.share, helps}, Choice{b, t.bytes, t.share, helps})
				return nil
			}
			if err := s.Drop(ctx, handle); err != nil {
				return err
			}
			r.Late = !time.Now().Before(l.Until)
		}
	}
	return nil
}

// try costs the queries of a candidate with it, and takes it away again.
func try(ctx context.Context, s Session, c *Candidate, costs, weights []float64) (trial, error) {
	size, handle, err := s.Create(ctx, c)
	if err != nil {
		return trial{}, err
	}
	t := trial{Candidate: c, bytes: size, costs: make(map[int]float64, len(c.Queries))}
	var before float64
	for _, q := range c.Queries {
		cost, err := s.Cost(ctx, q)
		if err != nil {
			return trial{}, err
		}
		t.costs[q] = cost
		before += costs[q] * weights[q]
		t.gain += (costs[q] - cost) * weights[q]
	}
	if before > 0 {
		t.share = t.gain / before
	}
	return t, s.Drop(ctx, handle)
}

// pick returns the trial that gains most: of those that gain nearly as much the
// one with the fewest columns, then the smallest.
func pick(trials []trial) (best trial, ok bool) {
	var most float64
	for _, t := range trials {
		most = max(most, t.gain)
	}
	for _, t := range trials {
		if t.gain <= 0 || t.gain < most*narrow {
			continue
		}
		if !ok || len(t.Columns) < len(best.Columns) || len(t.Columns) == len(best.Columns) && (t.bytes < best.bytes || t.bytes == best.bytes && t.gain > best.gain) {
			best, ok = t, true
		}
	}
	return best, ok
}

// prefixed reports whether a wider index among all makes c needless.
func prefixed(c Choice, all []Choice) bool {
	return slices.ContainsFunc(all, func(o Choice) bool {
		return o.Table == c.Table && len(o.Columns) > len(c.Columns) && slices.Equal(o.Columns[:len(c.Columns)], c.Columns)
	})
}

package calendar

import (
	"math/big"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Sum is the result of [Moment.Add].
type Sum struct {
	Moment
	// Moved says that the month reached did not have the day, which
	// EndOfMonth moved.
	Moved bool
	// Notes tell what happened at a change of clocks.
	Notes []string
}

// Add returns the moment that is d later: first years and months are added,
// with the rule for the end of the month, then weeks and days, on the local
// calendar and at the same local time, and at last hours, minutes and seconds,
// which are time that really passes.
func (m Moment) Add(d Duration, rule EndOfMonth) (Sum, error) {
	if abs(d.Years) > maxYear || abs(d.Months) > 12*maxYear || abs(d.Weeks) > 1_000_000 || abs(d.Days) > 4_000_000 {
		return Sum{}, outOfYears()
	}
	date, moved, err := m.AddMonths(12*d.Years+d.Months, rule)
	if err == nil {
		date, err = date.AddDays(d.days())
	}
	if err != nil {
		return Sum{}, err
	}
	s := Sum{Moment: m, Moved: moved}
	s.Date = date
	if m.Zone != nil && date != m.Date {
		var note string
		if s.Moment, note, err = s.inZone(m.Zone); err != nil {
			return Sum{}, err
		}
		if note != "" {
			s.Notes = append(s.Notes, note)
		}
	}
	c := d.clock()
	if c.Sign() == 0 {
		return s, nil
	}
	s.Moment, err = s.later(c)
	return s, err
}

func abs(n int64) int64 { return max(n, -n) }

// later returns the moment so many nanoseconds later.
func (m Moment) later(nanos *big.Int) (Moment, error) {
	t := m.since()
	s, n := new(big.Int).DivMod(t.Add(t, nanos), big.NewInt(1e9), new(big.Int))
	if !s.IsInt64() || abs(s.Int64()) > 400_000_000_000 {
		return Moment{}, outOfYears()
	}
	zone := m.Zone
	if zone == nil {
		zone = time.UTC
	}
	z, err := at(s.Int64(), time.Duration(n.Int64()), zone)
	z.Zone = m.Zone
	return z, err
}

// Difference is how far one moment is from another.
type Difference struct {
	// Days is the number of midnights passed, negative if the second moment
	// comes first.
	Days int64
	// Seconds is the time between them.
	Seconds number.Number
	// Parts are the years, months, days and so on that lead from the earlier
	// one to the later one, as Add with Clip adds them, negative if the second
	// comes first.
	Parts Duration
	// Notes tell which conventions were used.
	Notes []string
}

// Until returns the difference from m to n. Either both have a zone or none.
func (m Moment) Until(n Moment) (Difference, error) {
	if (m.Zone == nil) != (n.Zone == nil) {
		e := &number.Error{Kind: number.Ambiguous, Message: "one of the moments has a zone and the other has none",
			Hint: "send zone for the one without"}
		return Difference{}, e
	}
	var diff Difference
	if m.Zone != nil && m.ZoneName() != n.ZoneName() {
		var err error
		if n, err = n.In(m.Zone); err != nil {
			return Difference{}, err
		}
		diff.Notes = append(diff.Notes, "years, months and days are counted on the calendar of the first moment's zone")
	}
	elapsed := new(big.Int).Sub(n.since(), m.since())
	diff.Days = m.DaysUntil(n.Date)
	diff.Seconds = number.FromRat(new(big.Rat).SetFrac(elapsed, big.NewInt(1e9)))
	first, last := m, n
	if elapsed.Sign() < 0 {
		first, last = n, m
		diff.Notes = append(diff.Notes, "the end is before the date: the difference is negative")
	}
	var err error
	if diff.Parts, err = between(first, last); err != nil {
		return Difference{}, err
	}
	if elapsed.Sign() < 0 {
		diff.Parts = diff.Parts.Neg()
	}
	return diff, nil
}

// between returns the most months, then the most days, that do not lead from
// first beyond last, and the time that is left.
func between(first, last Moment) (Duration, error) {
	var d Duration
	fits := func(e Duration) bool {
		s, err := first.Add(e, Clip)
		return err == nil && s.since().Cmp(last.since()) <= 0
	}
	months := int64(last.Year-first.Year)*12 + int64(last.Month) - int64(first.Month)
	for months > 0 && !fits(Duration{Months: months}) {
		months--
	}
	d.Months = months
	s, err := first.Add(d, Clip)
	if err != nil {
		return Duration{}, err
	}
	d.Days = s.DaysUntil(last.Date)
	for d.Days > 0 && !fits(d) {
		d.Days--
	}
	if s, err = first.Add(d, Clip); err != nil {
		return Duration{}, err
	}
	rest := new(big.Int).Sub(last.since(), s.since())
	sec, n := new(big.Int).QuoRem(rest, big.NewInt(1e9), new(big.Int))
	d.Seconds, d.Nanos = sec.Int64(), n.Int64()
	return d.Balanced(), nil
}

package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Workdays tells which days are business days.
type Workdays struct {
	free     [7]bool
	holidays map[Date]bool
}

// maxHolidays bounds the holidays.
const maxHolidays = 1000

// NewWorkdays returns the days that are neither in the weekend nor holidays. The
// weekend is a list of days such as "fri,sat"; "" is Saturday and Sunday, "none"
// no day.
func NewWorkdays(weekend string, holidays []Date) (*Workdays, error) {
	if len(holidays) > maxHolidays {
		return nil, wrong("%d holidays; send at most %d", len(holidays), maxHolidays)
	}
	w := &Workdays{holidays: make(map[Date]bool, len(holidays))}
	for _, d := range holidays {
		w.holidays[d] = true
	}
	switch strings.ToLower(strings.TrimSpace(weekend)) {
	case "":
		w.free[time.Saturday], w.free[time.Sunday] = true, true
		return w, nil
	case "none":
		return w, nil
	}
	count := 0
	for _, name := range strings.FieldsFunc(weekend, func(r rune) bool { return r == ',' || r == ' ' || r == '-' || r == '_' }) {
		d, ok := weekday(name)
		if !ok {
			e := unreadable("%.40q is no day of the week", name)
			e.Hint = `the weekend is a list such as "fri,sat", or "none"`
			return nil, e
		}
		if !w.free[d] {
			w.free[d] = true
			count++
		}
	}
	if count == 7 {
		return nil, wrong("the weekend has all seven days")
	}
	return w, nil
}

// weekday reads the name of a day or its first letters, at least two.
func weekday(name string) (time.Weekday, bool) {
	name = strings.ToLower(name)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if len(name) >= 2 && strings.HasPrefix(strings.ToLower(d.String()), name) {
			return d, true
		}
	}
	return 0, false
}

// Weekend writes the days off of each week.
func (w *Workdays) Weekend() string {
	var days []string
	for i := 1; i <= 7; i++ {
		if w.free[i%7] {
			days = append(days, time.Weekday(i%7).String())
		}
	}
	switch len(days) {
	case 0:
		return "no day"
	case 1:
		return days[0]
	}
	return fmt.Sprintf("%s and %s", strings.Join(days[:len(days)-1], ", "), days[len(days)-1])
}

// Is reports whether d is a business day.
func (w *Workdays) Is(d Date) bool { return !w.free[d.Weekday()] && !w.holidays[d] }

// Count returns the number of business days from first to last, both included;
// it is negative if last is before first.
func (w *Workdays) Count(first, last Date) int64 {
	if last.Compare(first) < 0 {
		return -w.Count(last, first)
	}
	days := first.DaysUntil(last) + 1
	n, week := int64(0), int64(0)
	for i, free := range w.free {
		if free {
			continue
		}
		week++
		// The days beyond whole weeks.
		if int64((i-int(first.Weekday())+7)%7) < days%7 {
			n++
		}
	}
	n += days / 7 * week
	for d := range w.holidays {
		if !w.free[d.Weekday()] && d.Compare(first) >= 0 && d.Compare(last) <= 0 {
			n--
		}
	}
	return n
}

// Add returns the n-th business day after d, or before it for a negative n; for
// 0 it is d, which need not be one.
func (w *Workdays) Add(d Date, n int64) (Date, error) {
	step := int64(1)
	if n < 0 {
		n, step = -n, -1
	}
	if n > 4_000_000 {
		return Date{}, outOfYears()
	}
	day, number := int(d.Weekday()), d.number()
	for n > 0 {
		// Whole weeks at once, as a day at a time would be millions; the last
		// step is a day, so that it ends on a business day.
		if weeks := (n - 1) / w.week(); weeks > 0 {
			to := number + 7*step*weeks
			n -= weeks*w.week() - w.holidaysBetween(number, to)
			number = to
			continue
		}
		number += step
		day = (day + int(step) + 7) % 7
		if w.free[day] {
			continue
		}
		e, err := dateOf(number)
		if err != nil {
			return Date{}, err
		}
		if !w.holidays[e] {
			n--
		}
	}
	return dateOf(number)
}

// week returns the number of business days of a week without holidays.
func (w *Workdays) week() int64 {
	n := int64(0)
	for _, free := range w.free {
		if !free {
			n++
		}
	}
	return n
}

// holidaysBetween counts the holidays after the day from up to the day to, or
// before from down to to, that would be business days.
func (w *Workdays) holidaysBetween(from, to int64) int64 {
	n := int64(0)
	for d := range w.holidays {
		i := d.number()
		if !w.free[d.Weekday()] && (from < i && i <= to || to <= i && i < from) {
			n++
		}
	}
	return n
}

// Package calendar computes with dates, times and durations.
//
// The guarantee to know: each convention that an answer depends on is said in
// its notes, and an input that people read in two ways is refused with both
// readings. The calendar is the Gregorian one, also before it was introduced,
// for the years 1 to 9999; a day without a zone has 86,400 seconds and leap
// seconds are not counted. The clock is read only by the words "today" and
// "now".
//
// Start at [Reader.Moment] and [ParseDuration]; an error is a [*number.Error].
package calendar

import (
	"fmt"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Date is a day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String writes the date as in 2024-02-29.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// The years that dates may have.
const (
	minYear = 1
	maxYear = 9999
)

// newDate returns the date, or an error if there is none.
func newDate(year, month, day int) (Date, error) {
	if year < minYear || year > maxYear {
		return Date{}, outOfYears()
	}
	if month < 1 || month > 12 {
		return Date{}, wrong("there is no month %d", month)
	}
	d := Date{year, time.Month(month), day}
	if n := d.DaysInMonth(); day < 1 || day > n {
		return Date{}, wrong("there is no day %d in %s %d; it has %d days", day, d.Month, year, n)
	}
	return d, nil
}

func outOfYears() error {
	return &number.Error{Kind: number.Limit, Message: fmt.Sprintf("dates are of the years %d to %d", minYear, maxYear)}
}

func wrong(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Domain, Message: fmt.Sprintf(format, args...)}
}

func unreadable(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Syntax, Message: fmt.Sprintf(format, args...)}
}

// IsLeap reports whether the year has a 29th of February.
func IsLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Proleptic reports whether d is before 1582-10-15, the first day on which the
// Gregorian calendar was in use.
func (d Date) Proleptic() bool { return d.Compare(Date{1582, time.October, 15}) < 0 }

// DaysInMonth returns the length of the month of d.
func (d Date) DaysInMonth() int {
	switch d.Month {
	case time.February:
		if IsLeap(d.Year) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

// number counts the days from the first of January of the year 1, which is 0
// and a Monday. The year begins in March here, so that the leap day is its last.
func (d Date) number() int64 {
	y, m := int64(d.Year), int64(d.Month)-3
	if m < 0 {
		m += 12
		y--
	}
	return 365*y + y/4 - y/100 + y/400 + (153*m+2)/5 + int64(d.Day) - 307
}

// dateOf returns the date of a number of days.
func dateOf(n int64) (Date, error) {
	if n < 0 || n > (Date{maxYear, time.December, 31}).number() {
		return Date{}, outOfYears()
	}
	// Four hundred years have 146,097 days; the year that contains a day of
	// them follows from the lengths of 4, 100 and 400 years.
	n += 306
	era, day := n/146097, n%146097
	y := (day - day/1460 + day/36524 - day/146096) / 365
	rest := day - (365*y + y/4 - y/100)
	m := (5*rest + 2) / 153
	d := Date{int(era*400 + y), time.Month(m + 3), int(rest-(153*m+2)/5) + 1}
	if d.Month > 12 {
		d.Month -= 12
		d.Year++
	}
	return d, nil
}

// AddDays returns the date n days later.
func (d Date) AddDays(n int64) (Date, error) {
	if n > 4_000_000 || n < -4_000_000 {
		return Date{}, outOfYears()
	}
	return dateOf(d.number() + n)
}

// DaysUntil returns the number of days from d to e.
func (d Date) DaysUntil(e Date) int64 { return e.number() - d.number() }

// Compare returns -1, 0 or 1 as d is before, equal to or after e.
func (d Date) Compare(e Date) int {
	switch n := e.DaysUntil(d); {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday((d.number() + 1) % 7) }

// YearDay returns 1 for the first of January.
func (d Date) YearDay() int { return int(Date{d.Year, time.January, 1}.DaysUntil(d)) + 1 }

// ISOWeek returns the week by ISO 8601 and the year that it belongs to: week 1
// is the one with the first Thursday of the year.
func (d Date) ISOWeek() (year, week int) {
	n := d.number()
	// The Thursdays of the first and the last week are within the years.
	e, _ := dateOf(n - n%7 + 3)
	return e.Year, (e.YearDay()-1)/7 + 1
}

// EndOfMonth says what becomes of a day that the month reached does not have,
// as in 31 January plus one month.
type EndOfMonth string

// The rules for the end of the month. The zero value is Clip.
const (
	Clip     EndOfMonth = "clip"     // the last day of the month
	Overflow EndOfMonth = "overflow" // so many days into the next month
	Refuse   EndOfMonth = "error"    // an error
)

// AddMonths returns the date n months later, and whether its day had to be
// moved.
func (d Date) AddMonths(n int64, rule EndOfMonth) (e Date, moved bool, err error) {
	if n > 12*maxYear || n < -12*maxYear {
		return Date{}, false, outOfYears()
	}
	m := int64(d.Year)*12 + int64(d.Month) - 1 + n
	e = Date{int(m / 12), time.Month(m%12 + 1), 1}
	if m < 12*minYear || e.Year > maxYear {
		return Date{}, false, outOfYears()
	}
	over := d.Day - e.DaysInMonth()
	if over <= 0 {
		e.Day = d.Day
		return e, false, nil
	}
	e.Day = e.DaysInMonth()
	switch rule {
	case Refuse:
		return Date{}, false, wrong("%s %d has no day %d", e.Month, e.Year, d.Day)
	case Overflow:
		e, err = e.AddDays(int64(over))
	}
	return e, true, err
}

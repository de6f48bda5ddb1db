package calendar

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

var (
	yearFirst    = regexp.MustCompile(`^(\d{4})([-/.])(\d{1,2})([-/.])(\d{1,2})$`)
	basicDate    = regexp.MustCompile(`^(\d{4})(\d\d)(\d\d)$`)
	ordinalDate  = regexp.MustCompile(`^(\d{4})-(\d{3})$`)
	weekDate     = regexp.MustCompile(`^(\d{4})-?[Ww](\d\d)-?([1-7])$`)
	yearLast     = regexp.MustCompile(`^(\d{1,2})([-/.])(\d{1,2})([-/.])(\d{4})$`)
	shortYear    = regexp.MustCompile(`^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$`)
	monthOfYear  = regexp.MustCompile(`^\d{4}-\d\d$|^\d{4}$|^\d{4}-?[Ww]\d\d$`)
	dayOrdinal   = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)$`)
	onlyDigits   = regexp.MustCompile(`^\d{1,4}$`)
	dateSplitter = regexp.MustCompile(`[\s,./-]+`)
)

// date reads a date.
func (r *Reader) date(s string) (Date, error) {
	if m := yearFirst.FindStringSubmatch(s); m != nil && m[2] == m[4] {
		return newDate(atoi(m[1]), atoi(m[3]), atoi(m[5]))
	}
	if m := basicDate.FindStringSubmatch(s); m != nil {
		return newDate(atoi(m[1]), atoi(m[2]), atoi(m[3]))
	}
	if m := ordinalDate.FindStringSubmatch(s); m != nil {
		return ordinal(atoi(m[1]), atoi(m[2]))
	}
	if m := weekDate.FindStringSubmatch(s); m != nil {
		return FromISOWeek(atoi(m[1]), atoi(m[2]), atoi(m[3]))
	}
	if m := yearLast.FindStringSubmatch(s); m != nil && m[2] == m[4] {
		return r.yearLast(s, atoi(m[1]), atoi(m[3]), atoi(m[5]))
	}
	switch {
	case shortYear.MatchString(s):
		e := &number.Error{Kind: number.Ambiguous, Message: fmt.Sprintf("%q has a year of two digits and no clear order", s),
			Hint: "write year-month-day, as in 2024-01-31"}
		return Date{}, e
	case monthOfYear.MatchString(s):
		e := notDate(s)
		e.Message = fmt.Sprintf("%q has no day", s)
		return Date{}, e
	}
	return r.named(s)
}

// atoi returns the value of a few digits.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func notDate(s string) *number.Error {
	e := unreadable("%q is no date", s)
	e.Hint = "write 2024-01-31, 2024-01-31T10:30:00+01:00, 31 January 2024 or today"
	return e
}

// ordinal returns the day of that number of a year.
func ordinal(year, day int) (Date, error) {
	first, err := newDate(year, 1, 1)
	if err != nil {
		return Date{}, err
	}
	d, err := first.AddDays(int64(day) - 1)
	if err != nil || d.Year != year {
		return Date{}, wrong("the year %d has no day %d", year, day)
	}
	return d, nil
}

// FromISOWeek returns a day, 1 for Monday, of a week by ISO 8601.
func FromISOWeek(year, week, day int) (Date, error) {
	fourth, err := newDate(year, 1, 4)
	if err != nil {
		return Date{}, err
	}
	// The 4th of January is always in week 1.
	monday := fourth.number() - fourth.number()%7
	d, err := dateOf(monday + int64(week-1)*7 + int64(day-1))
	if err != nil {
		return Date{}, err
	}
	if y, w := d.ISOWeek(); y != year || w != week {
		return Date{}, wrong("the year %d has no week %d", year, week)
	}
	return d, nil
}

// yearLast reads day/month/year or month/day/year where only one of them can be
// meant.
func (r *Reader) yearLast(s string, a, b, year int) (Date, error) {
	monthFirst, errM := newDate(year, a, b)
	dayFirst, errD := newDate(year, b, a)
	switch {
	case errM != nil && errD != nil:
		return Date{}, wrong("%q is no date in either order of day and month", s)
	case errM == nil && errD == nil && monthFirst != dayFirst:
		return Date{}, &number.Error{Kind: number.Ambiguous,
			Message: fmt.Sprintf("%q can be read in two ways: %s, month first, or %s, day first", s, monthFirst, dayFirst),
			Hint:    "write year-month-day", Suggestions: []string{monthFirst.String(), dayFirst.String()}}
	case errM == nil:
		r.note("%s is read as %s: the other order of day and month is no other date", s, monthFirst)
		return monthFirst, nil
	}
	r.note("%s is read as %s: the other order of day and month is no date", s, dayFirst)
	return dayFirst, nil
}

// named reads a date with the name of its month, in any order of day and year,
// and checks a name of the weekday.
func (r *Reader) named(s string) (Date, error) {
	var year, day int
	var month time.Month
	var name string
	for _, w := range dateSplitter.Split(strings.ToLower(strings.Trim(s, " ,")), -1) {
		if m := dayOrdinal.FindStringSubmatch(w); m != nil {
			w = m[1]
		}
		m, isMonth := monthOf(w)
		_, isDay := weekday(w)
		switch {
		case isMonth && month == 0:
			month = m
		case isDay && len(w) >= 3 && name == "":
			name = w
		case onlyDigits.MatchString(w) && len(w) <= 2 && day == 0:
			day = atoi(w)
		case onlyDigits.MatchString(w) && len(w) == 4 && year == 0:
			year = atoi(w)
		case w == "of" || w == "the":
		default:
			return Date{}, notDate(s)
		}
	}
	if year == 0 || month == 0 || day == 0 {
		return Date{}, notDate(s)
	}
	d, err := newDate(year, int(month), day)
	if err != nil {
		return Date{}, err
	}
	if w, ok := weekday(name); ok && w != d.Weekday() {
		return Date{}, wrong("%s is a %s, not a %s", d, d.Weekday(), w)
	}
	return d, nil
}

// monthOf reads the name of a month, or its first letters, at least three.
func monthOf(name string) (time.Month, bool) {
	if name == "sept" {
		return time.September, true
	}
	for m := time.January; m <= time.December; m++ {
		if full := strings.ToLower(m.String()); name == full || len(name) == 3 && strings.HasPrefix(full, name) {
			return m, true
		}
	}
	return 0, false
}

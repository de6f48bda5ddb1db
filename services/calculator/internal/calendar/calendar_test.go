package calendar

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

func day(t *testing.T, s string) Date {
	t.Helper()
	d, err := new(Reader).Date(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func moment(t *testing.T, s string) Moment {
	t.Helper()
	m, err := new(Reader).Moment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func duration(t *testing.T, s string) Duration {
	t.Helper()
	d, err := ParseDuration(s, "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func refused(t *testing.T, what string, err error, kind number.ErrorKind, part string) {
	t.Helper()
	var e *number.Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Message, part) {
		t.Errorf("%s: error %v, want %s with %q", what, err, kind, part)
	}
}

// Every day of all years agrees with the time package.
func TestDatesAgainstTime(t *testing.T) {
	want := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	last := Date{maxYear, 12, 31}
	for n := int64(0); ; n++ {
		d, err := dateOf(n)
		if err != nil {
			t.Fatal(err)
		}
		y, m, dd := want.Date()
		wy, ww := want.ISOWeek()
		gy, gw := d.ISOWeek()
		if d != (Date{y, m, dd}) || d.number() != n || d.Weekday() != want.Weekday() || d.YearDay() != want.YearDay() || gy != wy || gw != ww {
			t.Fatalf("day %d is %s %s, week %d of %d, day %d; want %s", n, d, d.Weekday(), gw, gy, d.YearDay(), want)
		}
		if d == last {
			break
		}
		want = want.AddDate(0, 0, 1)
	}
	if _, err := dateOf(last.number() + 1); err == nil {
		t.Error("there is a year 10000")
	}
	if _, err := dateOf(-1); err == nil {
		t.Error("there is a year 0")
	}
}

// Adding months with Overflow is what time.AddDate does.
func TestMonthsAgainstTime(t *testing.T) {
	for d := day(t, "1999-12-25"); d != day(t, "2001-03-05"); d, _ = d.AddDays(1) {
		for n := -30; n <= 30; n++ {
			got, _, err := d.AddMonths(int64(n), Overflow)
			want := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).AddDate(0, n, 0)
			if err != nil || got.String() != want.Format(time.DateOnly) {
				t.Fatalf("%s + %d months = %s %v, want %s", d, n, got, err, want)
			}
		}
	}
}

func TestEndOfMonth(t *testing.T) {
	for _, tt := range []struct {
		date   string
		months int64
		rule   EndOfMonth
		want   string
		moved  bool
	}{
		{"2024-01-31", 1, Clip, "2024-02-29", true}, {"2023-01-31", 1, Clip, "2023-02-28", true}, {"2024-01-31", 1, Overflow, "2024-03-02", true},
		{"2024-01-29", 1, Clip, "2024-02-29", false}, {"2024-03-31", -1, "", "2024-02-29", true}, {"2024-02-29", 12, Clip, "2025-02-28", true},
		{"2024-02-29", -12 * 4, Clip, "2020-02-29", false}, {"2024-12-31", 2, Overflow, "2025-03-03", true},
	} {
		got, moved, err := day(t, tt.date).AddMonths(tt.months, tt.rule)
		if err != nil || got.String() != tt.want || moved != tt.moved {
			t.Errorf("%s + %d months (%s) = %s %t %v, want %s", tt.date, tt.months, tt.rule, got, moved, err, tt.want)
		}
	}
	_, _, err := day(t, "2024-01-31").AddMonths(1, Refuse)
	refused(t, "error", err, number.Domain, "February 2024 has no day 31")
	for _, n := range []int64{12 * 8000, -12 * 2024, 1 << 40} {
		_, _, err = day(t, "2024-01-31").AddMonths(n, Clip)
		refused(t, "too far", err, number.Limit, "years 1 to 9999")
	}
	if d, _, err := day(t, "2024-01-31").AddMonths(-12*2023, Clip); err != nil || d.String() != "0001-01-31" {
		t.Errorf("%s %v", d, err)
	}
}

func TestISOWeeks(t *testing.T) { // The edges that ISO 8601 and its readers give as examples.
	for _, tt := range []struct {
		date       string
		year, week int
	}{
		{"2005-01-01", 2004, 53}, {"2005-01-02", 2004, 53}, {"2005-12-31", 2005, 52}, {"2007-01-01", 2007, 1}, {"2008-12-28", 2008, 52},
		{"2008-12-29", 2009, 1}, {"2009-12-31", 2009, 53}, {"2010-01-03", 2009, 53}, {"2020-12-31", 2020, 53}, {"2024-12-30", 2025, 1}, {"9999-12-31", 9999, 52},
	} {
		if y, w := day(t, tt.date).ISOWeek(); y != tt.year || w != tt.week {
			t.Errorf("%s is in week %d of %d, want %d of %d", tt.date, w, y, tt.week, tt.year)
		}
	}
}

func TestReadDates(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"2024-02-29", "2024-02-29"}, {"20240229", "2024-02-29"}, {"2024/2/9", "2024-02-09"}, {"2024-060", "2024-02-29"}, {"2024-W09-4", "2024-02-29"},
		{"2024W094", "2024-02-29"}, {"2009-W53-7", "2010-01-03"}, {"0001-01-01", "0001-01-01"}, {"9999-12-31", "9999-12-31"},
		{"31 January 2024", "2024-01-31"}, {"Jan 31, 2024", "2024-01-31"}, {"31-Jan-2024", "2024-01-31"}, {"Wednesday, 31st of January 2024", "2024-01-31"},
		{"May 5 2024", "2024-05-05"}, {"13/04/2024", "2024-04-13"}, {"04/13/2024", "2024-04-13"}, {"5.5.2024", "2024-05-05"},
		{"2024-01-31T10:30", "2024-01-31T10:30:00"}, {"2024-01-31 10:30:05.250", "2024-01-31T10:30:05.25"}, {"2024-01-31T10:30:00Z", "2024-01-31T10:30:00Z"},
		{"2024-01-31T10:30:00+05:30", "2024-01-31T10:30:00+05:30"}, {"20240131T103000-0800", "2024-01-31T10:30:00-08:00"}, {"20240131T1030Z", "2024-01-31T10:30:00Z"},
		{"2024-01-31 10:30 Europe/Berlin", "2024-01-31T10:30:00+01:00"}, {"2024-07-31T10:30:00[Europe/Berlin]", "2024-07-31T10:30:00+02:00"},
		{"2024-07-31T10:30:00+02:00[Europe/Berlin]", "2024-07-31T10:30:00+02:00"}, {"Jan 31, 2024 10:30 pm", "2024-01-31T22:30:00"}, {"2024-01-31 12:00am", "2024-01-31T00:00:00"},
		{"2024-12-31T24:00", "2025-01-01T00:00:00"}, {"@0", "1970-01-01T00:00:00Z"}, {"@-1", "1969-12-31T23:59:59Z"}, {"@1709210096", "2024-02-29T12:34:56Z"},
	} {
		if got, err := new(Reader).Moment(tt.in); err != nil || got.String() != tt.want {
			t.Errorf("%q is %s %v, want %s", tt.in, got, err, tt.want)
		}
	}
	for _, tt := range []struct {
		in   string
		kind number.ErrorKind
		part string
	}{
		{"03/04/2024", number.Ambiguous, "2024-03-04, month first, or 2024-04-03, day first"}, {"03/04/24", number.Ambiguous, "two digits"},
		{"31/31/2024", number.Domain, "either order"}, {"2023-02-29", number.Domain, "no day 29 in February 2023; it has 28"}, {"2024-13-01", number.Domain, "no month 13"},
		{"2023-366", number.Domain, "no day 366"}, {"2024-W53-1", number.Domain, "no week 53"}, {"2024-01", number.Syntax, "has no day"}, {"tomorrow", number.Syntax, "is no date"},
		{"", number.Syntax, "is no date"}, {"0000-01-01", number.Limit, "years 1 to 9999"}, {"2024-01-31T25:00", number.Domain, "no time of day"},
		{"2016-12-31T23:59:60Z", number.Domain, "leap seconds"}, {"2024-01-31T10:30:00+01:00[America/New_York]", number.Domain, "not the offset of America/New_York"},
		{"2024-01-31 10:30 Europe/Atlantis", number.UnknownName, "Europe/Atlantis"}, {"Thursday 31 January 2024", number.Domain, "is a Wednesday, not a Thursday"},
		{"@1709210096000", number.Limit, "years 1 to 9999"}, {"2024-01-31 13:00 pm", number.Domain, "no 13 o'clock"}, {strings.Repeat("1", 300), number.Syntax, "300 bytes"},
		{"May 2024 31 January", number.Syntax, "is no date"}, {"2024-12/31", number.Syntax, "is no date"},
	} {
		_, err := new(Reader).Moment(tt.in)
		refused(t, tt.in, err, tt.kind, tt.part)
	}
	_, err := new(Reader).Date("2024-01-31T10:30")
	refused(t, "date", err, number.Syntax, "time of day")
}

func TestReadsClockOnlyWhenAsked(t *testing.T) {
	r := Reader{Now: func() time.Time { return time.Date(2024, 2, 29, 23, 30, 15, 5, time.UTC) }}
	var err error
	if r.Zone, err = Zone("Asia/Tokyo"); err != nil {
		t.Fatal(err)
	}
	m, err := r.Moment("today")
	if err != nil || m.String() != "2024-03-01" || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "2024-03-01T08:30:15+09:00 in Asia/Tokyo") {
		t.Errorf("today is %s, %q %v", m, r.Notes, err)
	}
	r.Zone = nil
	if m, err = r.Moment("NOW"); err != nil || m.String() != "2024-02-29T23:30:15Z" {
		t.Errorf("now is %s %v", m, err)
	}
}

func TestZones(t *testing.T) {
	for _, tt := range []struct{ name, want string }{{"utc", "UTC"}, {"Z", "UTC"}, {"+05:30", "+05:30"}, {"UTC-3", "-03:00"}, {"-0800", "-08:00"}, {"+0", "UTC"}, {"Europe/Berlin", "Europe/Berlin"}} {
		if z, err := Zone(tt.name); err != nil || z.String() != tt.want {
			t.Errorf("zone %q is %v %v", tt.name, z, err)
		}
	}
	for _, name := range []string{"", "Local", "../etc/passwd", "/etc/localtime", "IST", "+19:00", "+05:61"} {
		if z, err := Zone(name); err == nil {
			t.Errorf("zone %q is %v", name, z)
		}
	}
}

// The changes of clocks of 2024: New York and Berlin by an hour, Lord Howe
// Island by half an hour.
func TestLocalTimes(t *testing.T) {
	for _, tt := range []struct{ in, want, note string }{
		{"2024-03-10 01:59:59 America/New_York", "2024-03-10T01:59:59-05:00", ""},
		{"2024-03-10 02:30 America/New_York", "2024-03-10T03:30:00-04:00", "does not exist"},
		{"2024-03-10 03:00 America/New_York", "2024-03-10T03:00:00-04:00", ""},
		{"2024-11-03 00:59 America/New_York", "2024-11-03T00:59:00-04:00", ""},
		{"2024-11-03 01:30 America/New_York", "2024-11-03T01:30:00-04:00", "happens twice"},
		{"2024-11-03 01:30-05:00[America/New_York]", "2024-11-03T01:30:00-05:00", ""},
		{"2024-11-03 02:00 America/New_York", "2024-11-03T02:00:00-05:00", ""},
		{"2024-03-31 02:30 Europe/Berlin", "2024-03-31T03:30:00+02:00", "does not exist"},
		{"2024-10-27 02:30 Europe/Berlin", "2024-10-27T02:30:00+02:00", "not 2024-10-27T02:30:00+01:00"},
		{"2024-04-07 01:45 Australia/Lord_Howe", "2024-04-07T01:45:00+11:00", "happens twice"},
		{"2024-10-06 02:15 Australia/Lord_Howe", "2024-10-06T02:45:00+11:00", "does not exist"},
		{"2011-12-30 12:00 Pacific/Apia", "2011-12-31T12:00:00+14:00", "does not exist"},
		{"1890-01-01 00:00 Europe/Berlin", "1890-01-01T00:00:00+00:53:28", ""},
	} {
		var r Reader
		m, err := r.Moment(tt.in)
		if err != nil || m.String() != tt.want || (len(r.Notes) > 0) != (tt.note != "") || !strings.Contains(strings.Join(r.Notes, " "), tt.note) {
			t.Errorf("%s is %s %q %v, want %s", tt.in, m, r.Notes, err, tt.want)
		}
	}
}

func TestConvert(t *testing.T) {
	for _, tt := range []struct{ in, zone, want string }{
		{"2024-02-29T12:00:00Z", "Asia/Kolkata", "2024-02-29T17:30:00+05:30"},
		{"2024-07-01 09:00 America/New_York", "Europe/London", "2024-07-01T14:00:00+01:00"},
		{"2024-03-20 09:00 America/New_York", "Europe/London", "2024-03-20T13:00:00+00:00"}, // two weeks with another distance
		{"2024-01-01T00:30:00+01:00", "UTC", "2023-12-31T23:30:00Z"},
	} {
		z, err := Zone(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := moment(t, tt.in).In(z); err != nil || got.String() != tt.want {
			t.Errorf("%s in %s is %s %v, want %s", tt.in, tt.zone, got, err, tt.want)
		}
	}
	z, _ := Zone("+14:00")
	_, err := moment(t, "9999-12-31T23:00:00Z").In(z)
	refused(t, "the end of time", err, number.Limit, "9999")
	if name, daylight := moment(t, "2024-07-01 09:00 Europe/Berlin").Abbreviation(); name != "CEST" || !daylight {
		t.Errorf("%s %t", name, daylight)
	}
}

func TestAdd(t *testing.T) {
	for _, tt := range []struct{ in, amount, want string }{
		{"2024-01-31", "P1M", "2024-02-29"}, {"2024-01-31", "P1M1D", "2024-03-01"}, {"2024-02-29", "-P1Y", "2023-02-28"}, {"2024-01-01", "P2W", "2024-01-15"},
		{"2024-01-01", "PT36H", "2024-01-02T12:00:00"}, {"2024-01-01T23:59:59.5", "PT0.5S", "2024-01-02T00:00:00"},
		{"2024-03-09 12:00 America/New_York", "P1D", "2024-03-10T12:00:00-04:00"}, {"2024-03-09 12:00 America/New_York", "PT24H", "2024-03-10T13:00:00-04:00"},
		{"2024-03-09 02:30 America/New_York", "P1D", "2024-03-10T03:30:00-04:00"}, {"2024-11-02 01:30 America/New_York", "P1D", "2024-11-03T01:30:00-04:00"},
		{"2024-11-03 01:30 America/New_York", "PT1H", "2024-11-03T01:30:00-05:00"}, {"2024-11-03 01:30-05:00[America/New_York]", "-PT1H", "2024-11-03T01:30:00-04:00"},
		{"1999-12-31", "9999 days", "2027-05-17"},
	} {
		if got, err := moment(t, tt.in).Add(duration(t, tt.amount), Clip); err != nil || got.String() != tt.want {
			t.Errorf("%s + %s = %s %v, want %s", tt.in, tt.amount, got, err, tt.want)
		}
	}
	for _, amount := range []string{"P8000Y", "-P9999999D", "PT999999999999H", "P100000M", "P10000000W"} {
		_, err := moment(t, "2024-01-31").Add(duration(t, amount), Clip)
		refused(t, amount, err, number.Limit, "years 1 to 9999")
	}
}

func TestUntil(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		days     int64
		parts    string
		seconds  string
	}{
		{"2024-01-31", "2024-03-01", 30, "P1M1D", "2592000"}, {"2023-12-25", "2024-12-25", 366, "P1Y", "31622400"}, {"2024-03-01", "2024-01-31", -30, "-P1M1D", "-2592000"},
		{"2024-02-29", "2025-02-28", 365, "P1Y", "31536000"}, {"2024-01-31", "2024-02-29", 29, "P1M", "2505600"}, {"2024-01-31", "2024-01-31", 0, "PT0S", "0"},
		{"0001-01-01", "9999-12-31", 3652058, "P9998Y11M30D", "315537811200"}, {"2024-01-01T10:00", "2024-01-02T09:30:00.5", 1, "PT23H30M0.5S", "169201/2"},
		{"2024-03-09 12:00 America/New_York", "2024-03-10 12:00 America/New_York", 1, "P1D", "82800"},
		{"2024-03-10T12:00:00Z", "2024-03-10 12:00 America/New_York", 0, "PT4H", "14400"},
		{"2024-11-03 01:30-04:00[America/New_York]", "2024-11-03 01:30-05:00[America/New_York]", 0, "PT1H", "3600"},
	} {
		d, err := moment(t, tt.from).Until(moment(t, tt.to))
		if err != nil || d.Days != tt.days || d.Parts.String() != tt.parts || d.Seconds.Rat().RatString() != tt.seconds {
			t.Errorf("%s to %s: %d days, %s, %v s %v; want %d, %s, %s", tt.from, tt.to, d.Days, d.Parts, d.Seconds.Rat(), err, tt.days, tt.parts, tt.seconds)
		}
	}
	_, err := moment(t, "2024-01-01T10:00").Until(moment(t, "2024-01-01T10:00Z"))
	refused(t, "zones", err, number.Ambiguous, "has a zone")
}

func TestParseDuration(t *testing.T) {
	for _, tt := range []struct{ in, unit, want string }{
		{"P1Y2M10DT2H30M", "", "P1Y2M10DT2H30M"}, {"p3w", "", "P3W"}, {"-PT0.5S", "", "-PT0.5S"}, {"PT1.5H", "", "PT1H30M"}, {"PT36H", "", "PT36H"}, {"P0D", "", "PT0S"},
		{"PT0,25M", "", "PT15S"}, {"3 months", "", "P3M"}, {"1 year, 2 months and 3 days", "", "P1Y2M3D"}, {"90min", "", "PT90M"}, {"-2 weeks", "", "-P2W"}, {"1.5 hours", "", "PT1H30M"},
		{"3", "months", "P3M"}, {"-10", "days", "-P10D"}, {"2h30min", "", "PT2H30M"}, {"90061", "seconds", "PT90061S"}, {"0.000000001 s", "", "PT0.000000001S"}, {"P1W2D", "", "P1W2D"},
	} {
		if got, err := ParseDuration(tt.in, Unit(tt.unit)); err != nil || got.String() != tt.want {
			t.Errorf("%q is %s %v, want %s", tt.in, got, err, tt.want)
		}
	}
	for _, tt := range []struct {
		in   string
		kind number.ErrorKind
		part string
	}{
		{"P", number.Syntax, "is no duration"}, {"PT", number.Syntax, "is no duration"}, {"P1D2M", number.Syntax, "is no duration"}, {"P1H", number.Syntax, "is no duration"},
		{"P1.5M", number.Domain, "only hours"}, {"1.5 days", number.Domain, "only hours"}, {"3", number.Syntax, "is no duration"}, {"3 fortnights", number.Syntax, "is no duration"},
		{"5m", number.Ambiguous, "months or minutes"}, {"1 year -2 months", number.Domain, "both signs"}, {"PT0.0000000001S", number.Domain, "nanoseconds"},
		{"P99999999999999Y", number.Limit, "longer"}, {"", number.Syntax, "is no duration"}, {"P1..5D", number.Syntax, "is no duration"},
	} {
		_, err := ParseDuration(tt.in, "")
		refused(t, tt.in, err, tt.kind, tt.part)
	}
	for _, tt := range []struct{ in, want, seconds string }{
		{"PT90061S", "PT25H1M1S", "90061"}, {"P2W", "P14D", "1209600"}, {"P14M", "P1Y2M", ""}, {"PT0.5S", "PT0.5S", "1/2"}, {"-PT90S", "-PT1M30S", "-90"},
	} {
		d := duration(t, tt.in)
		s, ok := d.TotalSeconds()
		if got := d.Balanced().String(); got != tt.want || ok != (tt.seconds != "") || ok && s.Rat().RatString() != tt.seconds {
			t.Errorf("%s balanced is %s, %v s; want %s, %s", tt.in, got, s.Rat(), tt.want, tt.seconds)
		}
	}
}

func TestWorkdays(t *testing.T) {
	w, err := NewWorkdays("", []Date{day(t, "2024-12-25"), day(t, "2024-12-26"), day(t, "2024-12-28")})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, to string
		want     int64
	}{
		{"2024-12-23", "2024-12-27", 3}, {"2024-12-21", "2024-12-22", 0}, {"2024-12-25", "2024-12-25", 0}, {"2024-12-27", "2024-12-23", -3}, {"2024-01-01", "2024-12-31", 260},
	} {
		if got := w.Count(day(t, tt.from), day(t, tt.to)); got != tt.want {
			t.Errorf("%s to %s: %d business days, want %d", tt.from, tt.to, got, tt.want)
		}
	}
	for _, tt := range []struct {
		from string
		n    int64
		want string
	}{{"2024-12-24", 1, "2024-12-27"}, {"2024-12-28", 1, "2024-12-30"}, {"2024-12-27", -1, "2024-12-24"}, {"2024-12-25", 0, "2024-12-25"}, {"2024-01-01", 1000, "2027-11-03"}} {
		got, err := w.Add(day(t, tt.from), tt.n)
		if err != nil || got.String() != tt.want {
			t.Errorf("%s + %d business days = %s %v, want %s", tt.from, tt.n, got, err, tt.want)
		}
	}
	for _, weekend := range []string{"", "fri,sat", "sun", "none", "mon wed fri"} {
		w, err := NewWorkdays(weekend, []Date{day(t, "2024-05-01"), day(t, "2024-05-05"), day(t, "2024-05-10")})
		if err != nil {
			t.Fatal(err)
		}
		for from := day(t, "2024-04-25"); from != day(t, "2024-05-05"); from, _ = from.AddDays(1) {
			count := int64(0)
			for to := from; to != day(t, "2024-05-25"); to, _ = to.AddDays(1) {
				if w.Is(to) {
					count++
				}
				if got := w.Count(from, to); got != count {
					t.Fatalf("weekend %q: %s to %s has %d business days, counted %d", weekend, from, to, got, count)
				}
			}
		}
	}
	_, err = NewWorkdays("mon-sun", nil)
	if err != nil {
		t.Error(err)
	}
	_, err = NewWorkdays("mo tu we th fr sa su", nil)
	refused(t, "weekend", err, number.Domain, "all seven")
	_, err = NewWorkdays("someday", nil)
	refused(t, "weekend", err, number.Syntax, "no day of the week")
	_, err = w.Add(day(t, "2024-12-24"), 5_000_000)
	refused(t, "far", err, number.Limit, "9999")
	_, err = w.Add(day(t, "2024-12-24"), -3_000_000)
	refused(t, "far", err, number.Limit, "9999")
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"2024-02-29", "20240131T103000-0800", "2024-W09-4", "Jan 31, 2024 10:30 pm", "2024-01-31 10:30 Europe/Berlin", "03/04/2024", "@-1", "today",
		"P1Y2M10DT2H30M", "-PT0.5S", "1 year, 2 months and 3 days", "5m", "1.5 hours"} {
		f.Add(s)
	}
	check := func(t *testing.T, s string, err error) {
		var e *number.Error
		if !errors.As(err, &e) || e.Message == "" || e.Kind == "" {
			t.Errorf("%q: bad error %#v", s, err)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := Reader{Now: func() time.Time { return time.Unix(0, 0) }}
		m, err := r.Moment(s)
		if err != nil {
			check(t, s, err)
		} else if again, err := r.Moment(m.String()); m.offset%60 == 0 && (err != nil || again.String() != m.String()) {
			t.Errorf("%q is %s, which is %s %v", s, m, again, err)
		}
		d, err := ParseDuration(s, "")
		if err != nil {
			check(t, s, err)
			return
		}
		if again, err := ParseDuration(d.String(), ""); err != nil || again.String() != d.String() {
			t.Errorf("%q is %s, which is %s %v", s, d, again, err)
		}
	})
}

// Adding business days goes by weeks; a day at a time gives the same.
func TestAddingBusinessDaysByWeeks(t *testing.T) {
	var holidays []Date
	for i := int64(0); i < 40; i++ {
		d, err := Date{2024, 1, 1}.AddDays(i * i % 97)
		if err != nil {
			t.Fatal(err)
		}
		holidays = append(holidays, d)
	}
	for _, weekend := range []string{"sat,sun", "fri", "mon,tue,wed,thu,fri,sun"} {
		w, err := NewWorkdays(weekend, holidays)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []int64{1, -1} {
			start := Date{2024, 2, 15}
			day := start
			for n := int64(1); n <= 80; n++ {
				for ok := false; !ok; ok = w.Is(day) {
					if day, err = day.AddDays(step); err != nil {
						t.Fatal(err)
					}
				}
				if got, err := w.Add(start, step*n); err != nil || got != day {
					t.Fatalf("weekend %s: %s plus %d is %s, error %v; want %s", weekend, start, step*n, got, err, day)
				}
			}
		}
	}
}

package calculator

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The clock is read for the words today and now only, and the answer says so.
func TestDatesReadTheClockWhenAsked(t *testing.T) {
	s, err := Open(t.Context(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	s.now = func() time.Time {
		asked++
		return time.Date(2025, time.March, 1, 1, 2, 3, 4, time.UTC)
	}
	for _, tt := range []struct {
		in    dateInput
		want  string
		asked int
	}{
		{dateInput{Operation: "age", Date: "1990-03-01", End: "2025-02-28"}, "34", 0},
		{dateInput{Operation: "age", Date: "1990-03-01", End: "today"}, "35", 1},
		{dateInput{Operation: "age", Date: "1990-03-01", End: "today", Zone: "America/New_York"}, "34", 1},
		{dateInput{Operation: "weekday", Date: "today"}, "Saturday", 1},
		{dateInput{Operation: "convert_zone", Date: "now", ToZone: "+05:30"}, "2025-03-01T06:32:03+05:30", 1},
	} {
		asked = 0
		out, err := s.dateCalculate(t.Context(), tt.in)
		if err != nil || out.Result != tt.want || asked != tt.asked {
			t.Errorf("%+v: %q after %d looks at the clock, %v; want %q", tt.in, out.Result, asked, err, tt.want)
		}
		if told := strings.Contains(strings.Join(out.Notes, "\n"), "clock of the server: 2025-0"); told != (tt.asked > 0) {
			t.Errorf("%+v: notes %q", tt.in, out.Notes)
		}
	}
}

// The ages of someone born on 29 February, around both anniversaries.
func TestAgeOfLeapDay(t *testing.T) {
	s, err := Open(t.Context(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	type answer struct{ Age, Next string }
	for _, tt := range []struct {
		end, rule string
		want      answer
	}{
		{"2025-02-27", "", answer{"20", "2025-02-28"}}, {"2025-02-28", "", answer{"21", "2026-02-28"}}, {"2025-02-28", "overflow", answer{"20", "2025-03-01"}},
		{"2025-03-01", "overflow", answer{"21", "2026-03-01"}}, {"2024-02-28", "", answer{"19", "2024-02-29"}}, {"2024-02-29", "overflow", answer{"20", "2025-03-01"}},
		{"2004-02-29", "", answer{"0", "2005-02-28"}}, {"9999-12-31", "", answer{"7995", ""}},
	} {
		out, err := s.dateCalculate(t.Context(), dateInput{Operation: "age", Date: "2004-02-29", End: tt.end, EndOfMonth: tt.rule})
		if diff := cmp.Diff(tt.want, answer{out.Result, out.NextBirthday}); err != nil || diff != "" {
			t.Errorf("%s %s: %v (-want +got):\n%s", tt.end, tt.rule, err, diff)
		}
	}
}

// A date before the Gregorian calendar, sent or found, is said to be of it.
func TestProlepticDates(t *testing.T) {
	s, err := Open(t.Context(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		in   dateInput
		want string
		told bool
	}{
		{dateInput{Operation: "weekday", Date: "1582-10-15"}, "Friday", false},
		{dateInput{Operation: "weekday", Date: "1582-10-14"}, "Thursday", true},
		{dateInput{Operation: "diff", Date: "1582-10-04", End: "1582-10-15"}, "11", true},
		{dateInput{Operation: "diff", Date: "1582-10-16", End: "1582-10-14"}, "-2", true},
		{dateInput{Operation: "add", Date: "2000-01-01", Amount: "-500 years"}, "1500-01-01", true},
		{dateInput{Operation: "add", Date: "1500-01-01", Amount: "500 years"}, "2000-01-01", true},
		{dateInput{Operation: "add", Date: "1600-01-01", Amount: "1 day"}, "1600-01-02", false},
		{dateInput{Operation: "convert_zone", Date: "1582-10-15T00:30Z", ToZone: "-01:00"}, "1582-10-14T23:30:00-01:00", true},
	} {
		out, err := s.dateCalculate(t.Context(), tt.in)
		if err != nil || out.Result != tt.want {
			t.Errorf("%+v: %s (%v), want %s", tt.in, out.Result, err, tt.want)
		}
		if n := strings.Count(strings.Join(out.Notes, "\n"), "proleptic Gregorian"); n > 1 || (n == 1) != tt.told {
			t.Errorf("%+v: notes %q", tt.in, out.Notes)
		}
	}
}

// An offset written with a time counts, not the zone; the answer says so where
// they disagree.
func TestOffsetAgainstZone(t *testing.T) {
	s, err := Open(t.Context(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ date, zone, want, note string }{
		{"2024-07-01T10:00+05:00", "Europe/Berlin", "2024-07-01T05:00:00Z", "2024-07-01T10:00:00+05:00 has an offset of its own, which counts; the zone Europe/Berlin, where it is 2024-07-01T07:00:00+02:00, does not"},
		{"2024-07-01T10:00Z", "+01:00", "2024-07-01T10:00:00Z", "2024-07-01T10:00:00Z has an offset of its own, which counts; the zone +01:00, where it is 2024-07-01T11:00:00+01:00, does not"},
		{"2024-07-01T10:00+02:00", "Europe/Berlin", "2024-07-01T08:00:00Z", ""},
		{"2024-01-01T10:00+01:00", "Europe/Berlin", "2024-01-01T09:00:00Z", ""},
		{"9999-12-31T23:30Z", "Europe/Berlin", "9999-12-31T23:30:00Z", ""},
		{"2024-07-01T10:00", "Europe/Berlin", "2024-07-01T08:00:00Z", ""},
		{"2024-07-01T10:00+05:00", "", "2024-07-01T05:00:00Z", ""},
	} {
		out, err := s.dateCalculate(t.Context(), dateInput{Operation: "convert_zone", Date: tt.date, Zone: tt.zone, ToZone: "UTC"})
		if err != nil || out.Result != tt.want || strings.Join(out.Notes, "\n") != tt.note {
			t.Errorf("%s, %s: %s, %q (%v)", tt.date, tt.zone, out.Result, out.Notes, err)
		}
	}
}

package calculator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // zones also where the system has none

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/calendar"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

var dateCalculateTool = &mcp.Tool{
	Name:  "date_calculate",
	Title: "Calculate with dates",
	Description: `Exact dates and times; says its conventions.
Example: {"operation":"add","date":"2024-01-31","amount":"P1M"} gives 2024-02-29.`,
	Annotations: server.ReadOnly(false),
}

type dateInput struct {
	Operation  string   `json:"operation" enum:"add,diff,weekday,business_days,iso_week,age,convert_zone,parse_duration" jsonschema:"task"`
	Date       string   `json:"date,omitempty" jsonschema:"2024-01-31[T10:30+01:00], today, now"`
	End        string   `json:"end,omitempty" jsonschema:"for diff, business_days, age"`
	Amount     numeral  `json:"amount,omitempty" jsonschema:"P1M2DT3H, 3 months, or a count"`
	Unit       string   `json:"unit,omitempty" jsonschema:"years to seconds; also of diff"`
	EndOfMonth string   `json:"end_of_month,omitempty" enum:"clip,overflow,error" jsonschema:"default clip"`
	Zone       string   `json:"zone,omitempty" jsonschema:"Europe/Berlin or +01:00"`
	ToZone     string   `json:"to_zone,omitempty" jsonschema:"same"`
	Weekend    string   `json:"weekend,omitempty" jsonschema:"default sat,sun"`
	Holidays   []string `json:"holidays,omitempty" jsonschema:"dates"`
}

// dateParts is a duration in parts.
type dateParts struct {
	Years   int64  `json:"years"`
	Months  int64  `json:"months"`
	Days    int64  `json:"days"`
	Hours   int64  `json:"hours,omitempty"`
	Minutes int64  `json:"minutes,omitempty"`
	Seconds string `json:"seconds,omitempty"`
}

type dateOutput struct {
	Operation      string     `json:"operation"`
	Result         string     `json:"result" jsonschema:"the answer: a date or time by ISO 8601, a number of unit, a day of the week, a week or a duration"`
	Unit           string     `json:"unit,omitempty" jsonschema:"of a result that is a number"`
	Exact          bool       `json:"exact" jsonschema:"always true, but for a number that had to be rounded"`
	Weekday        string     `json:"weekday,omitempty"`
	ISOWeek        string     `json:"iso_week,omitempty" jsonschema:"year, week and day by ISO 8601"`
	DayOfYear      int        `json:"day_of_year,omitempty"`
	LeapYear       *bool      `json:"leap_year,omitempty"`
	Days           *int64     `json:"days,omitempty" jsonschema:"days from date to end"`
	Duration       string     `json:"duration,omitempty" jsonschema:"by ISO 8601"`
	Parts          *dateParts `json:"parts,omitempty" jsonschema:"duration in its parts"`
	Seconds        string     `json:"seconds,omitempty" jsonschema:"the time that passes, in all"`
	Clipped        bool       `json:"clipped,omitempty" jsonschema:"whether the month reached does not have the day, so that its last is taken"`
	NextBirthday   string     `json:"next_birthday,omitempty"`
	Zone           string     `json:"zone,omitempty"`
	Abbreviation   string     `json:"abbreviation,omitempty" jsonschema:"what the zone calls its time then"`
	Daylight       *bool      `json:"daylight_saving,omitempty"`
	UTC            string     `json:"utc,omitempty" jsonschema:"the same moment in UTC"`
	Interpretation string     `json:"interpretation" jsonschema:"what was computed, as it was understood"`
	Notes          []string   `json:"notes,omitempty" jsonschema:"conventions that the result depends on"`
}

func (s *Service) dateCalculate(ctx context.Context, in dateInput) (dateOutput, error) {
	c := &dateCall{a: number.New(ctx, number.Limits{}, s.cfg.Precision), in: in, reader: calendar.Reader{Now: s.now}}
	c.out = dateOutput{Operation: in.Operation, Exact: true}
	if err := c.run(); err != nil {
		return dateOutput{}, shown(err)
	}
	c.out.Notes = append(c.reader.Notes, c.out.Notes...)
	return c.out, nil
}

// dateCall is one call of date_calculate.
type dateCall struct {
	a      *number.Arith
	in     dateInput
	out    dateOutput
	reader calendar.Reader
	// date is read for all operations but parse_duration, end where it is sent.
	date, end calendar.Moment
}

func (c *dateCall) run() error {
	if c.in.Operation == "parse_duration" {
		return c.parseDuration()
	}
	var err error
	if c.in.Zone != "" {
		if c.reader.Zone, err = calendar.Zone(c.in.Zone); err != nil {
			return err
		}
	}
	if c.date, err = c.moment("date", c.in.Date); err != nil {
		return err
	}
	if c.in.End != "" {
		if c.end, err = c.moment("end", c.in.End); err != nil {
			return err
		}
	}
	switch c.in.Operation {
	case "add":
		return c.add()
	case "diff":
		return c.diff()
	case "business_days":
		return c.businessDays()
	case "age":
		return c.age()
	case "convert_zone":
		return c.convertZone()
	case "iso_week":
		c.describe(c.date)
		c.out.Result, c.out.Interpretation = c.out.ISOWeek[:len(c.out.ISOWeek)-2], "the week of "+c.date.String()+" by ISO 8601"
		c.note("weeks begin on Monday; week 1 has the first Thursday of the year")
		return nil
	}
	c.describe(c.date)
	c.out.Result, c.out.Interpretation = c.out.Weekday, "the day of the week of "+c.date.String()
	return nil
}

// moment reads the argument of that name; an error names it.
func (c *dateCall) moment(name, text string) (calendar.Moment, error) {
	if text == "" {
		return calendar.Moment{}, dateMisuse("%s needs %s", c.in.Operation, name)
	}
	m, err := c.reader.Moment(text)
	if err == nil {
		c.proleptic(m.Date)
	}
	return m, named(name, err)
}

// proleptic notes the calendar of a date for which people had another.
func (c *dateCall) proleptic(d calendar.Date) {
	if d.Proleptic() {
		c.note("dates before 1582-10-15 are in the proleptic Gregorian calendar, not in the Julian one that was in use")
	}
}

// named says which argument an error is about.
func named(name string, err error) error {
	var e *number.Error
	if errors.As(err, &e) {
		e.Message = name + ": " + e.Message
	}
	return err
}

func dateMisuse(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Syntax, Message: fmt.Sprintf(format, args...)}
}

func (c *dateCall) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(c.out.Notes, n) {
		c.out.Notes = append(c.out.Notes, n)
	}
}

// describe says what is known of the day, and of the zone.
func (c *dateCall) describe(m calendar.Moment) {
	c.proleptic(m.Date)
	c.out.Weekday = m.Weekday().String()
	year, week := m.ISOWeek()
	c.out.ISOWeek = fmt.Sprintf("%04d-W%02d-%d", year, week, (m.Weekday()+6)%7+1)
	c.out.DayOfYear = m.YearDay()
	leap := calendar.IsLeap(m.Year)
	c.out.LeapYear = &leap
	if m.Zone == nil {
		return
	}
	c.out.Zone = m.ZoneName()
	name, daylight := m.Abbreviation()
	c.out.Abbreviation, c.out.Daylight = name, &daylight
	if utc, err := m.UTC(); err == nil {
		c.out.UTC = utc.String()
	}
}

func (c *dateCall) amount() (calendar.Duration, error) {
	if c.in.Amount == "" {
		return calendar.Duration{}, dateMisuse("%s needs amount", c.in.Operation)
	}
	unit, err := c.unit()
	if err != nil {
		return calendar.Duration{}, err
	}
	d, err := calendar.ParseDuration(string(c.in.Amount), unit)
	return d, named("amount", err)
}

// unit reads the unit; "" if there is none.
func (c *dateCall) unit() (calendar.Unit, error) {
	if c.in.Unit == "" {
		return "", nil
	}
	u, err := calendar.ParseUnit(c.in.Unit)
	return u, named("unit", err)
}

func (c *dateCall) add() error {
	d, err := c.amount()
	if err != nil {
		return err
	}
	rule := calendar.EndOfMonth(c.in.EndOfMonth)
	sum, err := c.date.Add(d, rule)
	if err != nil {
		return err
	}
	c.out.Notes = append(c.out.Notes, sum.Notes...)
	c.describe(sum.Moment)
	c.out.Result, c.out.Interpretation = sum.String(), c.date.String()+" plus "+d.String()
	c.out.Clipped = sum.Moved && rule != calendar.Overflow
	switch {
	case sum.Moved && rule == calendar.Overflow:
		c.note("the month reached does not have the day: the days beyond its end are counted on into the next (end_of_month overflow)")
	case sum.Moved:
		c.note("the month reached does not have the day: its last day is taken (end_of_month clip)")
	}
	if !c.date.HasClock && sum.HasClock {
		c.note("the date begins at 00:00")
	}
	if c.date.Zone != nil {
		c.note("years to days keep the local time; hours, minutes and seconds are time that passes")
	}
	return nil
}

// together makes date and end both days or both times.
func (c *dateCall) together() error {
	both := []*calendar.Moment{&c.date, &c.end}
	for i, m := range both {
		other := both[1-i]
		if m.HasClock || !other.HasClock {
			continue
		}
		zone := c.reader.Zone
		if zone == nil {
			zone = other.Zone
		}
		z, note, err := m.AtMidnight(zone)
		if err != nil {
			return err
		}
		c.note("%s is taken from its beginning: %s", m.Date, z)
		if note != "" {
			c.note("%s", note)
		}
		*m = z
	}
	return nil
}

func (c *dateCall) diff() error {
	if c.in.End == "" {
		return dateMisuse("diff needs end")
	}
	if err := c.together(); err != nil {
		return err
	}
	d, err := c.date.Until(c.end)
	if err != nil {
		return err
	}
	c.out.Notes = append(c.out.Notes, d.Notes...)
	seconds, err := written(c.a, d.Seconds)
	if err != nil {
		return err
	}
	c.out.Days, c.out.Seconds = &d.Days, seconds.Value
	c.duration(d.Parts)
	c.out.Interpretation = "from " + c.date.String() + " to " + c.end.String()
	unit, err := c.unit()
	if err != nil {
		return err
	}
	if unit == "" {
		unit = calendar.Days
		if c.date.HasClock {
			unit = calendar.Seconds
		}
	}
	if !c.date.HasClock {
		c.note("the first day is not counted, the last is; a day has 86,400 seconds")
	}
	return c.inUnit(d, unit)
}

// inUnit sets the result to the difference in a unit: whole years and months,
// and of the others the time that passes.
func (c *dateCall) inUnit(d calendar.Difference, unit calendar.Unit) error {
	c.out.Unit = string(unit)
	length := map[calendar.Unit]time.Duration{
		calendar.Weeks: 7 * 24 * time.Hour, calendar.Days: 24 * time.Hour, calendar.Hours: time.Hour, calendar.Minutes: time.Minute, calendar.Seconds: time.Second,
	}[unit]
	switch {
	case unit == calendar.Years:
		c.out.Result = fmt.Sprint(d.Parts.Years)
		c.note("whole years, as many as pass completely")
		return nil
	case unit == calendar.Months:
		c.out.Result = fmt.Sprint(12*d.Parts.Years + d.Parts.Months)
		c.note("whole months, as many as pass completely")
		return nil
	case c.date.HasClock && (unit == calendar.Days || unit == calendar.Weeks):
		c.note("a day is 24 hours here; the field days counts the midnights that pass")
	}
	q, err := c.a.Quo(d.Seconds, number.Int(int64(length/time.Second)))
	if err != nil {
		return err
	}
	f, err := written(c.a, q)
	c.out.Result, c.out.Exact = f.Value, f.Exact
	return err
}

// duration sets the duration and its parts.
func (c *dateCall) duration(d calendar.Duration) {
	c.out.Duration = d.String()
	p := d.Balanced()
	c.out.Parts = &dateParts{Years: p.Years, Months: p.Months, Days: p.Days, Hours: p.Hours, Minutes: p.Minutes}
	clock := calendar.Duration{Seconds: p.Seconds, Nanos: p.Nanos}
	if s, _ := clock.TotalSeconds(); !clock.IsZero() {
		if f, err := written(c.a, s); err == nil {
			c.out.Parts.Seconds = f.Value
		}
	}
}

func (c *dateCall) age() error {
	if c.in.End == "" {
		e := dateMisuse("age needs end, the day on which the age is asked")
		e.Hint = `send "end": "today" for the present day`
		return e
	}
	birth, day := calendar.Moment{Date: c.date.Date}, calendar.Moment{Date: c.end.Date}
	if birth.Compare(day.Date) > 0 {
		return &number.Error{Kind: number.Domain, Message: fmt.Sprintf("end: %s is before the birth on %s", day, birth)}
	}
	d, err := birth.Until(day)
	if err != nil {
		return err
	}
	rule := calendar.EndOfMonth(c.in.EndOfMonth)
	if rule == calendar.Refuse {
		rule = calendar.Clip
	}
	// The anniversaries by the rule decide; those of Until are clipped.
	years := int64(day.Year - birth.Year)
	last, _, err := birth.AddMonths(12*years, rule)
	if err != nil {
		return err
	}
	next := last
	if last.Compare(day.Date) > 0 {
		years--
	} else if next, _, err = birth.AddMonths(12*(years+1), rule); err != nil {
		next = calendar.Date{}
	}
	if birth.Month == time.February && birth.Day == 29 {
		substitute := "28 February (end_of_month clip); some countries take 1 March"
		if rule == calendar.Overflow {
			substitute = "1 March (end_of_month overflow)"
		}
		c.note("in years without a 29th of February the birthday is on %s", substitute)
	}
	c.out.Result, c.out.Unit = fmt.Sprint(years), "years"
	c.out.Days = &d.Days
	if rule != calendar.Overflow {
		c.duration(d.Parts)
	}
	if next.Year != 0 {
		c.out.NextBirthday = next.String()
	}
	c.out.Interpretation = "the age on " + day.String() + " of who was born on " + birth.String()
	return nil
}

func (c *dateCall) businessDays() error {
	var holidays []calendar.Date
	for i, h := range c.in.Holidays {
		d, err := c.reader.Date(h)
		if err != nil {
			return named(fmt.Sprintf("holidays[%d]", i), err)
		}
		holidays = append(holidays, d)
	}
	w, err := calendar.NewWorkdays(c.in.Weekend, holidays)
	if err != nil {
		return err
	}
	c.note("days off are %s and holidays, of which %d were sent", w.Weekend(), len(holidays))
	switch {
	case c.in.End != "" && c.in.Amount != "":
		return dateMisuse("business_days takes end, to count, or amount, to add, not both")
	case c.in.Amount != "":
		n, err := c.a.ParseDecimal(string(c.in.Amount))
		count, ok := n.Int64()
		if err != nil || !ok {
			return dateMisuse("amount: a whole number of business days is needed, not %.40q", string(c.in.Amount))
		}
		d, err := w.Add(c.date.Date, count)
		if err != nil {
			return err
		}
		c.describe(calendar.Moment{Date: d})
		c.out.Result, c.out.Interpretation = d.String(), fmt.Sprintf("%s plus %d business days", c.date.Date, count)
		c.note("the date itself is not counted")
		return nil
	case c.in.End == "":
		return dateMisuse("business_days needs end, to count the business days until then, or amount, to add so many")
	}
	n := w.Count(c.date.Date, c.end.Date)
	c.out.Result, c.out.Unit = fmt.Sprint(n), "business days"
	c.out.Interpretation = fmt.Sprintf("the business days from %s to %s", c.date.Date, c.end.Date)
	c.note("both ends are counted if they are business days")
	if n < 0 {
		c.note("the end is before the date: the count is negative")
	}
	return nil
}

func (c *dateCall) convertZone() error {
	if c.in.ToZone == "" {
		return dateMisuse("convert_zone needs to_zone")
	}
	zone, err := calendar.Zone(c.in.ToZone)
	if err != nil {
		return named("to_zone", err)
	}
	if !c.date.HasClock {
		return dateMisuse("date: %s has no time of day, so it cannot be converted", c.date)
	}
	if c.date.Zone == nil {
		e := dateMisuse("date: %s has no zone", c.date)
		e.Hint = `send zone, or an offset as in "2024-01-31T10:30:00+01:00"`
		return e
	}
	m, err := c.date.In(zone)
	if err != nil {
		return err
	}
	c.describe(m)
	c.out.Result, c.out.Interpretation = m.String(), fmt.Sprintf("%s in %s", c.date, zone)
	if n := c.date.DaysUntil(m.Date); n != 0 {
		c.note("the date there is %s, not %s", m.Date, c.date.Date)
	}
	return nil
}

func (c *dateCall) parseDuration() error {
	if c.in.Amount == "" {
		c.in.Amount = numeral(c.in.Date)
	}
	d, err := c.amount()
	if err != nil {
		return err
	}
	c.duration(d)
	c.out.Duration, c.out.Result = "", d.Balanced().String()
	c.out.Interpretation = "the duration " + d.String()
	s, ok := d.TotalSeconds()
	if !ok {
		c.note("months and years have no fixed length, so there is no number of seconds")
		return nil
	}
	f, err := written(c.a, s)
	c.out.Seconds = f.Value
	if d.Days != 0 || d.Weeks != 0 {
		c.note("a day is taken as 86,400 seconds")
	}
	return err
}

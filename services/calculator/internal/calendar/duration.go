package calendar

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Duration is an amount of time in units of the calendar and of the clock,
// which are kept apart: a month has no fixed number of days, and where clocks
// are changed a day has no fixed number of hours. All parts have the same sign
// or are 0.
type Duration struct {
	Years, Months, Weeks, Days     int64
	Hours, Minutes, Seconds, Nanos int64
}

// maxAmount bounds each part of a duration.
const maxAmount = 1_000_000_000_000

// IsZero reports whether all parts are 0.
func (d Duration) IsZero() bool { return d == Duration{} }

// Negative reports whether d goes back.
func (d Duration) Negative() bool {
	return d.Years < 0 || d.Months < 0 || d.Weeks < 0 || d.Days < 0 || d.Hours < 0 || d.Minutes < 0 || d.Seconds < 0 || d.Nanos < 0
}

// Neg returns the opposite of d.
func (d Duration) Neg() Duration {
	return Duration{-d.Years, -d.Months, -d.Weeks, -d.Days, -d.Hours, -d.Minutes, -d.Seconds, -d.Nanos}
}

// Balanced returns d with at most 59 seconds and minutes, 11 months, and weeks
// as days; neither days from hours nor months from days.
func (d Duration) Balanced() Duration {
	carry := func(from, to *int64, n int64) {
		*to += *from / n
		*from %= n
	}
	carry(&d.Nanos, &d.Seconds, 1e9)
	carry(&d.Seconds, &d.Minutes, 60)
	carry(&d.Minutes, &d.Hours, 60)
	carry(&d.Months, &d.Years, 12)
	d.Days += 7 * d.Weeks
	d.Weeks = 0
	return d
}

// String writes the duration by ISO 8601, as in P1Y2M10DT2H30M and -PT0.5S.
func (d Duration) String() string {
	if d.IsZero() {
		return "PT0S"
	}
	var b strings.Builder
	if d.Negative() {
		b.WriteByte('-')
		d = d.Neg()
	}
	b.WriteByte('P')
	part := func(n int64, unit byte) {
		if n != 0 {
			b.WriteString(strconv.FormatInt(n, 10))
			b.WriteByte(unit)
		}
	}
	part(d.Years, 'Y')
	part(d.Months, 'M')
	part(d.Weeks, 'W')
	part(d.Days, 'D')
	if d.Hours != 0 || d.Minutes != 0 || d.Seconds != 0 || d.Nanos != 0 {
		b.WriteByte('T')
		part(d.Hours, 'H')
		part(d.Minutes, 'M')
		if d.Seconds != 0 || d.Nanos != 0 {
			b.WriteString(seconds(d.Seconds, d.Nanos))
			b.WriteByte('S')
		}
	}
	return b.String()
}

// seconds writes a number of seconds that is not negative.
func seconds(s, nanos int64) string {
	s += nanos / 1e9
	nanos %= 1e9
	if nanos == 0 {
		return strconv.FormatInt(s, 10)
	}
	return strings.TrimRight(strconv.FormatInt(s, 10)+"."+strconv.FormatInt(nanos+1e9, 10)[1:], "0")
}

// clock returns the part of hours and below.
func (d Duration) clock() *big.Int {
	n := big.NewInt(d.Hours)
	n.Mul(n, big.NewInt(60)).Add(n, big.NewInt(d.Minutes))
	n.Mul(n, big.NewInt(60)).Add(n, big.NewInt(d.Seconds))
	return n.Mul(n, big.NewInt(1e9)).Add(n, big.NewInt(d.Nanos))
}

// days returns the weeks and days.
func (d Duration) days() int64 { return 7*d.Weeks + d.Days }

// TotalSeconds returns the length of d with days of 86,400 seconds; ok is false
// if it has months or years, which have no fixed length.
func (d Duration) TotalSeconds() (s number.Number, ok bool) {
	if d.Years != 0 || d.Months != 0 {
		return s, false
	}
	n := big.NewInt(d.days())
	n.Mul(n, big.NewInt(int64(24*time.Hour)))
	return number.FromRat(new(big.Rat).SetFrac(n.Add(n, d.clock()), big.NewInt(1e9))), true
}

// Unit is a unit of durations.
type Unit string

// The units.
const (
	Years   Unit = "years"
	Months  Unit = "months"
	Weeks   Unit = "weeks"
	Days    Unit = "days"
	Hours   Unit = "hours"
	Minutes Unit = "minutes"
	Seconds Unit = "seconds"
)

var unitNames = map[string]Unit{
	"y": Years, "yr": Years, "yrs": Years, "year": Years, "years": Years,
	"mo": Months, "mon": Months, "month": Months, "months": Months,
	"w": Weeks, "wk": Weeks, "wks": Weeks, "week": Weeks, "weeks": Weeks,
	"d": Days, "day": Days, "days": Days,
	"h": Hours, "hr": Hours, "hrs": Hours, "hour": Hours, "hours": Hours,
	"min": Minutes, "mins": Minutes, "minute": Minutes, "minutes": Minutes,
	"s": Seconds, "sec": Seconds, "secs": Seconds, "second": Seconds, "seconds": Seconds,
}

// ParseUnit returns the unit of a name such as "day", "days" or "d".
func ParseUnit(name string) (Unit, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if u, ok := unitNames[name]; ok {
		return u, nil
	}
	if name == "m" {
		return "", ambiguousM()
	}
	e := unreadable("%.40q is no unit of time", name)
	e.Hint = "units are years, months, weeks, days, hours, minutes and seconds"
	return "", e
}

func ambiguousM() *number.Error {
	return &number.Error{Kind: number.Ambiguous, Message: `"m" can be months or minutes`, Hint: "write mo or min"}
}

var (
	isoPattern = regexp.MustCompile(`^([+-]?)P((?:[0-9.,]+[YMWD])*)(T(?:[0-9.,]+[HMS])+)?$`)
	isoPart    = regexp.MustCompile(`([0-9.,]+)([YMWDHS])`)
	wordsPart  = regexp.MustCompile(`^([+-]?[0-9][0-9.]*)\s*([A-Za-z]+)[\s,]*(?:and\s+)?`)
)

// maxText bounds the texts that are read.
const maxText = 200

// ParseDuration reads a duration by ISO 8601 such as "P1Y2M10DT2H30M", amounts
// with units such as "1 year 2 months", or a plain number of the unit given.
func ParseDuration(s string, unit Unit) (Duration, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "−", "-"))
	if len(s) > maxText {
		return Duration{}, unreadable("a duration of %d bytes", len(s))
	}
	if number := strings.TrimLeft(s, "+-"); unit != "" && number != "" && strings.Trim(number, "0123456789.") == "" {
		s += " " + string(unit)
	}
	if m := isoPattern.FindStringSubmatch(strings.ToUpper(s)); m != nil && m[2]+m[3] != "" {
		return parseISO(s, m)
	}
	rest, d := s, Duration{}
	for rest != "" {
		m := wordsPart.FindStringSubmatch(rest)
		if m == nil {
			return Duration{}, notDuration(s)
		}
		u, ok := unitNames[strings.ToLower(m[2])]
		if !ok {
			e := notDuration(s)
			if strings.EqualFold(m[2], "m") {
				e = ambiguousM()
			}
			return Duration{}, e
		}
		if err := d.set(m[1], u); err != nil {
			return Duration{}, err
		}
		rest = rest[len(m[0]):]
	}
	if s == "" {
		return Duration{}, notDuration(s)
	}
	return d, d.checkSigns()
}

func notDuration(s string) *number.Error {
	e := unreadable("%q is no duration", s)
	e.Hint = `write "P1Y2M10DT2H30M" or "3 months"; units are years, months, weeks, days, hours, minutes and seconds`
	return e
}

func parseISO(s string, m []string) (Duration, error) {
	var d Duration
	last := -1
	read := func(part, letters string, units []Unit) error {
		for _, p := range isoPart.FindAllStringSubmatch(part, -1) {
			i := strings.Index(letters, p[2])
			if i <= last {
				return notDuration(s)
			}
			last = i
			if err := d.set(strings.Replace(p[1], ",", ".", 1), units[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := read(m[2], "YMWD", []Unit{Years, Months, Weeks, Days}); err != nil {
		return Duration{}, err
	}
	last = -1
	if err := read(strings.TrimPrefix(m[3], "T"), "HMS", []Unit{Hours, Minutes, Seconds}); err != nil {
		return Duration{}, err
	}
	if m[1] == "-" {
		d = d.Neg()
	}
	return d, nil
}

// set adds the amount of a unit. Only units of the clock can be divided.
func (d *Duration) set(amount string, u Unit) error {
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		return notDuration(amount + " " + string(u))
	}
	if r.Num().BitLen() > 200 || new(big.Rat).Abs(r).Cmp(new(big.Rat).SetInt64(maxAmount)) > 0 {
		return &number.Error{Kind: number.Limit, Message: "the duration is longer than the years that dates may have"}
	}
	part := map[Unit]*int64{Years: &d.Years, Months: &d.Months, Weeks: &d.Weeks, Days: &d.Days,
		Hours: &d.Hours, Minutes: &d.Minutes, Seconds: &d.Seconds}[u]
	whole := new(big.Int).Quo(r.Num(), r.Denom()).Int64()
	*part += whole
	if r.Sub(r, new(big.Rat).SetInt64(whole)); r.Sign() == 0 {
		return nil
	}
	length := map[Unit]int64{Hours: int64(time.Hour), Minutes: int64(time.Minute), Seconds: int64(time.Second)}[u]
	if length == 0 {
		e := wrong("%s %s: only hours, minutes and seconds can have decimals", amount, u)
		e.Hint = "months and years differ in length; write whole ones and a smaller unit"
		return e
	}
	if r.Mul(r, new(big.Rat).SetInt64(length)); !r.IsInt() {
		return wrong("%s %s is no whole number of nanoseconds", amount, u)
	}
	n := r.Num().Int64()
	d.Nanos += n % 1e9
	d.Seconds += n / 1e9 % 60
	d.Minutes += n / int64(time.Minute)
	return nil
}

// checkSigns refuses amounts of different signs.
func (d Duration) checkSigns() error {
	if d.Negative() && d.Neg().Negative() {
		return wrong("the duration has parts of both signs")
	}
	return nil
}

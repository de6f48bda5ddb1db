package calendar

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Reader reads moments. The zero value takes times without a zone as they are.
type Reader struct {
	// Zone is where times are that do not tell; it may be nil.
	Zone *time.Location
	// Now is the clock of "today" and "now"; time.Now if nil.
	Now func() time.Time
	// Notes collects the conventions that were used.
	Notes []string
}

func (r *Reader) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

var (
	timePattern = regexp.MustCompile(`(?i)^(.+?)(?:t|,?\s+)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([ap]m\b)?` +
		`\s*(z|utc|gmt|[+-]\d\d(?::?\d\d)?)?\s*(?:\[([^\]]+)\]|([a-z_]+/[a-z0-9_+/-]+))?$`)
	basicPattern = regexp.MustCompile(`^(\d{8})[Tt](\d\d)(\d\d)(\d\d)?([Zz]|[+-]\d\d(?::?\d\d)?)?$`)
	offsetName   = regexp.MustCompile(`^(?i:utc|gmt)?([+-])(\d{1,2})(?::?(\d\d))?$`)
)

// Moment reads a date, or a date and a time such as "2024-01-31T10:30:00+01:00"
// and "2024-01-31 10:30 Europe/Berlin", or "@" and the seconds since 1970, or
// the words "today" and "now".
func (r *Reader) Moment(s string) (Moment, error) {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "−", "-")), " ")
	if len(s) > maxText {
		return Moment{}, unreadable("a date of %d bytes", len(s))
	}
	switch strings.ToLower(s) {
	case "":
		return Moment{}, notDate(s)
	case "today", "now":
		return r.clock(strings.ToLower(s))
	}
	if rest, ok := strings.CutPrefix(s, "@"); ok {
		return r.unix(rest)
	}
	if m := basicPattern.FindStringSubmatch(s); m != nil {
		seconds := m[4]
		if seconds == "" {
			seconds = "00"
		}
		s = m[1] + "T" + m[2] + ":" + m[3] + ":" + seconds + m[5]
	}
	m := timePattern.FindStringSubmatch(s)
	if m == nil {
		d, err := r.date(s)
		return Moment{Date: d}, err
	}
	d, err := r.date(m[1])
	if err != nil {
		return Moment{}, err
	}
	z := Moment{Date: d, HasClock: true}
	if err := r.timeOfDay(&z, m); err != nil {
		return Moment{}, err
	}
	return r.place(z, m[7], m[8]+m[9])
}

// Date reads a date without a time.
func (r *Reader) Date(s string) (Date, error) {
	m, err := r.Moment(s)
	if err == nil && m.HasClock {
		err = unreadable("%q has a time of day; a date is needed", s)
	}
	return m.Date, err
}

func (r *Reader) clock(word string) (Moment, error) {
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	m, err := at(now().Unix(), 0, zone)
	if err != nil {
		return Moment{}, err
	}
	r.note("%s is taken from the clock of the server: %s in %s", word, m, zone)
	if word == "today" {
		return Moment{Date: m.Date}, nil
	}
	return m, nil
}

func (r *Reader) unix(s string) (Moment, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return Moment{}, notDate("@" + s)
	}
	if abs(n) > 400_000_000_000 {
		e := outOfYears()
		if abs(n) < 400_000_000_000_000 {
			return Moment{}, &number.Error{Kind: number.Limit, Message: e.Error(), Hint: "@ takes seconds since 1970; these may be milliseconds"}
		}
		return Moment{}, e
	}
	r.note("@ counts seconds since 1970-01-01T00:00:00Z without leap seconds")
	return at(n, 0, time.UTC)
}

// timeOfDay sets the clock of z from the parts of timePattern.
func (r *Reader) timeOfDay(z *Moment, m []string) error {
	hour, _ := strconv.Atoi(m[2])
	minute, _ := strconv.Atoi(m[3])
	second, _ := strconv.Atoi("0" + m[4])
	nanos, _ := strconv.Atoi("0" + (m[5] + "000000000")[:9])
	if half := strings.ToLower(m[6]); half != "" {
		if hour < 1 || hour > 12 {
			return wrong("there is no %d o'clock %s", hour, half)
		}
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	}
	if second == 60 {
		e := wrong("leap seconds are not counted")
		e.Hint = "write second 59, or the beginning of the next minute"
		return e
	}
	midnight := hour == 24 && minute == 0 && second == 0 && nanos == 0
	if hour > 23 && !midnight || minute > 59 || second > 59 {
		return wrong("there is no time of day %s:%s", m[2], m[3])
	}
	if midnight {
		d, err := z.AddDays(1)
		if err != nil {
			return err
		}
		r.note("24:00 is the beginning of the next day")
		z.Date, hour = d, 0
	}
	z.Clock = time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(nanos)
	return nil
}

// place puts a local time into the zone that is written behind it, or into that
// of the reader.
func (r *Reader) place(m Moment, offset, name string) (Moment, error) {
	zone := r.Zone
	if name != "" {
		var err error
		if zone, err = Zone(name); err != nil {
			return Moment{}, err
		}
	}
	if offset != "" {
		fixed, err := Zone(strings.ToUpper(offset))
		if err != nil {
			return Moment{}, err
		}
		if name == "" {
			zone = fixed
		}
		_, o := time.Unix(0, 0).In(fixed).Zone()
		z, err := m.withOffset(zone, o)
		if err == nil && name == "" && r.Zone != nil {
			r.compare(z)
		}
		return z, err
	}
	if zone == nil {
		return m, nil
	}
	z, note, err := m.inZone(zone)
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	return z, err
}

// compare notes that the offset of m, which is written with it, is not that of
// the zone of the reader then.
func (r *Reader) compare(m Moment) {
	// Where the years end, that the zone has no such time does not matter.
	if z, err := m.In(r.Zone); err == nil && z.offset != m.offset {
		r.note("%s has an offset of its own, which counts; the zone %s, where it is %s, does not", m, r.Zone, z)
	}
}

// maxOffset bounds the distance from UTC; no zone has had more than 15:13:42.
const maxOffset = 18 * 3600

// Zone returns the zone of an IANA name such as Europe/Berlin, of UTC or Z, or
// of an offset such as +05:30.
func Zone(name string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	switch strings.ToUpper(name) {
	case "UTC", "Z", "GMT":
		return time.UTC, nil
	}
	if m := offsetName.FindStringSubmatch(name); m != nil {
		h, _ := strconv.Atoi(m[2])
		min, _ := strconv.Atoi("0" + m[3])
		o := h*3600 + min*60
		if min > 59 || o > maxOffset {
			return nil, wrong("%s is no offset from UTC", name)
		}
		if m[1] == "-" {
			o = -o
		}
		if o == 0 {
			return time.UTC, nil
		}
		return time.FixedZone(fmt.Sprintf("%s%02d:%02d", m[1], h, min), o), nil
	}
	if z, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" && len(name) <= maxText {
		return z, nil
	}
	e := &number.Error{Kind: number.UnknownName, Message: fmt.Sprintf("the time zone %.60q is unknown", name),
		Hint: "send an IANA name such as Europe/Berlin or America/New_York, or an offset such as +05:30"}
	if len(name) <= 5 && strings.ToUpper(name) == name {
		e.Hint += "; abbreviations mean different zones in different countries"
	}
	return nil, e
}

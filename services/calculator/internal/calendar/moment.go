package calendar

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Moment is a day, a time of a day without a zone, or a time in a zone.
type Moment struct {
	Date
	// Clock is the time since midnight, less than 24 hours.
	Clock time.Duration
	// HasClock is false for a day.
	HasClock bool
	// Zone is nil where none is known; with one there is a Clock.
	Zone *time.Location

	// offset, in seconds, tells which of two equal local times is meant.
	offset int
}

// String writes the moment by RFC 3339, without an offset where there is none.
func (m Moment) String() string {
	s := m.Date.String()
	if m.HasClock {
		s += "T" + clock(m.Clock)
	}
	switch m.Zone {
	case nil:
	case time.UTC:
		s += "Z"
	default:
		s += m.Offset()
	}
	return s
}

func clock(t time.Duration) string {
	s := fmt.Sprintf("%02d:%02d:%02d", t/time.Hour, t/time.Minute%60, t/time.Second%60)
	if n := t % time.Second; n != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%09d", n), "0")
	}
	return s
}

// Offset writes the distance from UTC as +02:00, with seconds where local mean
// time had some.
func (m Moment) Offset() string {
	sign, o := '+', m.offset
	if o < 0 {
		sign, o = '-', -o
	}
	s := fmt.Sprintf("%c%02d:%02d", sign, o/3600, o/60%60)
	if o%60 != 0 {
		s += fmt.Sprintf(":%02d", o%60)
	}
	return s
}

// ZoneName returns the name of the zone, such as Europe/Berlin, or "".
func (m Moment) ZoneName() string {
	if m.Zone == nil {
		return ""
	}
	return m.Zone.String()
}

// Abbreviation returns how the zone calls its time then, such as CEST, and
// whether that is daylight saving time.
func (m Moment) Abbreviation() (name string, daylight bool) {
	t := m.time()
	name, _ = t.Zone()
	if strings.Trim(name, "+-0123456789") == "" {
		name = ""
	}
	return name, t.IsDST()
}

// unixEpoch is the day number of 1970-01-01.
var unixEpoch = Date{1970, time.January, 1}.number()

// local returns the seconds from 1970 to the local time of m, as if it were UTC.
func (m Moment) local() int64 {
	return (m.number()-unixEpoch)*86400 + int64(m.Clock/time.Second)
}

// time returns the moment in its zone.
func (m Moment) time() time.Time {
	return time.Unix(m.local()-int64(m.offset), int64(m.Clock%time.Second)).In(m.Zone)
}

// since returns the nanoseconds from an origin that is common to all moments
// with a zone, or to all without.
func (m Moment) since() *big.Int {
	n := big.NewInt(m.local() - int64(m.offset))
	return n.Mul(n, big.NewInt(1e9)).Add(n, big.NewInt(int64(m.Clock%time.Second)))
}

// In returns the same moment in another zone; m has one.
func (m Moment) In(zone *time.Location) (Moment, error) {
	return at(m.local()-int64(m.offset), m.Clock%time.Second, zone)
}

// UTC returns the same moment in UTC; m has a zone.
func (m Moment) UTC() (Moment, error) { return m.In(time.UTC) }

// at returns the moment so many seconds and nanoseconds after 1970.
func at(unix int64, nanos time.Duration, zone *time.Location) (Moment, error) {
	_, offset := time.Unix(unix, 0).In(zone).Zone()
	local := unix + int64(offset)
	day := floorDiv(local, 86400)
	d, err := dateOf(day + unixEpoch)
	if err != nil {
		return Moment{}, err
	}
	c := time.Duration(local-day*86400)*time.Second + nanos
	return Moment{Date: d, Clock: c, HasClock: true, Zone: zone, offset: offset}, nil
}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y < 0 {
		q--
	}
	return q
}

// inZone gives a local time the zone. Where clocks are put forward, a time that
// they skip is moved on by what they skip; where they are put back, the first
// of two equal times is meant. The note says so.
func (m Moment) inZone(zone *time.Location) (z Moment, note string, err error) {
	m.Zone, m.HasClock = zone, true
	u := m.local()
	offsetAt := func(unix int64) int {
		_, o := time.Unix(unix, 0).In(zone).Zone()
		return o
	}
	// No zone changes its clocks twice within two days.
	before, after := offsetAt(u-86400), offsetAt(u+86400)
	first := offsetAt(u-int64(before)) == before
	second := offsetAt(u-int64(after)) == after
	switch {
	case first && second && before != after:
		m.offset = after
		other := m.String()
		m.offset = before
		return m, fmt.Sprintf("%s %s happens twice in %s, where clocks are put back; the first, %s, is taken, not %s",
			m.Date, clock(m.Clock), zone, m, other), nil
	case first:
		m.offset = before
		return m, "", nil
	case second:
		m.offset = after
		return m, "", nil
	}
	z, err = at(u-int64(before), m.Clock%time.Second, zone)
	return z, fmt.Sprintf("%s %s does not exist in %s, where clocks are put forward; %s is taken",
		m.Date, clock(m.Clock), zone, z), err
}

// AtMidnight returns the beginning of the day of m, which has no time of day, in
// a zone, or without one if that is nil. The note is as for a time that clocks
// skip or repeat.
func (m Moment) AtMidnight(zone *time.Location) (z Moment, note string, err error) {
	if zone == nil {
		m.HasClock = true
		return m, "", nil
	}
	return m.inZone(zone)
}

// withOffset gives a local time the offset that the zone has to have then.
func (m Moment) withOffset(zone *time.Location, offset int) (Moment, error) {
	m.Zone, m.HasClock, m.offset = zone, true, offset
	if _, o := m.time().Zone(); o != offset {
		return Moment{}, wrong("%s is not the offset of %s then", m.Offset(), zone)
	}
	return m, nil
}

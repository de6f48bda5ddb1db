package value

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind says what can be computed of the values of a type.
type Kind uint8

// The kinds.
const (
	Other Kind = iota // compared, and nothing else
	Number
	Time // a date, or one with a time of day
	Text // that a person may have typed
)

// KindOf returns the kind of a type, or of what a domain is made of. types may be
// nil.
func KindOf(oid uint32, types Types) Kind {
	switch f := formatOf(oid, types).form; {
	case f.number():
		return Number
	case f == day || f == moment:
		return Time
	case f == words:
		return Text
	}
	return Other
}

// Short reports whether no value of a type is longer than some 50 bytes.
func Short(oid uint32, types Types) bool {
	switch formatOf(oid, types).form {
	case boolean, integer, float, money, day, brief, moment:
		return true
	}
	return false
}

// amount leaves a number of a money value: -$1,234.50.
var amount = strings.NewReplacer("$", "", ",", "")

// Float reads a number as PostgreSQL writes it, money too. It is not ok for what
// a float64 has no finite number for.
func Float(text []byte) (v float64, ok bool) {
	v, err := strconv.ParseFloat(amount.Replace(string(text)), 64)
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}

// Seconds reads a date or a time as PostgreSQL writes it, as seconds since 1970. It
// is not ok for infinity and for what is out of Go's calendar.
func Seconds(text []byte) (v float64, ok bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			return float64(t.UnixMicro()) / 1e6, true
		}
	}
	return 0, false
}

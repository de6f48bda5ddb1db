package database

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
)

// oneLine makes one line of at most so many bytes of a text that somebody wrote
// into the database: what could break the line, or turn it around, is a blank, and
// of blanks there is one. So it cannot look like what this server says.
func oneLine(s string, most int) string {
	words := strings.FieldsFunc(catalog.Cut(s, 2*most), func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) })
	return catalog.Cut(strings.Join(words, " "), most)
}

// middle is oneLine that leaves out the middle: the end of a statement says as
// much of it as its beginning.
func middle(s string, most int) string {
	s = oneLine(s, len(s))
	if len(s) <= most {
		return s
	}
	half := most / 2
	return fmt.Sprintf("%s …(%d bytes)… %s", strings.ToValidUTF8(s[:half], ""), len(s)-2*half, strings.ToValidUTF8(s[len(s)-half:], ""))
}

// shorter cuts a text to so many bytes and says by how many.
func shorter(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := strings.ToValidUTF8(s[:most], "")
	return fmt.Sprintf("%s…(+%d bytes)", cut, len(s)-len(cut))
}

// round keeps three digits behind the point.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }

func milliseconds(d time.Duration) float64 { return round(float64(d) / float64(time.Millisecond)) }

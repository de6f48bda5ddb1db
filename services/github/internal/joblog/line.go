package joblog

import (
	"regexp"
	"strings"
	"time"
	"unicode"
)

// cutTime takes the time off the beginning of a line; it is zero if none is there.
func cutTime(line string) (time.Time, string) {
	stamp, rest, ok := strings.Cut(line, " ")
	if !ok {
		stamp, rest = strings.TrimRight(line, "\r\n"), ""
	}
	if len(stamp) < len("2026-01-02T15:04:05Z") || len(stamp) > len("2026-01-02T15:04:05.000000000Z") {
		return time.Time{}, line
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return time.Time{}, line
	}
	return at, rest
}

// escapes are the sequences that colour a terminal, move its cursor or set its title.
var escapes = regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])`)

// clean takes out of a line what a terminal would not show. Of a line that was
// written over again and again, such as a progress bar, the last state counts.
func clean(line string) string {
	line = strings.TrimRight(line, "\r\n")
	if strings.IndexByte(line, 0x1b) >= 0 {
		line = escapes.ReplaceAllString(line, "")
	}
	line = strings.TrimRight(line, "\r")
	line = line[strings.LastIndexByte(line, '\r')+1:]
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, line) // what is not UTF-8 becomes U+FFFD
	return strings.TrimRight(line, " \t")
}

// cutMarker takes a marker such as ##[error] off a line. kind is "" without one.
func cutMarker(line string) (kind, rest string) {
	inner, ok := strings.CutPrefix(line, "##[")
	if !ok {
		return "", line
	}
	kind, rest, ok = strings.Cut(inner, "]")
	if !ok {
		return "", line
	}
	switch kind {
	case "group", "endgroup", "error", "warning", "notice", "debug", "command", "section":
		return kind, rest
	}
	return "", line
}

// starts reports whether a section begins with this line.
func starts(kind, rest string) bool {
	switch kind {
	case "group":
		return strings.HasPrefix(rest, "Run ")
	case "":
		return rest == "Post job cleanup." || rest == "Cleaning up orphan processes"
	}
	return false
}

// show is what a line is shown as.
func show(kind, rest string) string {
	switch kind {
	case "error", "warning", "notice", "debug":
		rest = kind + ": " + rest
	}
	if len(rest) <= maxLine {
		return rest
	}
	return strings.ToValidUTF8(rest[:maxLine], "") + "…"
}

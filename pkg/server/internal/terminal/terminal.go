// Package terminal knows what text is written to: a terminal, how wide it is and
// what it can show, or something else. Text that passes [Clean] or [Line] holds
// nothing that a terminal obeys, whoever chose it. Start with [For].
package terminal

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Screen is where text goes. The zero value of all but Writer is a file.
type Screen struct {
	io.Writer
	Terminal bool // somebody looks at it
	Moves    bool // lines can be drawn again
	Colour   bool // letters can have colours
	Unicode  bool // symbols beside those of ASCII can be shown
	Columns  int  // how wide it is
}

const (
	usualColumns = 80
	leastColumns = 20
	mostColumns  = 1000
)

// For returns what w is, as the environment of the process describes it.
func For(w io.Writer, environ []string) Screen {
	s := Screen{Writer: w, Columns: usualColumns, Unicode: speaksUnicode(environ)}
	if n, err := strconv.Atoi(value(environ, "COLUMNS")); err == nil && n > 0 {
		s.Columns = n
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.Terminal = true
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			s.Columns = n
		}
		kind := value(environ, "TERM")
		s.Moves = kind != "" && kind != "dumb"
		s.Colour = s.Moves && value(environ, "NO_COLOR") == ""
	}
	s.Columns = min(mostColumns, max(leastColumns, s.Columns))
	return s
}

// IsTerminal reports whether r is a terminal that a person can answer at.
func IsTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// speaksUnicode looks at the variables of the locale in the order of POSIX.
func speaksUnicode(environ []string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(value(environ, name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}

// value is that of a variable, of which the last one counts.
func value(environ []string, name string) (found string) {
	for _, kv := range environ {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			found = v
		}
	}
	return found
}

// Style is how letters look.
type Style string

// The styles, by what they are for.
const (
	Heading Style = "1"    // bold: names
	Faint   Style = "2"    // what is beside the point
	Bad     Style = "1;31" // red: failures
	Good    Style = "32"   // green: what is well
	Warning Style = "33"   // yellow
	Option  Style = "36"   // cyan: what can be typed
)

// Paint returns text in a style, or as it is where there are no colours. The text
// must be clean: what ends a style in it would end this one.
func (s Screen) Paint(style Style, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// Symbol returns the first of two, or the second where only ASCII can be shown.
func (s Screen) Symbol(symbol, ascii string) string {
	if s.Unicode {
		return symbol
	}
	return ascii
}

// Ellipsis stands for what was cut.
func (s Screen) Ellipsis() string { return s.Symbol("…", "...") }

package terminal_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal/terminaltest"
)

func TestFor(t *testing.T) {
	tty := terminaltest.Open(t, 123)
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	type screen struct {
		Terminal, Moves, Colour, Unicode bool
		Columns                          int
	}
	for _, tt := range []struct {
		name    string
		file    *os.File
		environ []string
		want    screen
	}{
		{"a terminal", tty.File, []string{"TERM=xterm", "LANG=de_DE.UTF-8"}, screen{true, true, true, true, 123}},
		{"without colours", tty.File, []string{"TERM=xterm", "NO_COLOR=1", "LC_CTYPE=C.utf8"}, screen{true, true, false, true, 123}},
		{"NO_COLOR without a value", tty.File, []string{"TERM=xterm", "NO_COLOR="}, screen{true, true, true, false, 123}},
		{"a dumb one", tty.File, []string{"TERM=dumb"}, screen{true, false, false, false, 123}},
		{"one of which nothing is known", tty.File, nil, screen{true, false, false, false, 123}},
		{"another locale", tty.File, []string{"TERM=xterm", "LC_ALL=C", "LANG=C.UTF-8"}, screen{true, true, true, false, 123}},
		{"a file", file, []string{"TERM=xterm", "LANG=C.UTF-8"}, screen{Unicode: true, Columns: 80}},
		{"a file in a width", file, []string{"COLUMNS=100"}, screen{Columns: 100}},
		{"a file in no width", file, []string{"COLUMNS=1"}, screen{Columns: 20}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := terminal.For(tt.file, tt.environ)
			if diff := cmp.Diff(tt.want, screen{s.Terminal, s.Moves, s.Colour, s.Unicode, s.Columns}); diff != "" {
				t.Error(diff)
			}
			if got := s.Paint(terminal.Bad, "x") != "x"; got != tt.want.Colour {
				t.Errorf("painted: %v", got)
			}
			if terminal.IsTerminal(tt.file) != tt.want.Terminal {
				t.Error("as an input it is another thing")
			}
		})
	}
	if terminal.For(new(bytes.Buffer), []string{"TERM=xterm"}).Terminal || terminal.IsTerminal(strings.NewReader("")) {
		t.Error("memory is a terminal")
	}
}

func TestClean(t *testing.T) {
	for _, tt := range []struct{ text, clean, line string }{
		{"plain", "plain", "plain"},
		{"two\r\nlines\tand a tab", "two\nlines\tand a tab", "two  lines and a tab"},
		{"back\rspace\b", "back\uFFFDspace\uFFFD", "back space\uFFFD"},
		{"\x1b[31mred\u009b0m", "\uFFFD[31mred\uFFFD0m", "\uFFFD[31mred\uFFFD0m"},
		{"a\u202Eb\u2067c", "a\uFFFDb\uFFFDc", "a\uFFFDb\uFFFDc"},
		{"broken \xff\xfe", "broken \uFFFD", "broken \uFFFD"},
		{"שלום 日本", "שלום 日本", "שלום 日本"},
	} {
		if got := terminal.Clean(tt.text); got != tt.clean {
			t.Errorf("Clean(%q) is %q", tt.text, got)
		}
		if got := terminal.Line(tt.text); got != tt.line {
			t.Errorf("Line(%q) is %q", tt.text, got)
		}
	}
}

func TestCut(t *testing.T) {
	unicode, ascii := terminal.Screen{Unicode: true}, terminal.Screen{}
	for _, tt := range []struct {
		s    terminal.Screen
		text string
		n    int
		want string
	}{
		{unicode, "fits", 4, "fits"}, {unicode, "too long", 4, "too…"}, {ascii, "too long", 6, "too..."}, {ascii, "too long", 2, "to"},
		{unicode, "日本語", 6, "日本語"}, {unicode, "日本語", 5, "日本…"}, {unicode, "日本語", 4, "日…"}, {unicode, "e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
		{unicode, "x", 0, ""},
	} {
		if got := tt.s.Cut(tt.text, tt.n); got != tt.want {
			t.Errorf("%q in %d: %q", tt.text, tt.n, got)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int
		want []string
	}{
		{"", 10, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"one\n\n  two three", 7, []string{"one", "", "  two", "three"}},
		{"abcdefghij k", 4, []string{"abcd", "efgh", "ij k"}},
		{"日本語", 1, []string{"日", "本", "語"}},
		{"日本語", 5, []string{"日本", "語"}},
		{"        deep", 6, []string{"   dee", "p"}},
		{"x", 0, []string{"x"}},
	} {
		if diff := cmp.Diff(tt.want, terminal.Wrap(tt.text, tt.n)); diff != "" {
			t.Errorf("%q in %d: %s", tt.text, tt.n, diff)
		}
	}
}

// FuzzWrap holds that nothing is lost and that no line is too wide for more than
// one letter.
func FuzzWrap(f *testing.F) {
	f.Add("one two", 3)
	f.Add("  日本語 e\u0301\u200b", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		text = terminal.Clean(text)
		n = 1 + max(-n, n)&0x3f
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		lines := terminal.Wrap(text, n)
		if got := bare(strings.Join(lines, "")); got != bare(text) {
			t.Errorf("%q in %d became %q", text, n, lines)
		}
		for _, line := range lines {
			if w := terminal.Width(line); w > max(n, 2) {
				t.Errorf("%q in %d: %q is %d", text, n, line, w)
			}
		}
	})
}

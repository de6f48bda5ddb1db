package lines_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/lines"
)

func TestRead(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, tt := range []struct {
		name, text string
		ask        lines.Range
		want       lines.Part
	}{
		{"all", "a\nb\n", lines.Range{Max: 9, Count: true}, lines.Part{Text: "a\nb\n", First: 1, Last: 2, Total: 2}},
		{"no newline at the end", "a\nb", lines.Range{Max: 9, Count: true}, lines.Part{Text: "a\nb", First: 1, Last: 2, Total: 2}},
		{"windows", "a\r\nb\r\nc\r\n", lines.Range{Start: 2, End: 2, Max: 9, Count: true}, lines.Part{Text: "b\r\n", First: 2, Last: 2, Total: 3}},
		{"empty", "", lines.Range{Max: 9, Count: true}, lines.Part{}},
		{"behind the end", "a\nb\n", lines.Range{Start: 3, Max: 9, Count: true}, lines.Part{Total: 2}},
		{"end behind the end", "a\nb\n", lines.Range{Start: 2, End: 99, Max: 9}, lines.Part{Text: "b\n", First: 2, Last: 2, Total: 2}},
		{"cut at a line's end", "aaa\nbbb\nccc\n", lines.Range{Max: 9, Count: true}, lines.Part{Text: "aaa\nbbb\n", First: 1, Last: 2, Total: 3, More: true}},
		{"just fits", "aaa\nbbb\n", lines.Range{Max: 8}, lines.Part{Text: "aaa\nbbb\n", First: 1, Last: 2, Total: 2}},
		{"one byte too many", "aaa\nbbb\n", lines.Range{Max: 7}, lines.Part{Text: "aaa\n", First: 1, Last: 1, Total: -1, More: true}},
		{"a huge line", long + "\nb\n", lines.Range{Max: 5, Count: true}, lines.Part{Text: "xxxxx", First: 1, Last: 1, Total: 2, More: true, Cut: true}},
		{"a huge line alone", long, lines.Range{Max: 5, Count: true}, lines.Part{Text: "xxxxx", First: 1, Last: 1, Total: 1, Cut: true}},
		{"what follows a huge line is not looked for", long, lines.Range{Max: 5}, lines.Part{Text: "xxxxx", First: 1, Last: 1, Total: -1, More: true, Cut: true}},
		{"nothing is asked for behind a huge line", long + "\nb\n", lines.Range{End: 1, Max: 5}, lines.Part{Text: "xxxxx", First: 1, Last: 1, Total: -1, Cut: true}},
		{"a huge line behind a small one", "a\n" + long + "\n", lines.Range{Max: 50_000}, lines.Part{Text: "a\n", First: 1, Last: 1, Total: -1, More: true}},
		{"a huge line before what is asked for", long + "\nb\n", lines.Range{Start: 2, Max: 5}, lines.Part{Text: "b\n", First: 2, Last: 2, Total: 2}},
		{"no character is cut through", "ééé\n", lines.Range{Max: 3, Count: true}, lines.Part{Text: "é", First: 1, Last: 1, Total: 1, Cut: true}},
		{"not UTF-8", "caf\xe9\n", lines.Range{Max: 9}, lines.Part{Text: "caf\uFFFD\n", First: 1, Last: 1, Total: 1, Lossy: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.text), iotest.HalfReader(strings.NewReader(tt.text))} {
				got, err := lines.Read(r, tt.ask)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestReadStopsEarly(t *testing.T) {
	lost := errors.New("read too far")
	r := io.MultiReader(strings.NewReader(strings.Repeat("line\n", 20_000)), iotest.ErrReader(lost))
	got, err := lines.Read(r, lines.Range{Start: 3, End: 4, Max: 99})
	if err != nil || got.Text != "line\nline\n" || got.Total != -1 {
		t.Errorf("%+v, %v", got, err)
	}
	r = io.MultiReader(strings.NewReader("line\n"), iotest.ErrReader(lost))
	if _, err := lines.Read(r, lines.Range{Max: 99}); !errors.Is(err, lost) {
		t.Errorf("a text that broke off was read as whole: %v", err)
	}
}

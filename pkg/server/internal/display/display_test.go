package display_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/display"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

var update = flag.Bool("update", false, "write the golden file anew")

// TestRecord shows the JSON of each case as testdata/record.txtar has it: a file
// NAME.json, and beside it NAME.WIDTH for each width.
func TestRecord(t *testing.T) {
	const golden = "testdata/record.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var raw []byte
	shown := 0
	for i, f := range archive.Files {
		name, ending, _ := strings.Cut(f.Name, ".")
		if ending == "json" {
			raw = f.Data
			continue
		}
		columns, err := strconv.Atoi(ending)
		if err != nil {
			t.Fatal(err)
		}
		shown++
		t.Run(f.Name, func(t *testing.T) {
			got, cut, err := display.Record(terminal.Screen{Unicode: true, Columns: columns}, raw, "next_cursor")
			if err != nil {
				t.Fatal(name, err)
			}
			if cut != strings.Contains(got, "…") {
				t.Errorf("cut is %v", cut)
			}
			for line := range strings.Lines(got) {
				if w := terminal.Width(strings.TrimSuffix(line, "\n")); w > columns {
					t.Errorf("%d columns: %q", w, line)
				}
			}
			if *update {
				archive.Files[i].Data = []byte(got)
			} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if shown < 14 {
		t.Errorf("only %d cases", shown)
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// hostile is what a terminal would obey, or what would be read in another order.
const hostile = "\x1b[2J\x1b]0;title\x07\u009b31m\u202Eevil\u2066\r\x00\x7f"

func TestRecordIsSafe(t *testing.T) {
	q := strconv.QuoteToASCII(hostile)
	q = strings.NewReplacer(`\x1b`, `\u001b`, `\x07`, `\u0007`, `\a`, `\u0007`, `\x00`, `\u0000`, `\x7f`, `\u007f`).Replace(q)
	for _, raw := range []string{
		q, `{` + q + `:` + q + `}`, `[{` + q + `:` + q + `},{"b":1}]`, `{"a":{"b":{` + q + `:[` + q + `]}}}`,
		`{"a":[[` + q + `,1],[2,3]]}`, `{"columns":[` + q + `],"rows":[[` + q + `]]}`, `{"m":{` + q + `:{"a":` + q + `},"o":{"a":1}}}`,
	} {
		got, _, err := display.Record(terminal.Screen{Columns: 200}, []byte(raw))
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if !strings.Contains(got, "evil") {
			t.Errorf("%s: nothing of it is left: %q", raw, got)
		}
		got += display.Compact([]byte(raw))
		for _, r := range got {
			if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("%s: %q in %q", raw, r, got)
			}
		}
	}
}

// TestRecordIsBounded shows what is too deep, too wide or too many to be read.
func TestRecordIsBounded(t *testing.T) {
	s := terminal.Screen{Columns: 80}
	if _, _, err := display.Record(s, []byte(strings.Repeat("[", 1000)+strings.Repeat("]", 1000))); err == nil {
		t.Error("a thousand levels are shown")
	}
	var b bytes.Buffer
	for range 2 {
		b.WriteString(`{"x":0`)
		for i := range 20000 {
			fmt.Fprintf(&b, `,"%d%d":1`, b.Len(), i) // other names in each row
		}
		b.WriteString("},")
	}
	if got, _, err := display.Record(s, []byte("["+strings.TrimSuffix(b.String(), ",")+"]")); err != nil || len(got) < 40000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, raw := range []string{"", "{", `{"a":1} {"b":2}`, "nothing"} {
		if got, _, err := display.Record(s, []byte(raw)); err == nil {
			t.Errorf("%q is shown as %q", raw, got)
		}
	}
}

func TestTableColours(t *testing.T) {
	s := terminal.Screen{Unicode: true, Colour: true, Columns: 40}
	got, ok := display.Table(s, 40, []display.Column{{Name: "A", Style: terminal.Option}, {Name: "N", Right: true}}, [][]string{{"x\x1b[1m", "10"}, {"", "5"}})
	want := "\x1b[1mA\x1b[0m       \x1b[1mN\x1b[0m\n\x1b[36mx\uFFFD[1m\x1b[0m  10\n        5\n"
	if !ok || got != want {
		t.Errorf("got %q", got)
	}
}

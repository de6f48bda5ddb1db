package corpus

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// accuracy is the document that says what the tests here measure.
const accuracy = "../../../docs/calculator-accuracy.md"

var update = flag.Bool("update", false, "write what is measured to docs/calculator-accuracy.md")

// documented holds the document to text: it has to stand between the marks
// called name, and is put there with -update.
func documented(t *testing.T, name, text string) {
	t.Helper()
	edit(t, name, func(doc string) (string, bool) {
		start, end := "<!-- "+name+":start -->\n", "<!-- "+name+":end -->"
		head, rest, found := strings.Cut(doc, start)
		_, tail, closed := strings.Cut(rest, end)
		return head + start + text + end + tail, found && closed
	})
}

// tabled does the same with a row of the table of corpora, which begins with
// the name of the corpus.
func tabled(t *testing.T, cells ...string) {
	t.Helper()
	edit(t, cells[0], func(doc string) (string, bool) {
		lines := strings.Split(doc, "\n")
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| "+cells[0]+" |") })
		if i < 0 {
			return "", false
		}
		lines[i] = "| " + strings.Join(cells, " | ") + " |"
		return strings.Join(lines, "\n"), true
	})
}

// edit compares the document with what change makes of it. A test that failed
// has measured nothing.
func edit(t *testing.T, name string, change func(doc string) (string, bool)) {
	t.Helper()
	if t.Failed() {
		return
	}
	data, err := os.ReadFile(accuracy)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := change(string(data))
	switch {
	case !ok:
		t.Fatalf("docs/calculator-accuracy.md has no place for %s", name)
	case want == string(data):
	case *update:
		if err := os.WriteFile(accuracy, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/calculator-accuracy.md says something else about %s; make accuracy writes what is measured:%s", name, added(string(data), want))
	}
}

// added are the lines that a text does not have.
func added(have, want string) string {
	lines := strings.Split(have, "\n")
	var b strings.Builder
	for line := range strings.SplitSeq(want, "\n") {
		if !slices.Contains(lines, line) {
			b.WriteString("\n" + line)
		}
	}
	return b.String()
}

// counts writes how many cases there are for each reason, the most first.
func counts(reasons map[string]int) string {
	names := slices.SortedFunc(maps.Keys(reasons), func(x, y string) int {
		return cmp.Or(cmp.Compare(reasons[y], reasons[x]), cmp.Compare(x, y))
	})
	for i, name := range names {
		names[i] = count(reasons[name]) + " " + name
	}
	return cmp.Or(strings.Join(names, ", "), "–")
}

// count writes a number with commas.
func count(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", count(n/1000), n%1000)
}

// release is a module that this one requires, with its version.
func release(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", path).Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", path, err)
	}
	return strings.TrimSpace(string(out))
}

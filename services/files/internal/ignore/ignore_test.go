package ignore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/ignore"
)

func TestLevels(t *testing.T) {
	top := (*ignore.Level)(nil).Enter("", ignore.Files{
		Git:     ignore.Parse([]byte("*.o\n/out\nd/e/x\n")),
		Ignore:  ignore.Parse([]byte("!kept.o\n")),
		Exclude: ignore.Parse([]byte("*.o\n*.swp\n")), Repository: true,
	})
	sub := top.Enter("d/", ignore.Files{Git: ignore.Parse([]byte("!y.o\n/z\nkept.o\n"))})
	nested := sub.Enter("d/n/", ignore.Files{Repository: true})
	if same := sub.Enter("d/q/", ignore.Files{}); same != sub {
		t.Error("a directory without ignore files has a level of its own")
	}
	for _, c := range []struct {
		level     *ignore.Level
		dir, name string
		want      bool
	}{
		{top, "", "a.o", true},
		{top, "", "kept.o", false},
		{top, "", "a.swp", true},
		{top, "", "out", true},
		{top, "d/", "out", false},
		{sub, "d/", "y.o", false},
		{sub, "d/", "x.o", true},
		{sub, "d/", "kept.o", false}, // .ignore goes before .gitignore
		{sub, "d/", "z", true},
		{sub, "d/e/", "z", false},
		{sub, "d/e/", "x", true},
		{nested, "d/n/", "x.o", false}, // another repository
		{nested, "d/n/", "a.swp", false},
		{nil, "", "x", false},
	} {
		if got := c.level.Ignored(c.dir, c.name, false); got != c.want {
			t.Errorf("%s%s is ignored: %v", c.dir, c.name, got)
		}
	}
}

// TestStarsBehindText holds what git's manual says of ** that is no segment of
// its own. Versions up to 2.51 differ.
func TestStarsBehindText(t *testing.T) {
	r := ignore.Parse([]byte("a**/b\n"))
	for dir, want := range map[string]ignore.Verdict{"a/": ignore.Ignored, "ax/": ignore.Ignored, "a/x/": ignore.None, "": ignore.None} {
		if got := r.Match(dir, "b", false); got != want {
			t.Errorf("%sb: %v, want %v", dir, got, want)
		}
	}
	if got := r.Match("", "ab", false); got != ignore.None {
		t.Errorf("ab: %v", got)
	}
}

func TestHostileFiles(t *testing.T) {
	start := time.Now()
	for _, line := range []string{strings.Repeat("a*", 500) + "b", strings.Repeat("**/a/", 500) + "b", strings.Repeat("[", 1000), "[!" + strings.Repeat("a", 1000) + "]"} {
		r := ignore.Parse([]byte(strings.Repeat(line+"\n", 50)))
		r.Match(strings.Repeat("a/", 100), strings.Repeat("a", 250), false)
	}
	if r := ignore.Parse([]byte(strings.Repeat("\n#\n!\n/\n", 1000))); r != nil {
		t.Error("a file without rules has rules")
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it takes %v", d)
	}
}

func FuzzIgnoreParse(f *testing.F) {
	for _, c := range tricky {
		f.Add([]byte(c.rules), c.paths)
	}
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		i := strings.LastIndexByte(path, '/') + 1
		r := ignore.Parse(data)
		v := r.Match(path[:i], path[i:], true)
		if v == ignore.None || path == "" || strings.ContainsAny(path, "\x00\n\r") || path[0] == '/' || strings.HasSuffix(path, "/") {
			return
		}
		// What a rule says is undone by the opposite rule behind it.
		literal := strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`, " ", `\ `).Replace(path)
		not := ignore.Ignored
		line := "\n/" + literal
		if v == ignore.Ignored {
			not, line = ignore.Kept, "\n!/"+literal
		}
		if got := ignore.Parse(append(data[:len(data):len(data)], line...)).Match(path[:i], path[i:], true); got != not {
			t.Errorf("%q with %q: %v", data, path, got)
		}
	})
}

package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// documents returns the documents whose examples are run, relative to root.
func documents(t *testing.T) (root string, list []string) {
	t.Helper()
	root, err := fleet.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/README.md", "services/*/README.md"} {
		found, err := fs.Glob(os.DirFS(root), pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: there is none (%v)", pattern, err)
		}
		list = append(list, found...)
	}
	for _, dir := range []string{"docs", "helm"} {
		err := fs.WalkDir(os.DirFS(root), dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && path.Ext(p) == ".md" && (dir == "docs" || path.Base(p) == "README.md") {
				list = append(list, p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(list)
	return root, list
}

// prompt begins a line that readers take for a command.
var prompt = regexp.MustCompile(`(?m)^[ \t]*\$ `)

// counts are of the commands of a document.
type counts struct {
	run   int
	norun map[string]int // by reason
}

func count(examples []Example) counts {
	c := counts{norun: make(map[string]int)}
	for _, e := range examples {
		if e.NoRun == "" {
			c.run += len(e.Commands)
		} else {
			c.norun[e.NoRun] += len(e.Commands)
		}
	}
	return c
}

func (c counts) total() int {
	n := c.run
	for _, k := range c.norun {
		n += k
	}
	return n
}

func TestFencesOfDocuments(t *testing.T) {
	root, list := documents(t)
	run, total := 0, 0
	for _, p := range list {
		data, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			t.Fatal(err)
		}
		examples, problems := Read(string(data))
		for _, problem := range problems {
			t.Errorf("%s: %s", p, problem)
		}
		c := count(examples)
		run, total = run+c.run, total+c.total()
		if c.total() > 0 {
			t.Logf("%s: %d of %d commands are run; not: %v", p, c.run, c.total(), c.norun)
		}
		// Whatever a fence is called or made of, what looks like a command is one.
		if n := len(prompt.FindAll(data, -1)); n != c.total() {
			t.Errorf("%s: %d lines look like commands, %d are found: put each into a console fence", p, n, c.total())
		}
	}
	t.Logf("%d of %d commands are run", run, total)
	if run == 0 {
		t.Error("no command of any document is run")
	}
}

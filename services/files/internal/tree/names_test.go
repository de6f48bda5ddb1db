package tree_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Two normal forms of the same text.
const (
	composed   = "caf\u00e9 \u1e9b\u0323.txt"
	decomposed = "cafe\u0301 \u017f\u0323\u0307.txt"
	mixed      = "caf\u00e9 \u017f\u0323\u0307.txt"
)

// TestNormalForms finds a name in the form that the disk has, if there is one.
func TestNormalForms(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		for _, disk := range []string{composed, decomposed, mixed} {
			root := t.TempDir()
			put(t, root, "r\u00e9p/"+disk, "text")
			tr := open(t, opt, "work="+root)
			for _, s := range []string{composed, decomposed, mixed} {
				p := locate(t, tr, "re\u0301p/"+s)
				if got, err := read(p); got != "text" || p.Base() != disk {
					t.Errorf("%+q as %+q: %q, %v", disk, s, got, err)
				}
				if s == disk {
					continue
				}
				if _, err := read(locate(t, tr, "file:///work/r%C3%A9p/"+s)); tree.KindOf(err) != tree.NotFound {
					t.Errorf("a URI is not exact: %v", err)
				}
			}
			if p := locate(t, tr, "re\u0301p/new \u00e9/x"); p.Rel != "r\u00e9p/new \u00e9/x" {
				t.Errorf("%+q", p.Rel)
			}
		}
	})
}

// TestTwins refuses to choose between two names that look the same.
func TestTwins(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		for _, twins := range [][2]string{{composed, decomposed}, {decomposed, mixed}} {
			root := t.TempDir()
			for _, name := range twins {
				put(t, root, "dir/"+name, name)
			}
			tr := open(t, opt, "work="+root)
			_, err := tr.Path("dir/" + decomposed)
			var e *tree.Error
			if !errors.As(err, &e) || e.Kind != tree.Ambiguous || len(e.Suggestions) != 2 {
				t.Fatalf("%+v: %v", twins, err)
			}
			for _, uri := range e.Suggestions {
				if !strings.Contains(e.Error(), uri) {
					t.Errorf("%v does not name %s", e, uri)
				}
				p := locate(t, tr, uri)
				if got, err := read(p); got != p.Base() {
					t.Errorf("%s: %+q, %v", uri, got, err)
				}
			}
		}
	})
}

// TestStrangeNames reads and shows what a disk may have.
func TestStrangeNames(t *testing.T) {
	root := t.TempDir()
	strange := []string{"a\u202ftxt.exe", "\u202egpj.exe", "zero\u200bwidth", "new\nline", "\x1b[31mred", "inv\xffalid", "\xc3", "back\\slash", "a?b#c%41", " ", "-rf", "..x", strings.Repeat("n", 255)}
	for _, name := range strange {
		put(t, root, name, name)
	}
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+root)
		d, err := tr.Roots()[0].Top().OpenDir()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		list, err := names(d)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(list)
		slices.Sort(strange)
		if diff := cmp.Diff(strange, list); diff != "" {
			t.Error(diff)
		}
		for _, name := range list {
			p := d.Path().Join(name)
			if got, err := read(locate(t, tr, p.URI())); got != name {
				t.Errorf("%s: %q, %v", p.URI(), got, err)
			}
		}
	})
	p := locate(t, open(t, tree.Options{}, "work="+root), "file:///work/inv%FFalid")
	if p.String() != "inv\uFFFDalid" || p.URI() != "file:///work/inv%FFalid" {
		t.Errorf("%q, %q", p.String(), p.URI())
	}
}

// TestSuggestions says what may have been meant, and nothing from outside.
func TestSuggestions(t *testing.T) {
	root, outside := pair(t)
	for _, name := range []string{"README.md", "src/main.go", "src/mail.go", "src/config.yaml", "Screenshot at 1.23\u202fPM.png", "inv\xff.txt", "esc\x1b.txt", "src/deep/x.go"} {
		put(t, root, name, "")
	}
	put(t, outside, "secrets.txt", "")
	link(t, outside, filepath.Join(root, "out"))
	link(t, "src", filepath.Join(root, "alias"))
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+root)
		for path, want := range map[string][]string{
			"readme.md": {"README.md"}, "README": {"README.md"}, "README.txt": {"README.md"}, "raedme.md": {"README.md"},
			"src/main.og": {"src/main.go", "src/mail.go"}, "src/maim.go": {"src/mail.go", "src/main.go"}, "src/config.yml": {"src/config.yaml"},
			"scr/main.go": {"src/main.go"}, "scr/none": {"src"}, "alias/Main.go": {"alias/main.go", "alias/mail.go"},
			"Screenshot at 1.23 PM.png": {"file:///work/Screenshot%20at%201.23%E2%80%AFPM.png"}, "inv.txt": {"in.txt", "file:///work/inv%FF.txt"}, "esc.txt": {"file:///work/esc%1B.txt"},
			"src/dep/x.go": {"src/deep/x.go"}, "nothing-like-it": nil, "out/secret": nil, "dir/none": nil,
		} {
			p := locate(t, tr, path)
			for what, op := range map[string]func() error{
				"Open": func() error { _, err := p.Open(); return err }, "Stat": func() error { _, err := p.Stat(); return err },
				"OpenDir": func() error { _, err := p.OpenDir(); return err },
			} {
				var e *tree.Error
				if !errors.As(op(), &e) {
					t.Fatalf("%s %s", what, path)
				}
				if diff := cmp.Diff(want, e.Suggestions); diff != "" {
					t.Errorf("%s %s: %s", what, path, diff)
				}
			}
		}
	})
}

// TestSuggestionsAreBounded in a directory with many names.
func TestSuggestionsAreBounded(t *testing.T) {
	root := t.TempDir()
	for i := range 100 {
		put(t, root, fmt.Sprintf("file%03d", i), "")
	}
	_, err := read(locate(t, open(t, tree.Options{}, "work="+root), "file00"))
	var e *tree.Error
	if !errors.As(err, &e) || len(e.Suggestions) != 3 {
		t.Errorf("%v: %v", err, e.Suggestions)
	}
}

package tree_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// TestLinks reads through links: those that stay inside are followed, whatever
// they are written like, and those that leave are refused with one message,
// whether or not there is something.
func TestLinks(t *testing.T) {
	root, outside := pair(t)
	spelling := filepath.Join(filepath.Dir(root), "spelling") // another path of the root
	link(t, root, spelling)
	for name, target := range map[string]string{
		"rel":              "dir/in.txt",
		"abs":              root + "/dir/in.txt",
		"abs-spelling":     spelling + "/dir/in.txt",
		"abs-dir":          root + "/dir",
		"abs-slash":        root + "/dir/",
		"rel-dir":          "dir",
		"rel-slash":        "dir/",
		"back":             "../root/dir/in.txt",
		"dir/up":           "../in.txt",
		"dir/back":         "../../root/in.txt",
		"abs-up":           root + "/dir/../in.txt",
		"abs-abs":          root + "/abs",
		"dir-file":         "in.txt/",
		"dangling":         "dir/none",
		"abs-dangling":     root + "/dir/none",
		"deep-dangling":    "none/none/x",
		"dots-dangling":    "none/../in.txt",
		"out-rel":          "../outside/secret.txt",
		"out-abs":          outside + "/secret.txt",
		"out-dir":          "../outside",
		"out-abs-dir":      outside,
		"out-sibling":      root + "secret/x",
		"out-none":         "../outside/none",
		"out-abs-none":     "/nonexistent/none",
		"out-abs-up":       root + "/../outside/secret.txt",
		"out-via-dir":      root + "/rel-dir/../../outside/secret.txt",
		"out-up":           "..",
		"out-abs-parent":   filepath.Dir(root),
		"out-top":          "/",
		"out-case":         strings.ToUpper(root) + "/in.txt",
		"out-case-back":    "../ROOT/in.txt",
		"out-abs-lexical":  filepath.Dir(root) + "/outside/../root/in.txt",
		"out-link":         "out-rel",
		"loop":             "loop",
		"loop-a":           "loop-b",
		"loop-b":           root + "/loop-a",
		"out-many-parents": strings.Repeat("../", 60) + "etc/passwd",
	} {
		link(t, target, filepath.Join(root, name))
	}
	const out = `": a link leads out of the root`
	tests := []struct {
		path string
		want string // the content, or "!" and the kind
	}{
		{"rel", "inside dir"}, {"abs", "inside dir"}, {"abs-spelling", "inside dir"},
		{"abs-dir/in.txt", "inside dir"}, {"abs-slash/in.txt", "inside dir"},
		{"rel-dir/in.txt", "inside dir"}, {"rel-slash/in.txt", "inside dir"},
		{"back", "inside dir"}, {"dir/up", "inside"}, {"dir/back", "inside"}, {"abs-up", "inside"}, {"abs-abs", "inside dir"},
		{"rel-dir/../in.txt", "inside"}, {"rel/", "inside dir"}, {"in.txt/", "inside"},
		{"abs-dir", "!is_directory"}, {"abs-dir/", "!is_directory"}, {".", "!is_directory"},
		{"dir-file", "!not_directory"}, {"in.txt/x", "!not_directory"}, {"abs/x", "!not_directory"},
		{"dangling", "!not_found"}, {"abs-dangling", "!not_found"}, {"deep-dangling", "!not_found"}, {"dots-dangling", "!not_found"},
		{"none", "!not_found"}, {"none/none", "!not_found"}, {"abs-dir/none", "!not_found"},
		{"loop", "!invalid"}, {"loop-a", "!invalid"}, {"loop/x", "!invalid"},
		{"out-rel", "!outside"}, {"out-abs", "!outside"}, {"out-dir", "!outside"}, {"out-dir/", "!outside"},
		{"out-dir/secret.txt", "!outside"}, {"out-dir/none", "!outside"}, {"out-abs-dir/secret.txt", "!outside"},
		{"out-sibling", "!outside"}, {"out-none", "!outside"}, {"out-abs-none", "!outside"}, {"out-abs-up", "!outside"},
		{"out-via-dir", "!outside"}, {"out-up", "!outside"}, {"out-up/root/in.txt", "inside"}, {"out-up/outside/in.txt", "!outside"}, {"out-up/none", "!outside"}, {"out-abs-parent", "!outside"},
		{"out-top", "!outside"}, {"out-top/etc/passwd", "!outside"}, {"out-case", "!outside"}, {"out-case-back", "!outside"},
		{"out-abs-lexical", "!outside"}, {"out-link", "!outside"}, {"out-many-parents", "!outside"},
	}
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+spelling)
		for _, tt := range tests {
			p := locate(t, tr, tt.path)
			got, err := read(p)
			if err != nil {
				got = "!" + string(tree.KindOf(err))
			}
			if got != tt.want {
				t.Errorf("%s: %q, want %q (%v)", tt.path, got, tt.want, err)
			}
			if tt.want == "!outside" && err != nil && !strings.HasSuffix(err.Error(), out) {
				t.Errorf("%s: %v", tt.path, err)
			}
			if _, serr := p.Stat(); (serr == nil) != (err == nil || tt.want == "!is_directory") {
				t.Errorf("%s: Stat: %v", tt.path, serr)
			}
			if d, derr := p.OpenDir(); derr == nil {
				d.Close()
				if tt.want != "!is_directory" {
					t.Errorf("%s: OpenDir opens it", tt.path)
				}
			}
		}
	})
}

// TestReal resolves links, also where nothing is at the end.
func TestReal(t *testing.T) {
	root, outside := pair(t)
	for name, target := range map[string]string{
		"link": "dir", "abs": root + "/dir/in.txt", "dangling": "dir/new", "abs-dangling": root + "/link/new",
		"out": outside + "/in.txt", "out-dangling": "../outside/new", "out-dir": outside, "loop": "loop",
	} {
		link(t, target, filepath.Join(root, name))
	}
	tests := []struct{ path, want string }{
		{"", "."}, {"in.txt", "in.txt"}, {"link", "dir"}, {"link/in.txt", "dir/in.txt"}, {"link/new", "dir/new"},
		{"link/new/deeper", "dir/new/deeper"}, {"abs", "dir/in.txt"}, {"dangling", "dir/new"}, {"abs-dangling", "dir/new"},
		{"new/deeper", "new/deeper"}, {"in.txt/x", "!not_directory"}, {"loop", "!invalid"},
		{"out", "!outside"}, {"out-dangling", "!outside"}, {"out-dir/new", "!outside"},
	}
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+root)
		for _, tt := range tests {
			p, err := locate(t, tr, tt.path).Real()
			got := p.Rel
			if err != nil {
				got = "!" + string(tree.KindOf(err))
			}
			if got != tt.want {
				t.Errorf("%q: %q, want %q (%v)", tt.path, got, tt.want, err)
			}
		}
	})
}

// TestChains follows as many links as the kernel does, of either kind.
func TestChains(t *testing.T) {
	root, _ := pair(t)
	for _, kind := range []string{"rel", "abs"} {
		prefix := ""
		if kind == "abs" {
			prefix = root + "/"
		}
		link(t, prefix+"in.txt", filepath.Join(root, kind+"1"))
		for i := 2; i <= 41; i++ {
			link(t, fmt.Sprintf("%s%s%d", prefix, kind, i-1), filepath.Join(root, fmt.Sprint(kind, i)))
		}
	}
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+root)
		for _, kind := range []string{"rel", "abs"} {
			for _, n := range []int{1, 8, 9, 40} {
				if got, err := read(locate(t, tr, fmt.Sprint(kind, n))); got != "inside" {
					t.Errorf("%s%d: %q, %v", kind, n, got, err)
				}
			}
			if _, err := read(locate(t, tr, kind+"41")); tree.KindOf(err) != tree.Invalid {
				t.Errorf("%s41: %v", kind, err)
			}
		}
	})
}

// TestLinkSteps ends a link that is made to take long.
func TestLinkSteps(t *testing.T) {
	root, _ := pair(t)
	link(t, root+"/"+strings.Repeat("dir/../", 560)+"again", filepath.Join(root, "again"))
	each(t, func(t *testing.T, opt tree.Options) {
		if _, err := read(locate(t, open(t, opt, "work="+root), "again")); tree.KindOf(err) != tree.Invalid {
			t.Error(err)
		}
	})
}

// TestDirFollowsNoLink also where it leads to the same directory.
func TestDirFollowsNoLink(t *testing.T) {
	root, outside := pair(t)
	for name, target := range map[string]string{"file": "in.txt", "sub": "dir", "out": outside, "out-file": outside + "/in.txt", "none": "new"} {
		link(t, target, filepath.Join(root, name))
	}
	each(t, func(t *testing.T, opt tree.Options) {
		d, err := locate(t, open(t, opt, "work="+root), "").OpenDir()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for _, name := range []string{"file", "out-file", "none", "sub"} {
			if f, err := d.Open(name); err == nil {
				f.Close()
				t.Errorf("Open follows %s", name)
			} else if tree.KindOf(err) != tree.NotRegular {
				t.Errorf("Open %s: %v", name, err)
			}
			if f, _, err := d.OpenWrite(name); tree.KindOf(err) != tree.NotRegular {
				f.Close()
				t.Errorf("OpenWrite %s: %v", name, err)
			}
			if f, err := d.Create(name, 0o600); tree.KindOf(err) != tree.Exists {
				f.Close()
				t.Errorf("Create %s: %v", name, err)
			}
			if info, err := d.Lstat(name); err != nil || info.Type != tree.Symlink {
				t.Errorf("Lstat %s: %+v, %v", name, info, err)
			}
		}
		for _, name := range []string{"sub", "out", "file"} {
			if sub, err := d.OpenDir(name); tree.KindOf(err) != tree.NotDirectory {
				sub.Close()
				t.Errorf("OpenDir %s: %v", name, err)
			}
		}
		if target, err := d.Readlink("out"); err != nil || target != outside {
			t.Errorf("Readlink: %q, %v", target, err)
		}
		if _, err := d.Readlink("in.txt"); tree.KindOf(err) != tree.Invalid {
			t.Errorf("Readlink of a file: %v", err)
		}
		if _, err := os.Lstat(filepath.Join(root, "new")); err == nil {
			t.Error("a file was created through a link")
		}
	})
}

// TestWriteThroughLink creates what an inner link leads to, and nothing where an
// outer one does.
func TestWriteThroughLink(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		root, outside := pair(t)
		link(t, root+"/dir/new", filepath.Join(root, "in"))
		link(t, outside+"/new", filepath.Join(root, "out"))
		tr := open(t, opt, "work="+root)
		p, err := locate(t, tr, "in").Real()
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.Parent()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		f, err := d.Create(p.Base(), 0o600)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		if _, err := os.Lstat(filepath.Join(root, "dir/new")); err != nil {
			t.Error(err)
		}
		if _, err := locate(t, tr, "out").Real(); tree.KindOf(err) != tree.Outside {
			t.Error(err)
		}
	})
}

// TestHardLink shows what no sandbox of names can refuse: a second name of a file
// is as good as the first.
func TestHardLink(t *testing.T) {
	root, outside := pair(t)
	if err := os.Link(filepath.Join(outside, "in.txt"), filepath.Join(root, "hard")); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, opt tree.Options) {
		p := locate(t, open(t, opt, "work="+root), "hard")
		if got, err := read(p); got != secret {
			t.Errorf("%q, %v", got, err)
		}
		if info, err := p.Stat(); err != nil || info.Links != 2 {
			t.Errorf("%+v, %v", info, err)
		}
	})
}

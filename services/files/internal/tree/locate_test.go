package tree_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// check reads each path, and compares where it is: root, colon and Rel, or "!"
// and the kind.
func check(t *testing.T, tr *tree.Tree, tests [][2]string) {
	t.Helper()
	for _, tt := range tests {
		p, err := tr.Path(tt[0])
		got := "!" + string(tree.KindOf(err))
		if err == nil {
			got = p.Root.Name + ":" + p.Rel
		}
		if got != tt[1] {
			t.Errorf("%.100q: %.100q, want %q (%v)", tt[0], got, tt[1], err)
		}
	}
}

func TestPathOneRoot(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	put(t, root, "dir/file", "")
	put(t, dir, "rootsecret/file", "")
	spelling := filepath.Join(dir, "spelling")
	link(t, root, spelling)
	long := strings.Repeat("n", 255)
	check(t, open(t, tree.Options{}, "work="+spelling), [][2]string{
		{"", "work:."}, {".", "work:."}, {"./", "work:."}, {"././dir", "work:dir"},
		{"dir/file", "work:dir/file"}, {"dir//file", "work:dir/file"}, {"dir/file/", "work:dir/file"}, {"none/x", "work:none/x"},
		{"dir/../dir/file", "work:dir/file"}, {"dir/..", "work:."}, {"...", "work:..."}, {"..a", "work:..a"},
		{"..", "!outside"}, {"../root/dir", "!outside"}, {"dir/../..", "!outside"}, {"dir/../../root/dir", "!outside"},
		{`a\b`, `work:a\b`}, {`..\x`, `work:..\x`}, {"a:b", "work:a:b"}, {"NUL", "work:NUL"}, {"a. ", "work:a. "},
		{"%2e%2e/x", "work:%2e%2e/x"}, {"~", "work:~"}, {"a\nb", "work:a\nb"}, {"a\u202eb", "work:a\u202eb"},
		// The root's name, unless the root has this entry.
		{"work", "work:."}, {"work/dir/file", "work:dir/file"}, {"work/", "work:."}, {"work/..", "!outside"}, {"WORK/dir", "work:WORK/dir"},
		{"work/../dir", "!outside"},
		// Paths of the host.
		{root, "work:."}, {root + "/", "work:."}, {root + "/dir/file", "work:dir/file"}, {spelling + "/dir", "work:dir"},
		{root + "/../root/dir", "work:dir"}, {root + "/dir/../..", "!outside"}, {"/" + root + "//dir", "work:dir"},
		{dir, "!outside"}, {"/", "!outside"}, {"/etc/passwd", "!outside"}, {root + "secret/file", "!outside"}, {root + "/../rootsecret/file", "!outside"},
		{strings.ToUpper(root), "!outside"}, {filepath.Join(dir, "ROOT", "dir"), "!outside"}, {"/dir/file", "!outside"},
		// What no path is.
		{"a\x00b", "!invalid"}, {"a\xffb", "!invalid"}, {long, "work:" + long}, {long + "n", "!invalid"}, {"dir/" + long + "n/x", "!invalid"},
		{strings.Repeat("a/", 2047) + "a", "work:" + strings.Repeat("a/", 2047) + "a"}, {strings.Repeat("a/", 2048), "work:" + strings.Repeat("a/", 2047) + "a"},
		{strings.Repeat("a/", 2048) + "a", "!invalid"}, {strings.Repeat("x", 1<<20), "!invalid"},
		{strings.Repeat("dir/../", 400) + "dir", "work:dir"}, {strings.Repeat("dir/../", 400) + "..", "!outside"},
		// URIs.
		{"file:///work", "work:."}, {"file:///work/", "work:."}, {"file:///work/dir/file", "work:dir/file"},
		{"file://localhost/work/dir", "work:dir"}, {"FILE://LocalHost/work/dir", "work:dir"}, {"file:/work/dir", "work:dir"}, {"file:////work/dir", "work:dir"},
		{"file:///", "work:."}, {"file://", "work:."},
		{"file:///work/a%20b", "work:a b"}, {"file:///work/%C3%A9", "work:é"}, {"file:///work/a%2520b", "work:a%20b"}, {"file:///work/%252e%252e/x", "work:%2e%2e/x"},
		{"file:///work/dir%2Ffile", "work:dir/file"}, {"file:///work/%2e%2e", "!outside"}, {"file:///work/%2e%2e%2fx", "!outside"}, {"file:///work/dir/%2E%2E/dir", "work:dir"},
		{"file:///work/%2e%2e/work/dir", "!outside"}, {"file:///%2e%2e/work", "!outside"}, {"file:///work/a%FFb", "work:a\xffb"}, {"file:///work/a\xffb", "work:a\xffb"},
		{"file:///work/a+b", "work:a+b"}, {"file:///work/a%3Fb%23c", "work:a?b#c"}, {`file:///work/..\x`, `work:..\x`},
		{"file:///work/a?b", "!invalid"}, {"file:///work/a#b", "!invalid"}, {"file:///work/%00", "!invalid"}, {"file:///work/\x00", "!invalid"},
		{"file:///work/%", "!invalid"}, {"file:///work/%zz", "!invalid"}, {"file://host/work/dir", "!invalid"}, {"file://work/dir", "!invalid"}, {"file://127.0.0.1/work", "!invalid"},
		{"file:///other/dir", "!outside"}, {"file:///dir/file", "!outside"}, {"file:///C:/work", "!outside"}, {"file:///etc/passwd", "!outside"},
		{"file:///work/" + long + "n", "!invalid"}, {"file:///work/" + strings.Repeat("%61", 255), "work:" + strings.Repeat("a", 255)},
		{"file://" + root + "/dir", "work:dir"}, {"file://" + root + "secret/file", "!outside"}, {"file://" + dir, "!outside"},
		{"file:x", "work:file:x"}, {"./file:/x", "work:file:/x"}, {"http://work/dir", "work:http:/work/dir"},
	})
}

// TestPathRootName takes the root's name for an entry where the root has one.
func TestPathRootName(t *testing.T) {
	root := t.TempDir()
	put(t, root, "work/file", "")
	check(t, open(t, tree.Options{}, "work="+root), [][2]string{
		{"work/file", "work:work/file"}, {"work", "work:work"}, {"work/work/file", "work:work/work/file"},
		{"file:///work/work/file", "work:work/file"}, {"file:///work/file", "work:file"},
	})
}

// TestPathHostURI tells a root named like a directory of the host from it.
func TestPathHostURI(t *testing.T) {
	dir := t.TempDir()
	first := strings.Split(dir, "/")[1]
	put(t, dir, "x", "")
	tr := open(t, tree.Options{}, first+"="+dir)
	check(t, tr, [][2]string{{"file://" + dir + "/x", first + ":x"}, {"file:///" + first + "/x", first + ":x"}})
	put(t, dir, strings.TrimPrefix(dir, "/"+first)+"/x", "")
	check(t, tr, [][2]string{{"file://" + dir + "/x", first + ":" + strings.TrimPrefix(dir, "/"+first+"/") + "/x"}})
}

func TestPathSeveralRoots(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a/x", "")
	put(t, dir, "a/inner/x", "")
	put(t, dir, "b/x", "")
	tr := open(t, tree.Options{}, "a="+dir+"/a", "b="+dir+"/b:ro", "inner="+dir+"/a/inner:ro")
	check(t, tr, [][2]string{
		{"", "!invalid"}, {".", "!invalid"}, {"file:///", "!invalid"},
		{"a", "a:."}, {"a/x", "a:x"}, {"./b/x", "b:x"}, {"b/", "b:."}, {"a/..", "!outside"}, {"a/../b/x", "!outside"}, {"..", "!outside"},
		{"x", "!outside"}, {"A/x", "!outside"}, {"ab/x", "!outside"}, {"a/b/x", "a:b/x"},
		{"file:///b/x", "b:x"}, {"file:///c/x", "!outside"}, {"file:///a/%2e%2e/b/x", "!outside"},
		{dir + "/a/x", "a:x"}, {dir + "/b/x", "b:x"}, {dir + "/a/inner/x", "inner:x"}, {dir + "/a/inner", "inner:."}, {dir + "/a/innermost", "a:innermost"},
		{dir, "!outside"}, {dir + "/c", "!outside"},
	})
	for _, s := range []string{"x", "/etc/passwd", "", dir + "/c"} {
		if _, err := tr.Path(s); strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "a, b, inner") {
			t.Errorf("%s: %v", s, err)
		}
	}
	for s, want := range map[string][2]string{"a": {"a", "file:///a"}, "b/x y#": {"b/x y#", "file:///b/x%20y%23"}, "file:///a/%ff": {"a/\uFFFD", "file:///a/%FF"}} {
		if p := locate(t, tr, s); p.String() != want[0] || p.URI() != want[1] {
			t.Errorf("%s: %q, %q", s, p.String(), p.URI())
		}
	}
	check(t, open(t, tree.Options{}), [][2]string{{"", "!outside"}, {"x", "!outside"}, {"/x", "!outside"}, {"file:///x", "!outside"}})
}

// TestPathIsCheap refuses long input without walking it.
func TestPathIsCheap(t *testing.T) {
	tr := open(t, tree.Options{}, "work="+t.TempDir())
	steps, long := strings.Repeat("dir/../", 500)+"..", strings.Repeat("x", 1<<20)
	start := time.Now()
	for range 1000 {
		for _, s := range []string{steps, long} {
			if _, err := tr.Path(s); err == nil {
				t.Fatal("it is accepted")
			}
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%v", took)
	}
}

func TestJoin(t *testing.T) {
	top := open(t, tree.Options{}, "work="+t.TempDir()).Roots()[0].Top()
	for _, tt := range [][3]string{
		{".", "a", "a"}, {"a", "b/c", "a/b/c"}, {"a", "..", "."}, {"a", "../../../b", "b"}, {".", "", "."}, {"a", "/b", "a/b"},
	} {
		if got := top.Join(tt[0]).Join(tt[1]).Rel; got != tt[2] {
			t.Errorf("%q and %q: %q", tt[0], tt[1], got)
		}
	}
	if p := top.Join("a/b"); p.Dir().Rel != "a" || p.Base() != "b" || p.Dir().Dir() != top || top.Dir() != top || !top.IsRoot() || p.IsRoot() {
		t.Errorf("%+v", p)
	}
}

func FuzzPath(f *testing.F) {
	dir := f.TempDir()
	put(f, dir, "a/dir/file", "")
	put(f, dir, "b/é", "")
	one := open(f, tree.Options{}, "work="+dir+"/a")
	two := open(f, tree.Options{}, "a="+dir+"/a", "b="+dir+"/b")
	narrow, err := two.Narrow([]string{"file:///a/dir", "file:///b"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { narrow.Close() })
	for _, s := range []string{
		"", ".", "dir/file", "a/dir/../file", "../x", "work/dir", "file:///work/a%2Fb", "file:///a/%FF%2e%2e/x", "file:///a/%252e", dir + "/a/x",
		"file://" + dir + "/b/é", "b/e\u0301", "a\x00", "file:////", "FILE:/b//../x", "a/\u202e", strings.Repeat("a/", 3000), "a/?#%",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tr := range []*tree.Tree{one, two, narrow} {
			p, err := tr.Path(s)
			if err != nil {
				if tree.KindOf(err) == "" || strings.Contains(err.Error(), dir) {
					t.Errorf("%q: %v", s, err)
				}
				continue
			}
			if p.Rel == "" || p.Rel != "." && !filepath.IsLocal(p.Rel) || strings.Contains(p.Rel, "\x00") || len(p.Rel) > 4095 || filepath.Clean(p.Rel) != p.Rel {
				t.Errorf("%q: %q", s, p.Rel)
			}
			if !utf8.ValidString(p.String()) {
				t.Errorf("%q: %q", s, p.String())
			}
			if q, err := tr.Path(p.URI()); err != nil || q != p {
				t.Errorf("%q: %s: %q, %v", s, p.URI(), q.Rel, err)
			}
		}
	})
}

func TestParseSpec(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	base := filepath.Base(dir)
	for s, want := range map[string]tree.Spec{
		"a=/x": {Name: "a", Path: "/x"}, "a=/x:ro": {Name: "a", Path: "/x", ReadOnly: true}, "a=/x:rw": {Name: "a", Path: "/x"},
		"/x/y": {Name: "y", Path: "/x/y"}, "/x/y/": {Name: "y", Path: "/x/y/"}, "/x/y:ro": {Name: "y", Path: "/x/y", ReadOnly: true},
		"a=rel": {Name: "a", Path: "rel"}, ".": {Name: base, Path: "."}, "./x": {Name: "x", Path: "./x"}, "..:ro": {Name: filepath.Base(filepath.Dir(dir)), Path: "..", ReadOnly: true},
		"a=/x=y": {Name: "a", Path: "/x=y"}, "/x/y=z": {Name: "y=z", Path: "/x/y=z"}, "my docs=/x": {Name: "my docs", Path: "/x"},
		"a=/x:ro:ro": {Name: "a", Path: "/x:ro", ReadOnly: true}, `a=C:\x:ro`: {Name: "a", Path: `C:\x`, ReadOnly: true},
	} {
		if got, err := tree.ParseSpec(s); err != nil || got != want {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "=", "=/x", "a=", "a=:ro", ":ro", "/", "a:b=/x", "..=/x", "a\nb=/x", "a\u202eb=/x", "\xff=/x", "a=/x\x00", "~", "~=/x",
		strings.Repeat("a", 65) + "=/x", "/" + strings.Repeat("a", 65), "/x/a:b",
	} {
		if got, err := tree.ParseSpec(s); err == nil {
			t.Errorf("%q: %+v", s, got)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"a=/x", "/x:ro", "a=/x:rw", "=", "~/x", "a=b=c:ro", "\xff", "a\x00=/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spec, err := tree.ParseSpec(s)
		if err != nil {
			return
		}
		if spec.Name == "" || spec.Path == "" || len(spec.Name) > 64 || strings.ContainsAny(spec.Name, "/\\:\x00") {
			t.Errorf("%q: %+v", s, spec)
		}
		again := spec.Name + "=" + spec.Path + ":rw"
		if spec.ReadOnly {
			again = spec.Name + "=" + spec.Path + ":ro"
		}
		if !strings.Contains(spec.Name, "=") {
			if got, err := tree.ParseSpec(again); err != nil || got != spec {
				t.Errorf("%q: %+v, %q: %+v, %v", s, spec, again, got, err)
			}
		}
	})
}

func TestOpenRoots(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a/inner/x", "")
	put(t, dir, "file", "")
	for _, tt := range []struct {
		specs []tree.Spec
		want  string // of the error
	}{
		{[]tree.Spec{{Name: "a", Path: dir + "/a"}, {Name: "inner", Path: dir + "/a/inner"}}, ""},
		{[]tree.Spec{{Name: "a", Path: dir + "/a"}, {Name: "a", Path: dir}}, "two roots"},
		{[]tree.Spec{{Name: "a", Path: dir + "/file"}}, "not a directory"},
		{[]tree.Spec{{Name: "a", Path: dir + "/none"}}, "no such file"},
		{[]tree.Spec{{Name: "a", Path: "~/none"}}, "~ is not expanded"},
		{[]tree.Spec{{Name: "a/b", Path: dir}}, "name"}, {[]tree.Spec{{Path: dir}}, "name"},
	} {
		for _, f := range forms {
			tr, err := tree.Open(tt.specs, f.opt)
			if err == nil {
				tr.Close()
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %+v: %v", f.name, tt.specs, err)
			}
		}
	}
	t.Chdir(dir)
	if tr := open(t, tree.Options{}, "a"); tr.Roots()[0].Host() != filepath.Join(dir, "a") {
		t.Error(tr.Roots()[0].Host())
	}
}

func TestCheck(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		dir := filepath.Join(t.TempDir(), "root")
		put(t, dir, "x", "")
		r := open(t, opt, dir).Roots()[0]
		if err := r.Check(); err != nil {
			t.Error(err)
		}
		if err := os.Rename(dir, dir+".old"); err != nil {
			t.Fatal(err)
		}
		if err := r.Check(); err == nil {
			t.Error("it was moved")
		}
		put(t, dir, "x", "")
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), "another directory") {
			t.Error(err)
		}
	})
}

func TestCheckGo(t *testing.T) {
	for v, ok := range map[string]bool{
		"go1.26.5": true, "go1.26.8": true, "go1.27": true, "go1.27rc1": true, "go1.26.8 X:nodwarf5": true, "devel go1.28-abcdef": true, "go1.26.5-vendor": true,
		"go1.26.4": false, "go1.26": false, "go1.25.12": false, "go1.26rc1": false, "go1.26.4 X:none": false, "go1.24.1-vendor": false,
	} {
		if err := tree.CheckGo(v); (err == nil) != ok {
			t.Errorf("%s: %v", v, err)
		}
	}
}

func TestWindowsNames(t *testing.T) {
	for _, name := range []string{
		"a", "a.txt", ".gitignore", "a b", "CONSOLE", "COM", "COM10", "COMx.txt", "nullify", "LPTX", "a~", "~1", "file~1.config", "a~b", "verylongname~1", "é", "a~1.b.c", "...a",
	} {
		if message := tree.BadWindowsName(name); message != "" {
			t.Errorf("%q %s", name, message)
		}
	}
	for _, name := range []string{
		"NUL", "nul", "NUL.txt", "nul .txt", "con", "CON.tar.gz", "AUX", "PRN", "COM1", "com9.log", "COM0", "COM²", "LPT1", "LPT³.x", "CONIN$", "conout$",
		"a.", "a ", "a..", " ", "f:stream", "f::$DATA", `a\b`, "a*", "a?", `a"`, "<a", "a>", "a|b", "a\tb", "PROGRA~1", "progr~12.exe", "A~1",
	} {
		if tree.BadWindowsName(name) == "" {
			t.Errorf("%q is accepted", name)
		}
	}
}

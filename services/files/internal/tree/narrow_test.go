package tree_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func TestNarrow(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/x/deep/f", "a/x/f", "a/xy/f", "a/top", "b/f", "c/f"} {
		put(t, dir, name, name)
	}
	link(t, "x", filepath.Join(dir, "a/link"))
	link(t, dir+"/c", filepath.Join(dir, "a/out"))
	link(t, "../top", filepath.Join(dir, "a/x/up"))
	link(t, dir+"/a/top", filepath.Join(dir, "a/x/abs-up"))
	link(t, dir+"/a/x/f", filepath.Join(dir, "a/x/abs-in"))
	link(t, "deep", filepath.Join(dir, "a/x/down"))
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "a="+dir+"/a", "b="+dir+"/b:ro", "inner="+dir+"/a/x:ro")
		for _, tt := range []struct {
			uris, want []string
		}{
			{nil, nil}, {[]string{"file:///nothing", "https://example.com/a", "", "a", "file://host/a", "file:///%zz"}, nil},
			{[]string{"file:///"}, []string{"a", "b", "inner"}}, {[]string{"file://" + dir}, []string{"a", "b", "inner"}},
			{[]string{"file://" + filepath.Dir(dir) + "/"}, []string{"a", "b", "inner"}},
			{[]string{"file:///a", "file:///a/x"}, []string{"a"}}, {[]string{"file:///a/x"}, []string{"a/x"}},
			{[]string{"file:///a/x", "file:///a/x/deep", "file:///b", "file:///a/xy"}, []string{"a/x", "a/xy", "b"}},
			{[]string{"file://" + dir + "/a/x"}, []string{"a/x", "inner"}}, {[]string{"file://" + dir + "/a/x/deep"}, []string{"a/x/deep", "inner/deep"}},
			{[]string{"file://" + dir + "/a"}, []string{"a", "inner"}}, {[]string{"file:///a/link"}, []string{"a/x"}},
			{[]string{"file://" + dir + "/c", "file:///a/out", "file:///a/none", "file:///a/top", "file:///a/..", "file:///a/%2e%2e/c"}, nil},
			{[]string{"file://" + dir + "/a/../c"}, nil},
		} {
			n, err := tr.Narrow(tt.uris)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range n.Roots() {
				got = append(got, r.Top().String())
				if want := r.Name != "a"; r.ReadOnly != want {
					t.Errorf("%s: read-only is %v", r.Top(), r.ReadOnly)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q: %s", tt.uris, diff)
			}
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := tr.Narrow(slices.Repeat([]string{"file:///a"}, 1000)); tree.KindOf(err) != tree.Invalid {
			t.Error(err)
		}

		n, err := tr.Narrow([]string{"file:///a/x"})
		if err != nil {
			t.Fatal(err)
		}
		check(t, n, [][2]string{
			{"a/x/f", "a:f"}, {"a/x", "a:."}, {"", "a:."}, {"file:///a/x/deep/f", "a:deep/f"}, {dir + "/a/x/f", "a:f"}, {"file://" + dir + "/a/x/f", "a:f"},
			{"a", "!outside"}, {"a/top", "!outside"}, {"a/xy/f", "!outside"}, {"a/x/../top", "!outside"}, {"b/f", "!outside"}, {"inner/f", "!outside"}, {"file:///a/top", "!outside"},
			{dir + "/a/top", "!outside"}, {"f", "!outside"},
		})
		wide, narrow := locate(t, tr, "a/x/deep/f"), locate(t, n, "a/x/deep/f")
		if wide.String() != narrow.String() || wide.URI() != narrow.URI() {
			t.Errorf("%s is %s, %s is %s", wide, narrow, wide.URI(), narrow.URI())
		}
		for path, want := range map[string]string{"a/x/f": "a/x/f", "a/x/down/f": "a/x/deep/f", "a/x/abs-in": "a/x/f", "a/x/up": "", "a/x/abs-up": ""} {
			got, err := read(locate(t, n, path))
			if got != want || want == "" && tree.KindOf(err) != tree.Outside {
				t.Errorf("%s: %q, %v", path, got, err)
			}
		}
		for _, uris := range [][]string{{"file:///"}, {"file:///a"}, {"file://" + dir}} {
			again, err := n.Narrow(uris)
			if err != nil {
				t.Fatal(err)
			}
			if len(uris[0]) != len("file:///a") && (len(again.Roots()) != 1 || again.Roots()[0].Top().String() != "a/x") {
				t.Errorf("%q: %v", uris, again.Roots())
			}
			again.Close()
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if got, err := read(wide); got != "a/x/deep/f" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// TestNarrowOneRoot writes paths without the root's name.
func TestNarrowOneRoot(t *testing.T) {
	root := t.TempDir()
	put(t, root, "src/work/f", "")
	put(t, root, "doc/f", "")
	tr := open(t, tree.Options{}, "work="+root)
	n, err := tr.Narrow([]string{"file://" + root + "/src", "file:///work/doc"})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	check(t, n, [][2]string{
		{"src/work/f", "work:work/f"}, {"work/src/work/f", "work:work/f"}, {"doc/f", "work:f"}, {"", "!invalid"}, {"f", "!outside"}, {"other/f", "!outside"},
		{"file:///work/src/work/f", "work:work/f"},
	})
	if p := locate(t, n, "src/work/f"); p.String() != "src/work/f" || p.URI() != "file:///work/src/work/f" {
		t.Error(p.String(), p.URI())
	}
}

package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// rooted opens dir as a tree.
func rooted(t *testing.T, dir string) *tree.Tree {
	t.Helper()
	tr, err := tree.Open([]tree.Spec{{Name: "r", Path: dir}}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

func at(t *testing.T, tr *tree.Tree, path string) tree.Path {
	t.Helper()
	p, err := tr.Path(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func quiet(int64, int64, string) {}

// listing returns the files below dir with their contents and permissions,
// directories with a slash.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if e.IsDir() {
			got[name+"/"] = ""
			return nil
		}
		data, err := os.ReadFile(path)
		info, _ := e.Info()
		got[name] = info.Mode().String() + " " + string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPackAndUnpack(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"src/a.txt": "a", "src/sub/b.txt": strings.Repeat("b", 600_000), "src/ü.txt": "", "one.txt": "1",
		"src/sub/c.zip": "the archive itself", "src/.mcp-files-ABCDEFGHIJKLMNOPQRSTUVWXYZ": "half of it"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "src", "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "src", "a.txt"), 0o4777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.txt", filepath.Join(dir, "src", "link")); err != nil {
		t.Fatal(err)
	}
	tr := rooted(t, dir)
	for _, format := range []Format{Zip, Tar, TarGz} {
		var packed bytes.Buffer
		sum, err := Pack(t.Context(), &packed, format, []tree.Path{at(t, tr, "src"), at(t, tr, "one.txt")}, at(t, tr, "src/sub/c.zip"), Limits{}, quiet)
		if err != nil {
			t.Fatal(format, err)
		}
		want := Summary{Files: 4, Directories: 3, Bytes: 600_002, Skipped: map[string]int{isLink: 1, isItself: 1}}
		if diff := cmp.Diff(want, sum); diff != "" {
			t.Errorf("%s: packed: %s", format, diff)
		}
		want.Skipped = nil
		names, sum, err := entries(t, format, packed.Bytes(), Limits{})
		if err != nil {
			t.Fatal(format, err)
		}
		if diff := cmp.Diff(want, sum); diff != "" {
			t.Errorf("%s: listed: %s", format, diff)
		}
		wantNames := []string{"src/ 0", "src/a.txt 1", "src/empty/ 0", "src/sub/ 0", "src/sub/b.txt 600000", "src/ü.txt 0", "one.txt 1"}
		if diff := cmp.Diff(wantNames, names); diff != "" {
			t.Errorf("%s: listed: %s", format, diff)
		}
		out, sum, err := unpack(t, format, packed.Bytes(), Limits{})
		if err != nil {
			t.Fatal(format, err)
		}
		if diff := cmp.Diff(want, sum); diff != "" {
			t.Errorf("%s: unpacked: %s", format, diff)
		}
		wantFiles := map[string]string{
			"src/": "", "src/sub/": "", "src/empty/": "", "one.txt": "-rw-r--r-- 1", "src/ü.txt": "-rw-r--r-- ",
			"src/a.txt": "-rwxr-xr-x a", "src/sub/b.txt": "-rw-r--r-- " + strings.Repeat("b", 600_000),
		}
		if diff := cmp.Diff(wantFiles, listing(t, out)); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

// opened returns an archive of data.
func opened(t *testing.T, data []byte) (*tree.Tree, tree.Path, *tree.File) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "archive"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	tr := rooted(t, dir)
	p := at(t, tr, "archive")
	f, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return tr, p, f
}

// entries returns what is in the archive, directories with a slash, and sizes.
func entries(t *testing.T, format Format, data []byte, l Limits) (names []string, sum Summary, err error) {
	t.Helper()
	_, p, f := opened(t, data)
	sum, err = List(t.Context(), f, p, format, l, quiet, func(e Entry) {
		name := e.Name
		if e.Directory {
			name += "/"
		}
		names = append(names, fmt.Sprint(name, " ", e.Size))
	})
	return names, sum, err
}

// unpack unpacks data into a new directory and returns it.
func unpack(t *testing.T, format Format, data []byte, l Limits) (string, Summary, error) {
	t.Helper()
	tr, p, f := opened(t, data)
	out := filepath.Join(tr.Roots()[0].Host(), "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	into, err := at(t, tr, "out").OpenDir()
	if err != nil {
		t.Fatal(err)
	}
	defer into.Close()
	sum, err := Unpack(t.Context(), f, p, format, into, l, quiet)
	return out, sum, err
}

// zipOf packs files whose contents are in their comments.
func zipOf(t *testing.T, entries ...zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, h := range entries {
		text := h.Comment
		h.Comment, h.Method = "", zip.Deflate
		w, err := z.CreateHeader(&h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileNames(t *testing.T) {
	for name, want := range map[string]string{
		"../escape":      "leads upwards",
		"a/../../escape": "leads upwards",
		"a/..":           "leads upwards",
		"/etc/passwd":    "is absolute",
		`..\escape`:      "is one of Windows",
		`C:\x`:           "is one of Windows",
		"c:x":            "is one of Windows",
		"a\x00b":         "is no name",
		".mcp-trash/x":   "keeps for itself",
		"a/.mcp-files-ABCDEFGHIJKLMNOPQRSTUVWXYZ": "keeps for itself",
	} {
		data := zipOf(t, zip.FileHeader{Name: name, Comment: "x"})
		if _, _, err := entries(t, Zip, data, Limits{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: listing says %v, want an error that says %q", name, err, want)
		}
		out, _, err := unpack(t, Zip, data, Limits{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error that says %q", name, err, want)
		}
		if got := listing(t, filepath.Dir(out)); len(got) != 2 { // the archive and out
			t.Errorf("%q left %v", name, got)
		}
	}
}

func TestHostileEntries(t *testing.T) {
	twice := zipOf(t, zip.FileHeader{Name: "a", Comment: "1"}, zip.FileHeader{Name: "./a", Comment: "2"})
	if out, _, err := unpack(t, Zip, twice, Limits{}); err == nil || listing(t, out)["a"] != "-rw-r--r-- 1" {
		t.Errorf("a name twice: %v, %v", err, listing(t, out))
	}
	fileThenDirectory := zipOf(t, zip.FileHeader{Name: "a", Comment: "1"}, zip.FileHeader{Name: "a/b", Comment: "2"})
	if _, _, err := unpack(t, Zip, fileThenDirectory, Limits{}); tree.KindOf(err) != tree.Invalid {
		t.Errorf("a file as a directory: %v", err)
	}

	link := zip.FileHeader{Name: "link", Comment: "/etc"}
	link.SetMode(fs.ModeSymlink | 0o777)
	device := zip.FileHeader{Name: "dev"}
	device.SetMode(fs.ModeDevice | 0o666)
	out, sum, err := unpack(t, Zip, zipOf(t, link, device, zip.FileHeader{Name: "link/passwd", Comment: "x"}), Limits{})
	if err != nil || sum.Skipped[isLink] != 1 || sum.Skipped[isDevice] != 1 {
		t.Errorf("links and devices: %+v, %v", sum, err)
	}
	if got := listing(t, out); got["link/passwd"] == "" {
		t.Errorf("what lies below the link's name: %v", got)
	}
	if _, err := os.Lstat("/etc/passwd"); err != nil {
		t.Error(err)
	}

	data := tarOf(t, tar.Header{Typeflag: tar.TypeSymlink, Name: "s", Linkname: "/etc"}, tar.Header{Typeflag: tar.TypeLink, Name: "h", Linkname: "/etc/passwd"},
		tar.Header{Typeflag: tar.TypeFifo, Name: "f"}, tar.Header{Typeflag: tar.TypeReg, Name: "s/x", Size: 1, Mode: 0o4777})
	out, sum, err = unpack(t, Tar, data, Limits{})
	if err != nil || sum.Skipped[isLink] != 2 || sum.Skipped[isDevice] != 1 || listing(t, out)["s/x"] != "-rwxr-xr-x \x00" {
		t.Errorf("tar: %+v, %v, %q", sum, err, listing(t, out))
	}
}

func TestLimits(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	many := make([]zip.FileHeader, 40)
	for i := range many {
		many[i] = zip.FileHeader{Name: fmt.Sprint("f", i), Comment: zeros}
	}
	bomb := zipOf(t, many...)
	if _, sum, err := unpack(t, Zip, bomb, Limits{}); tree.KindOf(err) != tree.TooLarge || sum.Bytes > slack+chunk+1 {
		t.Errorf("a bomb of %d bytes: %+v, %v", len(bomb), sum, err)
	}
	if _, _, err := unpack(t, Zip, bomb, Limits{Ratio: 2000}); err != nil {
		t.Errorf("with a ratio of 2000: %v", err)
	}
	if _, sum, err := unpack(t, Zip, bomb, Limits{Ratio: 2000, Bytes: 1000}); tree.KindOf(err) != tree.TooLarge || sum.Bytes > 1001 {
		t.Errorf("above 1000 bytes: %+v, %v", sum, err)
	}
	if _, _, err := unpack(t, Zip, bomb, Limits{Ratio: 2000, Entries: 39}); tree.KindOf(err) != tree.TooLarge {
		t.Errorf("40 entries of at most 39: %v", err)
	}
	if _, sum, err := entries(t, Zip, bomb, Limits{}); tree.KindOf(err) != tree.TooLarge || sum.Bytes > slack+chunk+1 {
		t.Errorf("a bomb that is listed: %+v, %v", sum, err)
	}
	deep := zipOf(t, zip.FileHeader{Name: "a/b/c/d/e/f"}, zip.FileHeader{Name: "a/b/c/D/E/F"})
	if _, sum, err := unpack(t, Zip, deep, Limits{Entries: 6}); tree.KindOf(err) != tree.TooLarge || sum.Directories > 6 {
		t.Errorf("8 entries and directories of at most 6: %+v, %v", sum, err)
	}
	links := make([]tar.Header, 40)
	for i := range links {
		links[i] = tar.Header{Typeflag: tar.TypeSymlink, Name: fmt.Sprint("l", i), Linkname: "f"}
	}
	if _, _, err := unpack(t, Tar, tarOf(t, links...), Limits{Entries: 39}); tree.KindOf(err) != tree.TooLarge {
		t.Errorf("40 links of at most 39: %v", err)
	}
	lots := make([]zip.FileHeader, 20_000)
	for i := range lots {
		lots[i] = zip.FileHeader{Name: fmt.Sprint(strings.Repeat("n", 100), i)}
	}
	// The directory is not even read to its end.
	if _, _, err := unpack(t, Zip, zipOf(t, lots...), Limits{Entries: 10}); tree.KindOf(err) != tree.TooLarge {
		t.Errorf("20000 entries of at most 10: %v", err)
	}
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	if _, err := w.Write(tarOf(t, tar.Header{Typeflag: tar.TypeReg, Name: "big", Size: 64 << 20})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, sum, err := unpack(t, TarGz, gz.Bytes(), Limits{}); tree.KindOf(err) != tree.TooLarge || sum.Bytes > slack+chunk+1 {
		t.Errorf("a bomb in a tar of %d bytes: %+v, %v", gz.Len(), sum, err)
	}
}

// TestSkippedContent bounds what is unpacked only to be skipped, and notices the
// end of the context in it.
func TestSkippedContent(t *testing.T) {
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	tw := tar.NewWriter(w)
	// Its mode says that it is a FIFO, so that it is skipped with all that it has.
	if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "fifo", Mode: 0o10644, Size: 80 << 20}); err != nil {
		t.Fatal(err)
	}
	if _, err := tw.Write(make([]byte, 80<<20)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tw.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, sum, err := unpack(t, TarGz, gz.Bytes(), Limits{}); tree.KindOf(err) != tree.TooLarge {
		t.Errorf("%d bytes: %+v, %v", gz.Len(), sum, err)
	}
}

func TestDamaged(t *testing.T) {
	good := zipOf(t, zip.FileHeader{Name: "a", Comment: strings.Repeat("text ", 1000)})
	for name, c := range map[string]struct {
		format Format
		data   []byte
	}{
		"empty zip": {Zip, nil}, "no zip": {Zip, []byte("text")}, "cut zip": {Zip, good[:len(good)/2]},
		"no gzip": {TarGz, []byte("text")}, "no tar": {Tar, bytes.Repeat([]byte("text"), 1000)},
	} {
		if _, _, err := unpack(t, c.format, c.data, Limits{}); tree.KindOf(err) != tree.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	flipped := bytes.Clone(good)
	flipped[45] ^= 0xff
	if _, _, err := unpack(t, Zip, flipped, Limits{}); tree.KindOf(err) != tree.Invalid {
		t.Errorf("a wrong checksum: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), make([]byte, 4*chunk), 0o644); err != nil {
		t.Fatal(err)
	}
	tr := rooted(t, dir)
	_, err := Pack(ctx, io.Discard, Tar, []tree.Path{at(t, tr, "f")}, at(t, tr, "out"), Limits{}, func(int64, int64, string) { cancel() })
	if err == nil || ctx.Err() == nil {
		t.Errorf("cancelled in the first piece: %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("PK\x05\x06"), byte(0))
	f.Add(make([]byte, 1024), byte(1))
	f.Add([]byte("\x1f\x8b\x08"), byte(2))
	f.Fuzz(func(t *testing.T, data []byte, kind byte) {
		format := []Format{Zip, Tar, TarGz}[kind%3]
		out, sum, err := unpack(t, format, data, Limits{Entries: 20, Bytes: 1 << 20})
		if sum.Bytes > 1<<20+1 || sum.Files > 20 {
			t.Errorf("%+v, %v", sum, err)
		}
		if got := listing(t, filepath.Dir(out)); len(got) != 2+len(listing(t, out)) {
			t.Errorf("outside: %v", got)
		}
	})
}

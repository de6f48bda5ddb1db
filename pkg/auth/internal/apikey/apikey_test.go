package apikey

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// check takes what [auth.ParseGrants] takes, and repeats what it refuses.
func check(words []string) error {
	for _, w := range words {
		if service, level, ok := strings.Cut(w, ":"); w != "*" && w != "tools" && w != "admin" && (!ok || service == "" || level == "" || strings.Contains(w, " ")) {
			return fmt.Errorf("permission %q", w)
		}
	}
	return nil
}

// signals is a log whose lines can be waited for.
type signals struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{}
}

func (s *signals) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, string(p))
	close(s.more)
	s.more = make(chan struct{})
	return len(p), nil
}

// wait returns the first line with want in it that has not been waited for, and
// drops all before it.
func (s *signals) wait(t *testing.T, want string) string {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		i := slices.IndexFunc(s.lines, func(line string) bool { return strings.Contains(line, want) })
		if i >= 0 {
			line := s.lines[i]
			s.lines = s.lines[i+1:]
			s.mu.Unlock()
			return line
		}
		more := s.more
		s.mu.Unlock()
		select {
		case <-more:
		case <-late:
			t.Fatalf("not logged: %s", want)
		}
	}
}

func newLog() (*slog.Logger, *signals) {
	s := &signals{more: make(chan struct{})}
	return slog.New(slog.NewTextHandler(s, nil)), s
}

// put replaces a file as a whole.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path+".tmp", []byte(content), 0o600), os.Rename(path+".tmp", path)); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, o Options) *Set {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Check = check
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// granted looks keys up and returns "name permissions" of each, or "".
func granted(s *Set, keys ...string) []string {
	var list []string
	for _, key := range keys {
		k, ok := s.Lookup(key)
		if !ok && (k.Name != "" || k.Permissions != nil) {
			list = append(list, "something of a key that is none")
			continue
		}
		list = append(list, strings.TrimSpace(k.Name+" "+strings.Join(k.Permissions, " ")))
	}
	return list
}

const plain, other = "plain-key-of-an-operator", "other-key-of-an-operator"

func line(t *testing.T, name, key string, permissions ...string) string {
	t.Helper()
	l, err := Line(name, key, permissions)
	if err != nil {
		t.Fatal(err)
	}
	return l + "\n"
}

func TestLookup(t *testing.T) {
	dir := t.TempDir()
	generated, tooLong := Generate(), strings.Repeat("x", maxKey+1)
	put(t, dir+"/keys", "\ufeff# the keys of the fleet\r\n\r\n"+
		plain+" = tools , files:read\r\n"+
		"padded-base64-key===admin\n"+
		line(t, "ci", generated, "files:read", "files:write")+
		"  Up.Case:sha256:"+strings.ToUpper(line(t, "x", other, "*")[9:73])+"=*  \n"+
		fmt.Sprintf("toolong:sha256:%x=*", sha256.Sum256([]byte(tooLong))))
	s := open(t, Options{Inline: " all-of-it-for-this-one\n", KeysFile: dir + "/keys"})
	got := granted(s, "all-of-it-for-this-one", plain, "padded-base64-key==", generated, other,
		"", plain+" ", plain[:len(plain)-1], "padded-base64-key", generated+"A", "ci", tooLong, strings.TrimSpace(line(t, "ci", generated, "files:read")))
	want := []string{"default *", "key-9a09ac9a tools files:read", "key-e870c9f3 admin", "ci files:read files:write", "Up.Case *",
		"", "", "", "", "", "", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s.Len() != 6 {
		t.Errorf("%d keys", s.Len())
	}
}

func TestKeyFile(t *testing.T) {
	log, logged := newLog()
	path := filepath.Join(t.TempDir(), "key")
	put(t, path, plain+"\n")
	s := open(t, Options{File: path, Log: log})
	logged.wait(t, "in force")
	for _, step := range []struct{ content, log, plain, other string }{
		{other, "in force", "", "default *"},
		{"two words", "does not hold a key", "", "default *"},
		{plain, "in force", "default *", ""},
	} {
		put(t, path, step.content)
		logged.wait(t, step.log)
		if diff := cmp.Diff([]string{step.plain, step.other}, granted(s, plain, other)); diff != "" {
			t.Errorf("after %q: %s", step.content, diff)
		}
	}
}

func TestReload(t *testing.T) {
	log, logged := newLog()
	dir := t.TempDir()
	put(t, dir+"/key", "the-key-that-does-everything")
	put(t, dir+"/keys", line(t, "a", plain, "tools"))
	s := open(t, Options{File: dir + "/key", KeysFile: dir + "/keys", Log: log})
	logged.wait(t, "keys keys=1")
	for _, step := range []struct{ content, log, plain, other string }{
		{line(t, "a", other, "tools"), "keys=1", "", "a tools"},
		{line(t, "a", other, "tools") + line(t, "b", plain, "files:read"), "keys=2", "b files:read", "a tools"},
		{line(t, "a", other, "tools") + "half a li", "line 2: no = in it", "b files:read", "a tools"},
		{line(t, "a", other, "tools") + line(t, "a", plain, "tools"), "line 2: a key of the same name as in line 1", "b files:read", "a tools"},
		{"the-key-that-does-everything=tools", "line 1: the same key as in the key file", "b files:read", "a tools"},
		{" \n", "the file is empty", "b files:read", "a tools"},
		{"# nobody\n", "keys=0", "", ""},
		{line(t, "b", plain, "*"), "keys=1", "b *", ""},
	} {
		put(t, dir+"/keys", step.content)
		if got := logged.wait(t, step.log); strings.Contains(got, "half") || strings.Contains(got, "everything") {
			t.Errorf("logged %s", got)
		}
		if diff := cmp.Diff([]string{step.plain, step.other, "default *"}, granted(s, plain, other, "the-key-that-does-everything")); diff != "" {
			t.Errorf("after %q: %s", step.content, diff)
		}
	}
}

// A lookup while keys are replaced sees the old keys or the new ones, never a
// part of either.
func TestReloadWhileLookupsRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	generation := func(n int) string {
		return line(t, "stays", plain, "tools") + line(t, "turns", fmt.Sprint("generation-", n), fmt.Sprint("g:", n))
	}
	log, logged := newLog()
	put(t, path, generation(0))
	s := open(t, Options{KeysFile: path, Log: log})
	logged.wait(t, "keys=2")
	const last = 5
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if k, ok := s.Lookup(plain); !ok || k.Name != "stays" {
					t.Errorf("the key that stays is %q, %t", k.Name, ok)
					return
				}
				for n := range last + 1 {
					if k, ok := s.Lookup(fmt.Sprint("generation-", n)); ok && k.Permissions[0] != fmt.Sprint("g:", n) {
						t.Errorf("generation %d has %v", n, k.Permissions)
						return
					}
				}
				if s.Len() != 2 {
					t.Errorf("%d keys", s.Len())
					return
				}
			}
		})
	}
	for n := range last {
		put(t, path, generation(n+1))
		logged.wait(t, "keys=2")
	}
	close(stop)
	wg.Wait()
	if diff := cmp.Diff([]string{"", "turns g:5"}, granted(s, "generation-4", "generation-5")); diff != "" {
		t.Error(diff)
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"good": line(t, "a", plain, "tools"), "none": "# none yet\n", "empty": "", "wrong": "\n\ns3cret-s3cret-s3cret=s3cret\n",
		"twice": line(t, "a", plain, "tools") + plain + "=tools\n", "default": line(t, "default", other, "tools"),
		"large": strings.Repeat("#", maxFile+1), "words": "s3cret s3cret", "key": other,
	} {
		put(t, dir+"/"+name, content)
	}
	before := goleak.IgnoreCurrent()
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Inline: "s3cret s3cret"}, "MCP_API_KEY does not hold a key"},
		{Options{Inline: " "}, "MCP_API_KEY does not hold a key"},
		{Options{Inline: "s3cret", File: "key"}, "give one of them"},
		{Options{File: "missing"}, "no such file"},
		{Options{File: "empty"}, "the key file does not hold a key"},
		{Options{File: "words"}, "the key file does not hold a key"},
		{Options{KeysFile: "missing"}, "API keys file: "},
		{Options{KeysFile: "none"}, "keygen ci --scopes files:read"},
		{Options{KeysFile: "empty"}, "keygen ci --scopes files:read"},
		{Options{KeysFile: "wrong"}, "/wrong: line 3: permission 1 after the = is none"},
		{Options{KeysFile: "twice"}, "line 2: the same key as in line 1"},
		{Options{KeysFile: "large"}, "larger than 1048576 bytes"},
		{Options{KeysFile: "default", Inline: "s3cret"}, "line 1: a key of the same name as in MCP_API_KEY"},
		{Options{KeysFile: "default", File: "key"}, "line 1: the same key as in the key file"},
	} {
		for _, p := range []*string{&tt.o.File, &tt.o.KeysFile} {
			if *p != "" {
				*p = filepath.Join(dir, *p)
			}
		}
		tt.o.Log, tt.o.Check = slog.New(slog.DiscardHandler), check
		s, err := Open(tt.o)
		if s != nil || err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%+v: %v, want %q", tt.o, err, tt.want)
		}
	}
	goleak.VerifyNone(t, before)
}

func TestAdvice(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/keys", "short=tools\n"+plain+"=tools\n")
	if err := os.Chmod(dir+"/keys", 0o644); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	open(t, Options{Inline: "sh0rt", KeysFile: dir + "/keys", Log: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	for _, want := range []string{"name=default", "name=key-f9b0078b", "chmod 600"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in the log", want)
		}
	}
	if n := strings.Count(b.String(), "level=WARN"); n != 3 || strings.Contains(b.String(), "=short") || strings.Contains(b.String(), "sh0rt") {
		t.Errorf("the log has %d warnings, want 3:\n%s", n, b.String())
	}
	b.Reset()
	put(t, dir+"/good", plain+"=tools\n")
	open(t, Options{KeysFile: dir + "/good", Log: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if b.Len() > 0 {
		t.Errorf("advice about good keys: %s", b.String())
	}
}

func TestConcurrentSourcesAreDistinct(t *testing.T) {
	s := open(t, Options{})
	a, err := parse([]byte(plain+"=tools"), check)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var refused [numSources]error
	for from := range numSources {
		wg.Go(func() { refused[from] = s.replace(from, a) })
	}
	wg.Wait()
	n := 0
	for _, err := range refused {
		if err != nil {
			n++
		}
	}
	if n != int(numSources)-1 || s.Len() != 1 {
		t.Errorf("%d refused, %d keys: %v", n, s.Len(), refused)
	}
}

// hundred writes a keys file of a hundred keys and returns one of them.
func hundred(tb testing.TB, path string) (key string) {
	tb.Helper()
	keys := make(map[string]bool)
	var b strings.Builder
	for i := range 100 {
		k := Generate()
		keys[k] = true
		l, err := Line(fmt.Sprint("n", i), k, []string{"tools"})
		if err != nil {
			tb.Fatal(err)
		}
		io.WriteString(&b, l+"\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return slices.Collect(maps.Keys(keys))[0]
}

func BenchmarkLookup(b *testing.B) {
	path := filepath.Join(b.TempDir(), "keys")
	key := hundred(b, path)
	s, err := Open(Options{KeysFile: path, Log: slog.New(slog.DiscardHandler), Check: check})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for name, presented := range map[string]string{"known": key, "unknown": Generate(), "longest": strings.Repeat("k", maxKey), "too long": strings.Repeat("k", maxKey+1)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Lookup(presented)
			}
		})
	}
}

package oauth_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
)

// writer is set in the environment of the process that TestKilledWriter kills.
const writer = "OAUTH_TEST_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writer); path != "" {
		write(path)
		return
	}
	m.Run()
}

// write counts in every row in turn, and says so after each.
func write(path string) {
	store, err := oauth.OpenFile(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := 0; ; i++ {
		err := store.Update(context.Background(), rowKey(i%10), func(context.Context, string) (string, error) { return strconv.Itoa(i), nil })
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(i)
	}
}

func rowKey(i int) oauth.Key { return oauth.Key{Provider: "p", Principal: strconv.Itoa(i)} }

// TestKilledWriter kills a process while it writes: what it has said is kept, and
// nothing else is.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d", "tokens.json")
	for round := range 5 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), writer+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		last := -1
		for lines.Scan() {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(lines.Text())
			}
			if last = n; n == 40+17*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		if last < 40 {
			t.Fatalf("it wrote %d rows", last)
		}
		store, err := oauth.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		newest := -1
		for i := range 10 {
			text, err := store.Load(t.Context(), rowKey(i))
			n, bad := strconv.Atoi(text)
			if err != nil || bad != nil || n < last-9 || n > last+1 || n%10 != i {
				t.Errorf("row %d holds %q after %d was written: %v", i, text, last, err)
			}
			newest = max(newest, n)
		}
		if newest < last {
			t.Errorf("%d was kept, %d was written", newest, last)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func openFile(t testing.TB, path string) oauth.Store {
	t.Helper()
	s, err := oauth.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestFileIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	path := filepath.Join(dir, "tokens.json")
	s := openFile(t, path)
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, path: 0o600, path + ".lock": 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := oauth.OpenFile(path); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("it was opened twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), rowKey(1), func(context.Context, string) (string, error) { return "x", nil }); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	for name, mode := range map[string]os.FileMode{dir: 0o750, path: 0o640} {
		before, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := oauth.OpenFile(path); err == nil || !strings.Contains(err.Error(), "chmod") {
			t.Errorf("mode %o of %s: %v", mode, name, err)
		}
		if err := os.Chmod(name, before.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	openFile(t, path)
}

func TestFileThatIsSomethingElse(t *testing.T) {
	for name, content := range map[string]string{"text": "hello", "empty": "", "newer": `{"version":2}`, "cut": `{"version":1,"tokens":{"a`} {
		path := filepath.Join(t.TempDir(), "tokens.json")
		if err := os.Chmod(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the lock was let go
			if _, err := oauth.OpenFile(path); err == nil || strings.Contains(err.Error(), "process") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != content {
			t.Errorf("%s was changed to %q", name, b)
		}
	}
}

func TestFileThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d", "tokens.json")
	s := openFile(t, path)
	put := func(v string) error {
		return s.Update(t.Context(), rowKey(1), func(context.Context, string) (string, error) { return v, nil })
	}
	if err := put("before"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path+".new", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := put("after"); err == nil {
		t.Error("nothing was written, and no error")
	}
	if err := s.Use(t.Context(), rowKey(1), "id", time.Now().Add(time.Minute), 3); err == nil {
		t.Error("no mark was written, and no error")
	}
	if err := s.Check(t.Context()); err == nil {
		t.Error("Check finds nothing wrong")
	}
	if got, err := s.Load(t.Context(), rowKey(1)); got != "before" || err != nil {
		t.Errorf("what was not written is used: %q, %v", got, err)
	}
	if err := os.RemoveAll(path + ".new"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(put("after"), s.Use(t.Context(), rowKey(1), "id", time.Now().Add(time.Minute), 3)); err != nil {
		t.Error(err)
	}
}

// TestStores holds what every store promises to those that need no server.
func TestStores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d", "tokens.json")
	for name, s := range map[string]oauth.Store{"memory": oauth.Memory(), "file": openFile(t, path)} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for i := range 200 {
				wg.Go(func() {
					err := s.Update(t.Context(), rowKey(i%4), func(_ context.Context, old string) (string, error) { return old + "x", nil })
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for i := range 4 {
				if got, err := s.Load(t.Context(), rowKey(i)); len(got) != 50 || err != nil {
					t.Errorf("row %d has %d of 50 changes: %v", i, len(got), err)
				}
			}
			failure := errors.New("no")
			if err := s.Update(t.Context(), rowKey(1), func(context.Context, string) (string, error) { return "", failure }); err != failure {
				t.Errorf("%v", err)
			}
			inside, done := make(chan struct{}), make(chan struct{})
			go s.Update(t.Context(), rowKey(1), func(_ context.Context, old string) (string, error) {
				close(inside)
				<-done
				return old, nil
			})
			<-inside
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := s.Update(ctx, rowKey(1), nil); !errors.Is(err, context.Canceled) {
				t.Errorf("waiting for another's update: %v", err)
			}
			if err := s.Update(t.Context(), rowKey(2), func(context.Context, string) (string, error) { return "", nil }); err != nil {
				t.Errorf("another row has to wait: %v", err)
			}
			close(done)
			if got, err := s.Load(t.Context(), rowKey(2)); got != "" || err != nil {
				t.Errorf("a row that was removed: %q, %v", got, err)
			}
			soon := time.Now().Add(time.Minute)
			for i, want := range []error{nil, oauth.ErrUsed, nil, oauth.ErrTooMany} {
				if err := s.Use(t.Context(), rowKey(1), []string{"a", "a", "b", "c"}[i], soon, 2); !errors.Is(err, want) {
					t.Errorf("use %d: %v, want %v", i, err, want)
				}
			}
			if err := s.Use(t.Context(), rowKey(2), "c", soon, 2); err != nil {
				t.Errorf("another caller's: %v", err)
			}
			if err := s.Use(t.Context(), rowKey(3), "a", soon, 2); !errors.Is(err, oauth.ErrUsed) {
				t.Errorf("a used id of another caller: %v", err)
			}
		})
	}
	again := func() oauth.Store {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(t.TempDir(), "e", "tokens.json")
		openFile(t, other).Close()
		if err := os.WriteFile(other, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return openFile(t, other)
	}()
	if got, err := again.Load(t.Context(), rowKey(3)); len(got) != 50 || err != nil {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	if err := again.Use(t.Context(), rowKey(3), "a", time.Now().Add(time.Minute), 2); !errors.Is(err, oauth.ErrUsed) {
		t.Errorf("a state that was used before a restart: %v", err)
	}
}

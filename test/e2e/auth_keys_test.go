//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Operators change keys while the service works: none of its callers notices,
// and the change is soon in force.
func TestKeysChangeUnderLoad(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name string
		file func(t *testing.T) (path string, replace func(content string))
	}{
		{"renamed", renamed},
		{"mounted from a secret", mounted},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			const clients, changes, soon = 16, 50, 2 * time.Second
			a, b := rand.Text()+rand.Text(), rand.Text()+rand.Text()
			path, replace := way.file(t)
			replace(a + "=tools\n")
			s := guardWithKeys(t, path, "--rate-limit", "1000000/s", "--caller-concurrency", "64")

			ctx, cancel := context.WithCancel(t.Context())
			answered := make(chan struct{}, clients)
			var load sync.WaitGroup
			for range clients {
				load.Go(func() { s.load(ctx, t, a, answered) })
			}
			for i := range changes {
				replace(fmt.Sprintf("%s%s=tools\n%s=tools\n", rand.Text(), rand.Text(), a))
				for range clients {
					<-answered
				}
				if t.Failed() {
					t.Fatalf("after %d changes", i+1)
				}
			}

			begin := time.Now()
			replace(fmt.Sprintf("%s=tools\n%s=demo:read\n", a, b))
			if took := until(t, func() bool { return s.reads(t, b) == http.StatusOK }).Sub(begin); took > soon {
				t.Errorf("the new key works after %v", took)
			}
			cancel()
			load.Wait()

			begin = time.Now()
			replace(fmt.Sprintf("%s=demo:read\n", b))
			if took := until(t, func() bool { return s.reads(t, a) == http.StatusUnauthorized }).Sub(begin); took > soon {
				t.Errorf("the key that was taken away is refused after %v", took)
			}
			s.greets(t, modern, b)
			for _, key := range []string{a, b} {
				if strings.Contains(s.Log(), key) {
					t.Error("a key is in the log")
				}
			}
		})
	}
}

// reads returns the status with which a note is read.
func (s *guarded) reads(t *testing.T, key string) int {
	t.Helper()
	return s.call(t, modern, key, "read_note", map[string]string{"name": "welcome"}).status
}

// load reads a note again and again until ctx ends. It fails the test if one
// answer is not the note.
func (s *guarded) load(ctx context.Context, t *testing.T, key string, answered chan<- struct{}) {
	life, transport := wait(t), &http.Transport{}
	defer transport.CloseIdleConnections()
	body := modernMessage("tools/call", map[string]any{"name": "read_note", "arguments": map[string]string{"name": "welcome"}})
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(life, "POST", s.url, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			break
		}
		for k, v := range headers {
			req.Header.Set(k, v)
		}
		req.Header.Set("Mcp-Name", "read_note")
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := transport.RoundTrip(req)
		if err != nil {
			t.Error(err)
			break
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(text), "Hello!") {
			t.Errorf("answered with %s: %s, %v", res.Status, text, err)
			break
		}
		select {
		case answered <- struct{}{}:
		default:
		}
	}
	// Whoever waits for answers is told to look.
	for ctx.Err() == nil {
		select {
		case answered <- struct{}{}:
		case <-ctx.Done():
		}
	}
}

var keyLine = regexp.MustCompile(`(?m)^ci:sha256:([0-9a-f]{64})=demo:read$`)

// What keygen prints is a key and its line in a file of keys, which holds no
// more than the key's hash.
func TestKeygen(t *testing.T) {
	t.Parallel()
	keygen := func() (key, line string) {
		cmd := exec.CommandContext(wait(t), demo, "keygen", "ci", "--scopes", "demo:read")
		cmd.Env = []string{}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		m := keyLine.FindStringSubmatch(string(out))
		if m == nil {
			t.Fatalf("no line of a keys file in %s", out)
		}
		for _, word := range strings.Fields(string(out)) {
			if hash(word) == m[1] {
				return word, m[0]
			}
		}
		t.Fatalf("no key for its line in %s", out)
		return "", ""
	}
	key, line := keygen()
	other, _ := keygen()
	if key == other || len(key) < 32 {
		t.Errorf("the keys are %s and %s", key, other)
	}
	s := guardWithKeys(t, keysFile(t, line))
	for _, version := range []string{legacy, modern} {
		s.greets(t, version, key)
		s.refuses(t, version, other)
		r := s.call(t, version, key, "write_note", map[string]string{"name": "keygen", "text": "a"})
		if c := s.challenge(t, r); r.status != http.StatusForbidden || c["error"] != "insufficient_scope" || c["scope"] != "demo:write" {
			t.Errorf("write_note with a key for demo:read is answered with %s", r)
		}
	}
}

// renamed is a file that is replaced by another one, as careful programs do.
func renamed(t *testing.T) (path string, replace func(string)) {
	path = filepath.Join(t.TempDir(), "keys")
	return path, func(content string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
}

// mounted is a file as Kubernetes mounts it: a link into a folder that is itself
// a link, which is replaced. The folder before is removed.
func mounted(t *testing.T) (path string, replace func(string)) {
	dir, n, before := t.TempDir(), 0, ""
	data := filepath.Join(dir, "..data")
	path = filepath.Join(dir, "keys")
	if err := os.Symlink(filepath.Join("..data", "keys"), path); err != nil {
		t.Fatal(err)
	}
	return path, func(content string) {
		t.Helper()
		n++
		folder := fmt.Sprintf("..2026_%d", n)
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "keys"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(folder, data+"_tmp"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(data+"_tmp", data); err != nil {
			t.Fatal(err)
		}
		if before != "" {
			if err := os.RemoveAll(before); err != nil {
				t.Fatal(err)
			}
		}
		before = filepath.Join(dir, folder)
	}
}

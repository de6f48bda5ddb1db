package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func parsed(t testing.TB, file string) *Keys {
	t.Helper()
	k, err := Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOpenGivesBackWhatWasSealed(t *testing.T) {
	k := New()
	for _, plaintext := range []string{"", "1", "with\x00zero and ünïcode", strings.Repeat("x", 40<<10)} {
		for _, bound := range [][]string{nil, {""}, {"alice", "delete_file"}, {strings.Repeat("y", 1000)}} {
			token := k.Seal("test", []byte(plaintext), bound...)
			if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
				t.Fatalf("token %q holds what a header or a URL may not", token)
			}
			got, err := k.Open("test", token, bound...)
			if err != nil || string(got) != plaintext {
				t.Errorf("Open(Seal(%.20q), %.20q) = %.20q, %v", plaintext, bound, got, err)
			}
			if again := k.Seal("test", []byte(plaintext), bound...); again == token {
				t.Error("two tokens are equal")
			}
		}
	}
}

func TestTokenIsForItsPurposeAndBoundsOnly(t *testing.T) {
	k := New()
	token := k.Seal("cursor", []byte("x"), "alice", "list")
	for name, open := range map[string]func() ([]byte, error){
		"another purpose":      func() ([]byte, error) { return k.Open("session", token, "alice", "list") },
		"another principal":    func() ([]byte, error) { return k.Open("cursor", token, "bob", "list") },
		"another order":        func() ([]byte, error) { return k.Open("cursor", token, "list", "alice") },
		"one bound less":       func() ([]byte, error) { return k.Open("cursor", token, "alice") },
		"one bound more":       func() ([]byte, error) { return k.Open("cursor", token, "alice", "list", "") },
		"joined bounds":        func() ([]byte, error) { return k.Open("cursor", token, "alicelist") },
		"shifted bounds":       func() ([]byte, error) { return k.Open("cursor", token, "alic", "elist") },
		"purpose among bounds": func() ([]byte, error) { return k.Open("", token, "cursor", "alice", "list") },
		"another process":      func() ([]byte, error) { return New().Open("cursor", token, "alice", "list") },
	} {
		if got, err := open(); err != ErrToken || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestChangedTokenIsRefused(t *testing.T) {
	k := New()
	token := k.Seal("test", []byte("state"))
	bad := []string{"", "A", ".", token + "A", token + "\n", token + "=", "A" + token, token + token, token[1:], token[:len(token)-1],
		token[:8] + "\r\n" + token[8:], strings.Repeat("A", MaxToken+1), k.Seal("test", make([]byte, MaxToken))}
	for i := range token {
		for _, c := range []byte("Aa9-_.=\n ") {
			if token[i] != c {
				bad = append(bad, token[:i]+string(c)+token[i+1:])
			}
		}
	}
	for _, b := range bad {
		if got, err := k.Open("test", b); err != ErrToken {
			t.Errorf("%.80q was accepted as %q, %v", b, got, err)
		}
	}
}

func TestTokenGoesThroughAHeader(t *testing.T) {
	k := New()
	token := k.Seal("session", []byte("10.0.0.7:8080"))
	h := make(http.Header)
	h.Set("Mcp-Session-Id", token)
	var b bytes.Buffer
	if err := h.Write(&b); err != nil || !strings.Contains(b.String(), token+"\r\n") {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestRotation(t *testing.T) {
	older, newer := Generate(), Generate()
	k := parsed(t, older)
	before := k.Seal("test", []byte("before"))
	if err := k.Replace([]byte(newer + "\n" + older)); err != nil {
		t.Fatal(err)
	}
	after := k.Seal("test", []byte("after"))
	for _, token := range []string{before, after} {
		if _, err := k.Open("test", token); err != nil {
			t.Error("while both keys are there:", err)
		}
	}
	if _, err := parsed(t, newer).Open("test", after); err != nil {
		t.Error("the first key did not seal:", err)
	}
	if err := k.Replace([]byte("rubbish!")); err == nil {
		t.Error("rubbish was taken for keys")
	}
	if _, err := k.Open("test", before); err != nil {
		t.Error("after a failed Replace:", err)
	}
	if err := k.Replace([]byte(newer)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open("test", before); err != ErrToken {
		t.Error("a key that is gone still opens:", err)
	}
}

func TestCurrent(t *testing.T) {
	older, newer := Generate()+"\n", Generate()+"\n"
	k := parsed(t, older)
	for range 50 {
		before := k.Seal("test", []byte("x"))
		if !k.Current(before) || parsed(t, newer+older).Current(before) || !parsed(t, older+newer).Current(before) {
			t.Fatal("the key that seals is not told from the others")
		}
	}
	for _, not := range []string{"", "AQ", "!!!!!!!!!!", k.Seal("test", nil)[1:]} {
		if k.Current(not) {
			t.Errorf("%q is current", not)
		}
	}
}

// TestRotationOfManyReplicas holds that replicas which see a change of the file
// at different times, and those that begin meanwhile, open each other's tokens.
func TestRotationOfManyReplicas(t *testing.T) {
	older, newer := Generate()+"\n", Generate()+"\n"
	understand := func(from, to string) bool {
		_, err := parsed(t, to).Open("test", parsed(t, from).Seal("test", []byte("x")))
		return err == nil
	}
	steps := []string{older, older + newer, newer + older, newer}
	for i, file := range steps[1:] {
		if before := steps[i]; !understand(before, file) && file != newer || !understand(file, before) {
			t.Errorf("step %d: a replica refuses another's token", i+1)
		}
	}
	if !understand(older, newer+older) || understand(older, newer) {
		t.Error("the old key is good until it is taken away, and not longer")
	}
	if understand(newer+older, older) {
		t.Error("one step instead of two would do")
	}
}

func TestReplaceWhileInUse(t *testing.T) {
	a, b := Generate(), Generate()
	k := parsed(t, a+"\n"+b)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 200 {
				purpose := fmt.Sprint(i, n%100) // more than are kept
				if _, err := k.Open(purpose, k.Seal(purpose, []byte("x"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 50 {
		a, b = b, a
		if err := k.Replace([]byte(a + "\n" + b)); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

func TestKeysWithOneMark(t *testing.T) {
	a, b := newKey("a", bytes.Repeat([]byte{1}, keyLen)), newKey("b", bytes.Repeat([]byte{2}, keyLen))
	a.mark = b.mark
	token := hold([]*key{b}).Seal("test", []byte("x"))
	if got, err := hold([]*key{a, b}).Open("test", token); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
}

// random is a key in each spelling.
var random = func() []byte {
	b, err := hex.DecodeString("fb00112233445566778899aabbccddeeff0123456789abcdeffedcba98765433")
	if err != nil {
		panic(err)
	}
	return b
}()

func TestParse(t *testing.T) {
	std := base64.StdEncoding.EncodeToString(random)
	url := base64.URLEncoding.EncodeToString(random)
	if std == url {
		t.Fatal("the alphabets do not differ in this key")
	}
	token := parsed(t, "a:"+std).Seal("test", []byte("x"))
	for _, file := range []string{
		"a:" + url, "a:" + strings.TrimRight(std, "="), "a:" + strings.TrimRight(url, "="), "a: " + std + " \r\n",
		"# keys\n\n" + Generate() + "\n  a:" + std + "\n",
		"another-name:" + std, std, url + "\n" + Generate() + "\n", Generate() + "\n" + std,
	} {
		if _, err := parsed(t, file).Open("test", token); err != nil {
			t.Errorf("%q: %v", file, err)
		}
	}
	bare := parsed(t, std+"\n").Seal("test", []byte("x"))
	if _, err := parsed(t, "# one\n"+url).Open("test", bare); err != nil {
		t.Error("a key without an id has another one in another process:", err)
	}
}

func TestParseRefuses(t *testing.T) {
	std := base64.StdEncoding.EncodeToString(random)
	short := base64.StdEncoding.EncodeToString(random[:16])
	spelled := base64.StdEncoding.EncodeToString([]byte("correct horse battery staple 123"))
	for _, tt := range []struct{ name, file, want string }{
		{"nothing", "# none\n\n", "no key"},
		{"not base64", "\na:secret!", "line 2: the key is not base64"},
		{"short", "a:" + short, "line 1: the key has 16 bytes"},
		{"long", "a:" + std[:43] + std, "line 1: the key has"},
		{"no key after the id", "a:", "line 1: the key has 0 bytes"},
		{"zeros", "a:" + base64.StdEncoding.EncodeToString(make([]byte, 32)), "line 1: the key is not random"},
		{"words", "a:" + spelled, "line 1: the key is not random"},
		{"no id", ":" + std, "line 1: the id"},
		{"bad id", "my key:" + std, "line 1: the id"},
		{"the same id", "a:" + std + "\n#\n" + "a:" + base64.StdEncoding.EncodeToString(append([]byte{9}, random[1:]...)), "line 3: the id is that of line 1"},
		{"the same key", "a:" + std + "\nb:" + std, "line 2: the key is that of line 1"},
		{"too big", strings.Repeat("#\n", maxFile), "more than"},
	} {
		k, err := Parse([]byte(tt.file))
		if err == nil || k != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			continue
		}
		for _, secret := range []string{std, short, spelled, "secret", "my key"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error repeats the file: %v", tt.name, err)
			}
		}
	}
}

// openFile follows a file of keys until the test ends.
func openFile(t *testing.T, path string) (*Keys, error) {
	t.Helper()
	k, err := Open(path, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(func() { k.Close() })
	}
	return k, err
}

func TestOpenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := openFile(t, path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old, next := Generate()+"\n", Generate()+"\n"
	write(old)
	one, err := openFile(t, path)
	if err != nil {
		t.Fatal(err)
	}
	two, err := openFile(t, path)
	if err != nil {
		t.Fatal(err)
	}
	token := one.Seal("test", []byte("x"))
	if got, err := two.Open("test", token); err != nil || string(got) != "x" {
		t.Errorf("another replica: %q, %v", got, err)
	}

	write(next + old)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := parsed(t, next).Open("test", one.Seal("test", nil)); err == nil {
			break
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the new key does not seal")
		}
	}
	if _, err := one.Open("test", token); err != nil {
		t.Errorf("the old key does not open: %v", err)
	}

	write("a:b")
	if _, err := openFile(t, path); err == nil || !strings.Contains(err.Error(), path+": line 1") {
		t.Errorf("bad file: %v", err)
	}
}

// The log names the keys that are in force, each time that others are, and holds
// nothing of them.
func TestOpenFileLogs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	named := Generate()
	_, unnamed, _ := strings.Cut(Generate(), ":")
	id, secret, _ := strings.Cut(named, ":")
	if err := os.WriteFile(path, []byte(unnamed), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := make(lineWriter, 10)
	k, err := Open(path, slog.New(slog.NewTextHandler(lines, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	other := (*k.list.Load())[0].id
	for _, want := range []string{
		"level=INFO msg=\"signing keys are in force\" file=" + path + " seals=" + other + " keys=[" + other + "]",
		"level=INFO msg=\"signing keys are in force\" file=" + path + " seals=" + id + " keys=\"[" + id + " " + other + "]\"",
	} {
		select {
		case line := <-lines:
			if !strings.Contains(line, want) || strings.Contains(line, secret) || strings.Contains(line, unnamed) {
				t.Errorf("logged %q, want %q", line, want)
			}
		case <-t.Context().Done():
			t.Fatalf("no line %q", want)
		}
		if err := os.WriteFile(path+".new", []byte(named+"\n"+unnamed), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
}

// lineWriter hands on what is written.
type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// A token of an earlier process: replicas of two releases share keys.
const (
	fixedKeys  = "a:+wARIjNEVWZ3iJmqu8zd7v8BI0VniavN7/7cuph2VDM="
	fixedToken = "AcFPEFuO1wTEMYV9LHA4MQ20f3Fr9lsy1RyP9XM1Lm6FybomyFk" // "state" for alice
)

func FuzzOpen(f *testing.F) {
	k := parsed(f, fixedKeys)
	f.Add(fixedToken, "alice")
	f.Add(fixedToken+"\n", "alice")
	f.Add(fixedToken, "bob")
	f.Add("AQ", "")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, token, bound string) {
		got, err := k.Open("test", token, bound)
		if ok := token == fixedToken && bound == "alice"; ok != (err == nil) || ok && string(got) != "state" {
			t.Errorf("%q for %q: %q, %v", token, bound, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(fixedKeys))
	f.Add([]byte("# one\n" + fixedKeys + "\nb:" + strings.TrimPrefix(Generate(), "k")))
	f.Add([]byte("a:b\n\r\n:"))
	f.Fuzz(func(t *testing.T, file []byte) {
		k, err := Parse(file)
		if err != nil {
			return
		}
		if got, err := k.Open("test", k.Seal("test", []byte("x"))); err != nil || string(got) != "x" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k, plaintext := New(), make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		k.Seal("cursor", plaintext, "https://id.example.com|alice", "list_files")
	}
}

func BenchmarkOpen(b *testing.B) {
	k := New()
	token := k.Seal("cursor", make([]byte, 64), "https://id.example.com|alice", "list_files")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open("cursor", token, "https://id.example.com|alice", "list_files"); err != nil {
			b.Fatal(err)
		}
	}
}

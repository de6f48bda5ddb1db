package apikey

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseRefuses(t *testing.T) {
	hex64 := strings.Repeat("0123456789abcdef", 4)
	for content, want := range map[string]string{
		"s3cret":                                                noEquals,
		"=tools":                                                badKey,
		"s3cret s3cret=tools":                                   badKey,
		"s3crèt=tools":                                          badKey,
		"s3cret\x00=tools":                                      badKey,
		"s3cret=tools # of s=3":                                 badKey,
		strings.Repeat("s3cret", 100) + "=tools":                badKey,
		"s3cret=":                                               fmt.Sprintf(badPermissions, 1),
		"s3cret=tools,":                                         fmt.Sprintf(badPermissions, 2),
		"s3cret=tools,files:read,s3cret":                        fmt.Sprintf(badPermissions, 3),
		"tools=s3cret":                                          fmt.Sprintf(badPermissions, 1),
		"s3cret=tools files:read":                               fmt.Sprintf(badPermissions, 1),
		"s3cret=tools # for ci":                                 fmt.Sprintf(badPermissions, 1),
		"ci:sha256:s3cret=tools":                                badHash,
		"ci:sha256:" + hex64 + "0=tools":                        badHash,
		"ci:sha256:" + hex64[1:] + "=tools":                     badHash,
		"ci:sha256:" + hex64[1:] + "g=tools":                    badHash,
		"ci:SHA256:" + hex64 + "=tools":                         badHash,
		"sha256:" + hex64 + "=tools":                            badHash,
		"ci: sha256:" + hex64 + "=tools":                        badHash,
		"ci:sha256: " + hex64 + "=tools":                        badHash,
		":sha256:" + hex64 + "=tools":                           badName,
		"c/i:sha256:" + hex64 + "=tools":                        badName,
		strings.Repeat("n", 65) + ":sha256:" + hex64 + "=tools": badName,
	} {
		entries, err := parse([]byte("# first\n\r\n"+content+"\nlast=tools\n"), check)
		if entries != nil || err == nil || err.Error() != "line 3: "+want {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestNumberOfKeysIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range maxKeys {
		fmt.Fprintf(&b, "key-number-%d=tools\n", i)
	}
	if entries, err := parse([]byte(b.String()), check); err != nil || len(entries) != maxKeys {
		t.Errorf("%d keys, %v", len(entries), err)
	}
	b.WriteString("# and\none-more=tools")
	if _, err := parse([]byte(b.String()), check); err == nil || err.Error() != "line 10002: "+tooMany {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(tooMany, fmt.Sprint(maxKeys)) {
		t.Errorf("another number is told: %s", tooMany)
	}
}

func TestLineRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, key   string
		permissions []string
	}{
		{"", "k", []string{"tools"}},
		{"a b", "k", []string{"tools"}},
		{"a:b", "k", []string{"tools"}},
		{"#a", "k", []string{"tools"}},
		{"é", "k", []string{"tools"}},
		{strings.Repeat("n", 65), "k", []string{"tools"}},
		{"ci", "", []string{"tools"}},
		{"ci", "k k", []string{"tools"}},
		{"ci", strings.Repeat("k", 513), []string{"tools"}},
		{"ci", "k", nil},
		{"ci", "k", []string{""}},
		{"ci", "k", []string{"tools\nevil=*"}},
		{"ci", "k", []string{"a=b"}},
		{"ci", "k", []string{"a,b"}},
	} {
		if line, err := Line(tt.name, tt.key, tt.permissions); err == nil || line != "" {
			t.Errorf("%+v: %q", tt, line)
		}
	}
}

func TestGenerate(t *testing.T) {
	form := regexp.MustCompile(`^mcpf_[A-Za-z0-9_-]{43}$`)
	a, b := Generate(), Generate()
	if !form.MatchString(a) || !form.MatchString(b) || a == b {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestAppend(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keys")
	add := func(name, key string) error {
		t.Helper()
		return Append(path, strings.TrimSpace(line(t, name, key, "tools")), check)
	}
	if err := add("a", plain); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("# without an end"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{"a": plain, "b": other} {
		if err := add(name, key); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(before), "# without an end\n") || strings.Count(string(before), "\n") != 3 {
		t.Errorf("%q, %v", before, err)
	}
	for want, err := range map[string]error{"same name": add("a", "another-key"), "same key": add("c", plain)} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("changed to %q, %v", after, err)
	}
	path = dir
	if err := add("a", plain); err == nil {
		t.Error("a directory was appended to")
	}
	path = filepath.Join(dir, "missing", "keys")
	if err := add("a", plain); !os.IsNotExist(err) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

// FuzzParse holds that an error repeats nothing of the file, and that what is
// accepted means the same when it is written as hashed lines.
func FuzzParse(f *testing.F) {
	hex64 := strings.Repeat("0123456789abcdef", 4)
	for _, seed := range []string{"", "k=tools", "\ufeff# c\r\n\r\nk = tools , files:read\r\n", "a==tools", "ci:sha256:" + hex64 + "=files:read",
		"ci:SHA256:" + hex64 + "=*", "a=tools\na=tools", "tools", "=\x00", "k=tools,,", "n:sha256:" + hex64 + "=*\nm:sha256:" + hex64 + "=*"} {
		f.Add([]byte(seed))
	}
	number := regexp.MustCompile(`\d+`)
	texts := map[string]bool{}
	for _, text := range []string{noEquals, badKey, badHash, badName, badPermissions, tooMany,
		"the same key as in line 1; remove one of them",
		"a key of the same name as in line 1: give each a name of its own, as in name:sha256:HEX=scope,scope"} {
		texts["line N: "+number.ReplaceAllString(strings.ReplaceAll(text, "%d", "1"), "N")] = true
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		entries, err := parse(content, check)
		if err == nil {
			err = distinct(entries)
		}
		if err != nil {
			if !texts[number.ReplaceAllString(err.Error(), "N")] {
				t.Errorf("the error may repeat the file: %v", err)
			}
			return
		}
		var again strings.Builder
		for _, e := range entries {
			if !validName(e.Name) || len(e.Permissions) == 0 || !utf8.ValidString(e.Name) {
				t.Errorf("accepted %+v", e)
			}
			fmt.Fprintf(&again, "%s:sha256:%x=%s\n", e.Name, e.sum, strings.Join(e.Permissions, ","))
		}
		hashed, err := parse([]byte(again.String()), check)
		if err != nil {
			t.Fatalf("%v in %q", err, again.String())
		}
		for i := range entries {
			entries[i].where, entries[i].weak, hashed[i].where = "", false, ""
		}
		if diff := cmp.Diff(entries, hashed, cmp.AllowUnexported(entry{})); diff != "" {
			t.Error(diff)
		}
	})
}

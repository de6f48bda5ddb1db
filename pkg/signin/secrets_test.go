package signin

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSecrets(t *testing.T) {
	const old, renewed = "an old secret of some length", "one that takes its place"
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
	for _, c := range []struct {
		name, text, file string
		want             [][]byte
	}{
		{"nothing", "", "", nil},
		{"a variable", old, "", [][]byte{[]byte(old)}},
		{"a file", "", write("two", renewed+"\r\n\n "+old+"\n", 0o600), [][]byte{[]byte(renewed), []byte(old)}},
	} {
		got, err := Secrets("--secret-file", "SECRET", c.text, c.file, log)
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s: %v %s", c.name, err, d)
		}
	}
	if logged.Len() > 0 {
		t.Errorf("a private file is warned of: %s", &logged)
	}
	if _, err := Secrets("--secret-file", "SECRET", "", write("open", old, 0o644), log); err != nil || !strings.Contains(logged.String(), "chmod 600") {
		t.Errorf("%v; a file that everybody can read is not warned of: %s", err, &logged)
	}

	for _, c := range []struct{ name, text, file, says string }{
		{"both", old, write("one", renewed, 0o600), "both set"},
		{"short", "2short4it", "", "SECRET: a secret needs 16 bytes"},
		{"short in a file", "", write("short", old+"\n2short4it", 0o600), "--secret-file: a secret needs 16 bytes"},
		{"empty", "", write("empty", "\n \n", 0o600), "is empty"},
		{"large", "", write("large", strings.Repeat(old+"\n", 4000), 0o600), "more than 65536 bytes"},
		{"missing", "", filepath.Join(t.TempDir(), "none"), "--secret-file: "},
	} {
		_, err := Secrets("--secret-file", "SECRET", c.text, c.file, log)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.says)
		} else if strings.Contains(err.Error(), old) || strings.Contains(err.Error(), "2short") {
			t.Errorf("%s: the secret is in the error: %v", c.name, err)
		}
	}
}

//go:build e2e && linux

package database_test

import (
	"archive/tar"
	"compress/bzip2"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/lexer"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
)

// regressSource is a script that fetches the source package of PostgreSQL of this
// distribution, with lists of its own, into the working directory.
const regressSource = `set -e
. /etc/os-release
case $ID in
ubuntu) url=http://archive.ubuntu.com/ubuntu ;;
*) url=http://deb.debian.org/debian ;;
esac
mkdir -p lists/partial cache/archives/partial
echo "deb-src [signed-by=/usr/share/keyrings/$ID-archive-keyring.gpg] $url $VERSION_CODENAME main" >sources.list
set -- -q -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$PWD/lists" -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User=root
apt-get "$@" update
apt-get "$@" source --download-only "postgresql-$MAJOR"`

// regress returns the SQL of PostgreSQL's own regression tests, by file. It is
// fetched once.
func regress(t *testing.T, major int) map[string]string {
	t.Helper()
	dir, err := localpg.Place("regress", strconv.Itoa(major))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		fetchRegress(t, dir, major)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil || len(files) < 150 {
		t.Fatalf("%d files in %s: %v", len(files), dir, err)
	}
	all := make(map[string]string, len(files))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".sql")] = string(b)
	}
	return all
}

// fetchRegress fetches into a directory beside dir, which it then becomes.
func fetchRegress(t *testing.T, dir string, major int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	partial, err := os.MkdirTemp(filepath.Dir(dir), "fetching-") //nolint:usetesting // beside the folder that it becomes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(partial)
	work := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", regressSource)
	cmd.Dir, cmd.Env = work, append(os.Environ(), "MAJOR="+strconv.Itoa(major))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the source of PostgreSQL %d cannot be fetched: %v\n%s", major, err, out)
	}
	archives, _ := filepath.Glob(filepath.Join(work, "*.orig.tar.bz2"))
	if len(archives) != 1 {
		t.Fatalf("archives: %v", archives)
	}
	file, err := os.Open(archives[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for r := tar.NewReader(bzip2.NewReader(file)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if ok, _ := path.Match("*/src/test/regress/sql/*.sql", h.Name); !ok {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(r, 4<<20))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(partial, path.Base(h.Name)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(partial, dir); err != nil {
		t.Fatal(err)
	}
}

// split splits a script at its semicolons. Where it is no SQL, as in commands of
// psql, it goes on with the next line.
func split(script string) []string {
	var all []string
	for script != "" {
		l, start := lexer.New(script), 0
		for {
			token, err := l.Next()
			if err != nil {
				_, script, _ = strings.Cut(script[start:], "\n")
				break
			}
			if token.Kind == lexer.EOF {
				return append(all, script[start:])
			}
			if token.Kind == lexer.Semicolon {
				all = append(all, script[start:token.Start])
				start = token.End
			}
		}
	}
	return all
}

// everything is a catalog in which every function may be called, so that the
// gate has to get by without it.
type everything struct{}

func (everything) Named(name string) []gate.Function {
	return []gate.Function{{Schema: "pg_catalog", Name: name, Volatility: 'i', System: true}}
}

// What PostgreSQL tests itself with breaks neither the gate nor the server, and
// leaves nothing behind.
func TestRegression(t *testing.T) {
	share := 10
	if v := os.Getenv("DATABASE_REGRESS_SHARE"); v != "" {
		var err error
		if share, err = strconv.Atoi(v); err != nil || share < 1 {
			t.Fatalf("DATABASE_REGRESS_SHARE=%s: give 1 for all, 10 for a tenth", v)
		}
	}
	worlds(t, func(t *testing.T, w *world) {
		local, err := localpg.Find()
		if err != nil {
			t.Fatal(err)
		}
		major, err := local.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		client := connect(t, database.Config{URL: pgtest.As(t, w.url, "corpus_reader"), PoolMin: 1, PoolMax: 1, StatementTimeout: time.Second}, nil)
		before, glanced, inSession := w.look(t), w.glance(t), sessionState(t, client)
		statements, passed, asked, answered := 0, 0, 0, 0
		for file, script := range regress(t, major) {
			for i, text := range split(script) {
				statements++
				_, refused := gate.Read(text, everything{}, gate.Policy{})
				_, _ = gate.Change(text, everything{}, gate.Policy{})
				if refused == nil {
					passed++
				}
				if i%share != 0 || strings.TrimSpace(text) == "" {
					continue
				}
				asked++
				if _, isError := call(t, client, "execute_query", object("query", text)); !isError {
					answered++
					if refused != nil {
						t.Errorf("%s: %q was run although the gate refuses it: %v", file, text, refused)
					}
				}
			}
			unharmed(t, file, glanced, w.glance(t))
		}
		unharmed(t, "a statement", before, w.look(t))
		if now := sessionState(t, client); now != inSession {
			t.Errorf("the session is %s, was %s", now, inSession)
		}
		if statements < 20_000 || answered == 0 {
			t.Errorf("only %d statements, %d answered", statements, answered)
		}
		t.Logf("%d statements, %d pass the gate without a catalog; %d asked, %d answered", statements, passed, asked, answered)
	})
}

//go:build e2e && linux

package pgtest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func text(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestVersions(t *testing.T) {
	seen := make(map[string]bool)
	for _, v := range pgtest.Versions(t) {
		url := pgtest.On(t, v.Server, "create table a (n int); insert into a values (41)", "update a set n = n + 1")
		if got := text(t, url, "select n::text from a"); got != "42" {
			t.Errorf("%s: %s", v.Name, got)
		}
		seen[text(t, url, "select current_setting('server_version_num')::int / 10000 || ''")] = true
	}
	if !seen["18"] || len(seen) != 2 {
		t.Errorf("the versions are %v", seen)
	}
}

func TestOwnServer(t *testing.T) {
	s := pgtest.Start(t, localpg.Options{Port: localpg.AnyPort, Password: "p@ss", Settings: map[string]string{"work_mem": "1MB"}})
	url := s.URL("postgres", "postgres")
	if got := text(t, url, "select current_setting('work_mem')"); got != "1MB" {
		t.Errorf("work_mem is %s", got)
	}
	conn, err := pgx.Connect(t.Context(), pgtest.As(t, url, "postgres"))
	if err == nil {
		conn.Close(t.Context())
		t.Error("it lets in who has no password")
	}
}

const child = "PGTEST_TEST_CHILD"

// TestChild is what TestSweep runs as another process, and kills.
func TestChild(t *testing.T) {
	if os.Getenv(child) == "" {
		return
	}
	fmt.Println("dir", pgtest.Server(t).Socket())
	select {}
}

func TestSweep(t *testing.T) {
	run := func() (cmd *exec.Cmd, dir string) {
		cmd = exec.Command(os.Args[0], "-test.run=^TestChild$")
		cmd.Env = append(cmd.Environ(), child+"=yes")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fscanf(out, "dir %s\n", &dir); err != nil {
			t.Fatal(err)
		}
		return cmd, dir
	}
	kill := func(cmd *exec.Cmd) {
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
	first, left := run()
	kill(first)
	if _, err := os.Stat(filepath.Join(left, "data")); err != nil {
		t.Fatal(err)
	}
	second, used := run()
	defer os.RemoveAll(used)
	defer kill(second)
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what the first has left is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(used, "data")); err != nil {
		t.Error(err)
	}
}

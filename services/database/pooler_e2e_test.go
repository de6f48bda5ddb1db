//go:build e2e && linux

package database_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/services/database"
)

// bouncer runs PgBouncer in transaction mode before a server, and returns the
// connection string for it.
func bouncer(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "bouncer-") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	config := fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = %s\nauth_type = trust\nauth_file = %[3]s/users\npool_mode = transaction\nlogfile = %[3]s/log\n",
		u.Query().Get("host"), "5432", dir)
	for name, content := range map[string]string{"config": config, "users": "\"mcp_reader\" \"\"\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "pgbouncer", "-q", filepath.Join(dir, "config"))
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // which it refuses to be
		info, err := os.Stat(u.Query().Get("host"))
		if err != nil {
			t.Fatal(err)
		}
		owner := info.Sys().(*syscall.Stat_t) // who reaches the server's socket
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // killed with the context of the test
	query := url.Values{"host": {dir}, "port": {"6432"}}
	u.RawQuery = query.Encode()
	for {
		conn, err := pgx.Connect(t.Context(), u.String())
		if err == nil {
			_ = conn.Close(t.Context())
			return u.String()
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

func TestDoctorBehindAPooler(t *testing.T) {
	through := bouncer(t, newShop(t))
	unset, _ := opened(t, database.Config{URL: through})
	c := find(t, unset.Doctor(t.Context()), "database default", "behind a pooler")
	if c.State != "fail" || !strings.Contains(c.Fix, "--pooler [DATABASE_POOLER]") {
		t.Errorf("without --pooler: %+v", c)
	}
	set, _ := opened(t, database.Config{URL: through, Pooler: true})
	find(t, set.Doctor(t.Context()), "role default", `"mcp_reader"`)
	if err := set.Ready(t.Context()); err != nil {
		t.Errorf("with --pooler: %v", err)
	}
}

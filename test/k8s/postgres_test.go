//go:build k8s

package k8s

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
)

const (
	// postgresPort is the one that the chart's policies let the database service
	// connect to.
	postgresPort = 5432
	// postgresIP is of the node while the tests run, and nobody else's (RFC 5737).
	postgresIP = "192.0.2.10"
	// postgresRole is whom the database service connects as.
	postgresRole = "mcp_test"
)

// postgres is the server that the tests share. It listens on the node.
var postgres struct {
	mu     sync.Mutex
	server *localpg.Server
}

func stopPostgres() {
	postgres.mu.Lock()
	defer postgres.mu.Unlock()
	if postgres.server != nil {
		postgres.server.Kill()
		exec.Command("ip", "address", "del", postgresIP+"/32", "dev", "lo").Run()
	}
}

// postgresURL starts the server if nobody has, and returns a connection string
// for those on the node, and its password.
func postgresURL(t *testing.T) (local, password string) {
	t.Helper()
	postgres.mu.Lock()
	defer postgres.mu.Unlock()
	password = "k8s-" + tag()
	if postgres.server == nil {
		ctx := context.WithoutCancel(t.Context()) // the server outlives this test
		run(t, "", "ip", "address", "replace", postgresIP+"/32", "dev", "lo")
		dir := filepath.Join(os.TempDir(), "mcp-k8s-postgres-"+random())
		s, err := localpg.Start(ctx, localpg.Options{
			Dir: dir, Temporary: true, Port: postgresPort, Password: password,
			Settings: map[string]string{"listen_addresses": postgresIP},
		})
		if err != nil {
			t.Fatal(err)
		}
		postgres.server = s
		hba, err := os.OpenFile(filepath.Join(dir, "data", "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hba.WriteString("host all all 0.0.0.0/0 scram-sha-256\n"); err != nil {
			t.Fatal(err)
		}
		if err := hba.Close(); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(s.PID(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		query(t, strings.Replace(s.URL("postgres", "postgres"), "127.0.0.1", postgresIP, 1), fmt.Sprintf("create role %s login password '%s'", postgresRole, password))
	}
	local = strings.Replace(postgres.server.URL("postgres", "postgres"), "127.0.0.1", postgresIP, 1)
	return local, password
}

func query(t *testing.T, url, sql string) {
	t.Helper()
	var c *pgx.Conn
	await(t, patience, "PostgreSQL lets the tests in", func() (yes bool, err error) {
		c, err = pgx.Connect(t.Context(), url)
		return err == nil, err
	})
	defer c.Close(context.WithoutCancel(t.Context()))
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// rows is how many lines the table numbers has in each database of a test.
const rows = 500

// database makes a database with a table, a Service through which pods reach it,
// and a Secret with its connection string.
func database(t *testing.T, ns, name string) {
	t.Helper()
	local, password := postgresURL(t)
	base := strings.ReplaceAll(ns, "-", "_")
	query(t, local, "create database "+base)
	own, err := url.Parse(local)
	if err != nil {
		t.Fatal(err)
	}
	own.Path = "/" + base
	query(t, own.String(), fmt.Sprintf("create table numbers as select n, n * n as square from generate_series(1, %d) n; alter table numbers add primary key (n); grant select, insert, update, delete on numbers to %s; grant create on schema public to %[2]s", rows, postgresRole))

	serviceOfNode(t, ns, "postgres", postgresIP, postgresPort)
	secret(t, ns, name, map[string]string{
		"url": fmt.Sprintf("postgresql://%s:%s@postgres.%s.svc:%d/%s?sslmode=disable", postgresRole, password, ns, postgresPort, base),
	})
}

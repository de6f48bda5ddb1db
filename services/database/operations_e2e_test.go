//go:build e2e && linux

package database_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// away is a server that does not answer, with a password to be kept.
const away = "postgresql://app:hunter2@127.0.0.1:1/shop?connect_timeout=1"

// opened returns a service and its log.
func opened(t *testing.T, cfg database.Config) (*database.Service, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	svc, err := database.Open(t.Context(), cfg, slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := svc.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(log.String(), "hunter2") {
			t.Errorf("the log tells a password: %s", log.String())
		}
	})
	return svc, &log
}

// file writes a databases file.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "databases.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStart(t *testing.T) {
	admin := pgtest.Database(t, shop.Schema, shop.Reader, `drop role if exists files_reader; create role files_reader login in role pg_read_server_files`)
	for _, tt := range []struct {
		name        string
		cfg         database.Config
		refuses     bool
		said, never string
	}{
		{"nothing", database.Config{}, false, "no database is configured", "role"},
		{"a reader", database.Config{URL: pgtest.As(t, admin, "mcp_reader")}, false, "", "superuser"},
		{"a superuser", database.Config{URL: admin}, true, "", "it is served"},
		{"a superuser who is allowed", database.Config{URL: admin, AllowSuperuser: true}, false, "is a superuser", ""},
		{"a superuser who writes", database.Config{URL: admin, Write: true}, true, "", ""},
		{"who reads files of the server", database.Config{URL: pgtest.As(t, admin, "files_reader")}, true, "", ""},
		{"a superuser in another role", database.Config{URL: admin + "&role=mcp_reader"}, true, "", ""},
		{"a server that is away", database.Config{URL: away}, false, "does not answer; it is served as soon as it does", ""},
		{"one of two", database.Config{File: file(t, fmt.Sprintf("- {name: a, url: %q}\n- {name: b, url: %q}\n", pgtest.As(t, admin, "mcp_reader"), admin))}, true, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			svc, log := opened(t, tt.cfg)
			err := svc.Start(t.Context())
			if (err != nil) != tt.refuses {
				t.Errorf("it starts with %v", err)
			}
			if tt.refuses && (!strings.Contains(err.Error(), "--allow-superuser [DATABASE_ALLOW_SUPERUSER]") || !strings.Contains(err.Error(), "mcp-database doctor prints the script")) {
				t.Errorf("it refuses with %v", err)
			}
			if !strings.Contains(log.String(), tt.said) || tt.never != "" && strings.Contains(log.String(), tt.never) {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}

func TestReady(t *testing.T) {
	reader := newShop(t)
	for _, tt := range []struct {
		name string
		cfg  database.Config
		want string
	}{
		{"nothing", database.Config{}, "no database is configured: start the server with DATABASE_URL"},
		{"one", database.Config{URL: reader}, ""},
		{"one that is away", database.Config{URL: away}, "no answer from the database default"},
		{"another is away", database.Config{File: file(t, fmt.Sprintf("- {name: a, url: %q}\n- {name: b, url: %q}\n", reader, away))}, ""},
		{"the default is away", database.Config{File: file(t, fmt.Sprintf("- {name: a, url: %q}\n- {name: b, url: %q, default: true}\n", reader, away))}, "no answer from the database b"},
		{"a required one is away", database.Config{File: file(t, fmt.Sprintf("- {name: a, url: %q}\n- {name: b, url: %q, required: true}\n", reader, away))}, "no answer from the database b"},
		{"one that is not required is away", database.Config{File: file(t, fmt.Sprintf("- {name: a, url: %q, required: true}\n- {name: b, url: %q, default: true}\n", reader, away))}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			svc, _ := opened(t, tt.cfg)
			began, said := time.Now(), ""
			if err := svc.Ready(t.Context()); err != nil {
				said = err.Error()
			}
			if !strings.HasPrefix(said, tt.want) || tt.want == "" && said != "" || time.Since(began) > 3*time.Second {
				t.Errorf("after %s: %q", time.Since(began), said)
			}
		})
	}
}

func TestListDatabases(t *testing.T) {
	session := connect(t, database.Config{File: file(t, fmt.Sprintf("- {name: gone, url: %q, mode: write, description: It was here}\n- {name: shop, url: %q, default: true}\n", away, newShop(t)))}, nil)
	text, bad := call(t, session, "list_databases", `{}`)
	var got struct {
		Databases []struct {
			Name, Description, Mode, Version string
			Default, Reachable               bool
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || bad || len(got.Databases) != 2 {
		t.Fatalf("%s %v", text, err)
	}
	if d := got.Databases[0]; d.Name != "shop" || !d.Default || !d.Reachable || d.Mode != "read-only" || d.Version == "" {
		t.Errorf("the first is %+v", d)
	}
	if d := got.Databases[1]; d.Name != "gone" || d.Default || d.Reachable || d.Mode != "write" || d.Version != "" || d.Description != "It was here" {
		t.Errorf("the second is %+v", d)
	}
	if strings.Contains(text, "127.0.0.1") || strings.Contains(text, "app") {
		t.Errorf("it tells hosts or users: %s", text)
	}
	if text, bad := call(t, session, "database_health", `{"database":"gone"}`); !bad || !strings.Contains(text, "SERVICE_UNAVAILABLE") || strings.Contains(text, "127.0.0.1") {
		t.Errorf("the health of a database that is away: %s", text)
	}
}

// find returns the check of this name whose detail has a text.
func find(t *testing.T, checks []server.Check, name, detail string) server.Check {
	t.Helper()
	for _, c := range checks {
		if c.Name == name && strings.Contains(c.Detail, detail) {
			return c
		}
	}
	t.Errorf("no check %q with %q in %+v", name, detail, checks)
	return server.Check{}
}

func TestDoctor(t *testing.T) {
	admin := pgtest.Database(t, shop.Schema, `create function purge() returns void language sql volatile security definer as 'delete from page_views'`)
	strong, _ := opened(t, database.Config{URL: admin, Subscribe: map[string]string{"orders": "mcp_orders"}})
	checks := strong.Doctor(t.Context())
	c := find(t, checks, "role default", `"postgres" is a superuser`)
	intro, script, found := strings.Cut(c.Fix, "\n")
	if c.State != "fail" || !found || !strings.Contains(intro, "a superuser makes it with this script") {
		t.Fatalf("the superuser: %+v", c)
	}
	triggers := find(t, checks, "subscriptions default", `"orders" on the channel "mcp_orders"`)
	_, ddl, _ := strings.Cut(triggers.Fix, "\n")
	if find(t, checks, "database default", "PostgreSQL ").State != "ok" || triggers.State != "warn" {
		t.Errorf("%+v", checks)
	}
	pgtest.Exec(t, admin, script, ddl)

	weak, _ := opened(t, database.Config{URL: pgtest.As(t, admin, "mcp_reader"), Subscribe: map[string]string{"orders": "mcp_orders"}})
	for _, c := range weak.Doctor(t.Context()) {
		if c.State != "ok" && !strings.Contains(c.Detail, "pg_stat_statements") {
			t.Errorf("of the role that the script made: %+v", c)
		}
	}
	find(t, weak.Doctor(t.Context()), "role default", `"mcp_reader" reads 11 of 11 tables and can change nothing`)

	allowed, _ := opened(t, database.Config{URL: admin, AllowSuperuser: true})
	if c := find(t, allowed.Doctor(t.Context()), "role default", "is a superuser"); c.State != "warn" {
		t.Errorf("a superuser who is allowed: %+v", c)
	}
}

func TestDoctorOfWhatIsAway(t *testing.T) {
	none, _ := opened(t, database.Config{})
	if c := find(t, none.Doctor(t.Context()), "databases", "no database is configured"); c.State != "fail" || !strings.Contains(c.Fix, "DATABASE_URL") {
		t.Errorf("without a database: %+v", c)
	}
	gone, _ := opened(t, database.Config{File: file(t, fmt.Sprintf("- {name: a, url: %q}\n- {name: b, url: %q}\n", newShop(t), away))})
	c := find(t, gone.Doctor(t.Context()), "database b", "nothing listens at its address")
	if c.State != "warn" || !strings.HasPrefix(c.Fix, "start the server") || strings.Contains(c.Detail+c.Fix, "hunter2") {
		t.Errorf("a database that is away: %+v", c)
	}
}

// TestDoctorBlames holds that each wrong setting is named, and that none is
// blamed on sslmode, which without it is tried first and fails on most servers.
func TestDoctorBlames(t *testing.T) {
	reader := newShop(t)
	named := func(name string) string {
		u, err := url.Parse(reader)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/" + name
		return u.String()
	}
	plain := httptest.NewServer(nil)
	defer plain.Close()
	for _, tt := range []struct {
		name        string
		cfg         database.Config
		detail, fix string
	}{
		{"no such database", database.Config{URL: named("nowhere")}, "there is no database of this name on its server", "postgresql://user@host:5432/name"},
		{"no such role", database.Config{URL: pgtest.As(t, reader, "nobody_at_all")}, "does not let the role in", "pg_hba.conf"},
		{"no such parameter", database.Config{URL: reader + "&ssmode=require"}, `unrecognized configuration parameter "ssmode"`, "correct that parameter"},
		{"no such time zone", database.Config{URL: reader, TimeZone: "Mars/Base"}, `invalid value for parameter "TimeZone"`, "or the flag for it"},
		{"no standby", database.Config{URL: reader + "&target_session_attrs=standby"}, "target_session_attrs asks for", "name the other servers too"},
		{"no PostgreSQL", database.Config{URL: "postgresql://app:hunter2@" + plain.Listener.Addr().String() + "/shop", PoolQueue: time.Second}, "no answer in time", "see that the server is reachable"},
		{"half a password", database.Config{URL: "postgresql://app:hun@nowhere.invalid/ter2#@127.0.0.1/shop"}, "its host is not known here", "@ is %40"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			svc, _ := opened(t, tt.cfg)
			c := find(t, svc.Doctor(t.Context()), "database default", tt.detail)
			if c.State != "fail" || !strings.Contains(c.Fix, tt.fix) || strings.Contains(c.Fix, "sslmode") || strings.Contains(c.Detail+c.Fix, "hunter2") {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestLogHasNoValues holds that what the server says of a statement, which may
// quote rows, goes to the caller and not to the log.
func TestLogHasNoValues(t *testing.T) {
	svc, log := opened(t, database.Config{URL: newShop(t)})
	srv, err := server.New("database", svc, server.Config{}, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	session := servertest.Client(t, srv, nil, nil)
	text, bad := call(t, session, "execute_query", `{"query":"select email::int from customers order by id"}`)
	if !bad || !strings.Contains(text, "ada.andersson0@example.com") {
		t.Errorf("the caller is told %s", text)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), `"audit":true`) || strings.Contains(log.String(), "ada") {
		t.Errorf("the log has %d lines:\n%s", n, log.String())
	}
}

func TestPoolMetrics(t *testing.T) {
	svc, _ := opened(t, database.Config{URL: newShop(t), PoolMax: 7})
	srv, err := server.New("database", svc, server.Config{Admin: "127.0.0.1:1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	if err := svc.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	srv.AdminHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, want := range []string{
		`db_client_connection_max{db_client_connection_pool_name="default"} 7`,
		`db_client_connection_count{db_client_connection_pool_name="default",db_client_connection_state="idle"} `,
		`db_client_connection_count{db_client_connection_pool_name="default",db_client_connection_state="used"} `,
		`mcpfleet_database_pool_acquired_total{db_client_connection_pool_name="default"} `,
		`mcpfleet_database_pool_wait_time_seconds_total{db_client_connection_pool_name="default"} `,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

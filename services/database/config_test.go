package database

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// write makes a file and returns its path.
func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

const secretURL = "postgresql://app:hunter2@db.example/shop"

// initial is what a database is set to that nothing is said of.
func initial(name, connection string) setting {
	return setting{
		Config: postgres.Config{Name: name, URL: connection, PoolMin: 2, PoolMax: 20, Idle: 5 * time.Minute, Lifetime: time.Hour, Queue: 5 * time.Second,
			StatementTimeout: 30 * time.Second, MaxTimeout: 5 * time.Minute, LockTimeout: 3 * time.Second},
		MaxRows: 1000, MaxBytes: 1 << 20, MaxAffected: 1000,
	}
}

func TestOneDatabase(t *testing.T) {
	secret := write(t, "secret", "p@ss/word \n", 0o600)
	open := write(t, "open", secretURL+"\n", 0o644)
	with := func(change func(*setting)) setting {
		s := initial("default", secretURL)
		change(&s)
		return s
	}
	for _, tt := range []struct {
		name string
		cfg  Config
		want setting
	}{
		{"a URL", Config{URL: secretURL}, initial("default", secretURL)},
		{"a URL in a file that all can read", Config{URLFile: open}, with(func(s *setting) { s.Exposed = open })},
		{"parts", Config{Host: "db", User: "app", Database: "shop"}, initial("default", "postgresql://app@db:5432/shop")},
		{"parts with a password", Config{Host: "::1", Port: "5433", User: "a b", Password: "p@:/?", Database: "x y", SSLMode: "require"},
			initial("default", "postgresql://a%20b:p%40%3A%2F%3F@[::1]:5433/x%20y?sslmode=require")},
		{"a socket", Config{Host: "/run/postgresql", User: "app", PasswordFile: secret, Database: "shop"},
			initial("default", "postgresql://app:p%40ss%2Fword@/shop?host=%2Frun%2Fpostgresql&port=5432")},
		{"everything allowed", Config{URL: secretURL, Write: true, AllowSuperuser: true, AllowFunctions: []string{"f"}, AllowFullTable: true, AllowAnalyze: true, Pooler: true,
			Subscribe: map[string]string{"orders": "c"}, SearchPath: "a, b", TimeZone: "Europe/Berlin", PoolMax: 1, MaxTimeout: 10 * time.Second, MaxCost: 1e6}, with(func(s *setting) {
			s.Writes, s.Config.AllowSuperuser, s.StartupOff, s.AllowAnalyze = true, true, true, true
			s.Policy = gate.Policy{AllowFunctions: []string{"f"}, AllowFullTable: true}
			s.Subscriptions = map[string]string{"orders": "c"}
			s.SearchPath, s.TimeZone = "a, b", "Europe/Berlin"
			s.PoolMin, s.PoolMax, s.StatementTimeout, s.MaxTimeout, s.MaxCost = 1, 1, 10*time.Second, 10*time.Second, 1e6
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.cfg.databases()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]setting{tt.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrongFlags(t *testing.T) {
	several := write(t, "several", "- {name: a, url: postgresql:///a}\n", 0o600)
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{URL: secretURL, Host: "db"}, "DATABASE_URL and DB_HOST and the like are given at once"},
		{Config{URL: secretURL, File: several}, "DATABASE_URL and --databases-file are given at once"},
		{Config{User: "app"}, "--db-host [DB_HOST] is missing"},
		{Config{Host: "db", Database: "shop"}, "--db-user [DB_USER] is missing"},
		{Config{Host: "db", User: "app"}, "--db-name [DB_NAME] is missing"},
		{Config{Host: "db", User: "app", Database: "shop", Port: "tcp://10.0.0.1:5432"}, "give a number such as 5432; Kubernetes sets it"},
		{Config{Host: "db", User: "app", Database: "shop", SSLMode: "yes"}, "verify-full"},
		{Config{Host: "db", User: "app", Database: "shop", Password: "x", PasswordFile: "y"}, "at once"},
		{Config{URLFile: filepath.Join(t.TempDir(), "none")}, "--database-url-file: open "},
		{Config{URLFile: write(t, "two", secretURL+"\n"+secretURL, 0o600)}, "write one line into it"},
		{Config{URLFile: write(t, "empty", "\n", 0o600)}, "write one line into it"},
		{Config{URL: secretURL, PoolMin: 5, PoolMax: 3}, "--pool-min 5 is above --pool-max 3"},
		{Config{URL: secretURL, PoolMax: -1}, "--pool-max -1: give at least 1"},
		{Config{URL: secretURL, StatementTimeout: time.Hour}, "--statement-timeout 1h0m0s is above --max-timeout 5m0s"},
		{Config{URL: secretURL, LockTimeout: time.Microsecond}, "--lock-timeout 1µs: give a duration"},
		{Config{URL: secretURL, MaxCost: -1}, "--max-cost -1: give a cost"},
		{Config{URL: secretURL, Subscribe: map[string]string{"orders": ""}}, "--subscribe orders=: give table=channel"},
		{Config{File: several, Write: true}, "--write is for one database"},
	} {
		if _, err := tt.cfg.databases(); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%+v gives %v, want %q", tt.cfg, err, tt.want)
		}
	}
	// What Kubernetes sets for a service called db is no database.
	if got, err := (Config{Port: "tcp://10.0.0.1:5432"}).databases(); len(got) != 0 || err != nil {
		t.Errorf("a port alone gives %v, %v", got, err)
	}
}

func TestDatabasesFile(t *testing.T) {
	secret := write(t, "b.url", secretURL, 0o600)
	path := write(t, "databases.yaml", `
# two of them
- name: a
  url: postgresql://app@a/a
- name: b
  url_file: `+secret+`
  mode: write
  description: What is sold
  default: true
  required: true
  limits: {pool_min: 1, pool_max: 4, idle: 1m, lifetime: 10m, queue: 1s, statement_timeout: 5s, max_timeout: 20s, lock_timeout: 500ms, work_mem: 8MB, max_rows: 50, max_bytes: 65536, max_cost: 1e5, max_affected: 10}
  search_path: sales, public
  time_zone: Europe/Berlin
  allow_functions: [f, s.g]
  allow_full_table: true
  allow_analyze: true
  allow_superuser: true
  pooler: true
  subscriptions: {sales.orders: orders_changed}
`, 0o600)
	got, err := Config{File: path, MaxRows: 77}.databases()
	if err != nil {
		t.Fatal(err)
	}
	a := initial("a", "postgresql://app@a/a")
	a.MaxRows = 77
	b := setting{
		Config: postgres.Config{Name: "b", URL: secretURL, Description: "What is sold", Writes: true, AllowSuperuser: true,
			PoolMin: 1, PoolMax: 4, Idle: time.Minute, Lifetime: 10 * time.Minute, Queue: time.Second, StatementTimeout: 5 * time.Second, MaxTimeout: 20 * time.Second,
			LockTimeout: 500 * time.Millisecond, WorkMem: "8MB", SearchPath: "sales, public", TimeZone: "Europe/Berlin", StartupOff: true},
		Policy:  gate.Policy{AllowFunctions: []string{"f", "s.g"}, AllowFullTable: true},
		MaxRows: 50, MaxBytes: 65536, MaxCost: 1e5, MaxAffected: 10, AllowAnalyze: true, Required: true,
		Subscriptions: map[string]string{"sales.orders": "orders_changed"},
	}
	if diff := cmp.Diff([]setting{b, a}, got); diff != "" {
		t.Error(diff)
	}
}

func TestExposedFiles(t *testing.T) {
	open := write(t, "open", "["+`{"name":"a","url":"`+secretURL+`"},{"name":"b","url":"postgresql://b/b"},{"name":"c","url":"host=c password=x"}]`, 0o644)
	got, err := Config{File: open}.databases()
	if err != nil || len(got) != 3 || got[0].Exposed != open || got[1].Exposed != "" || got[2].Exposed != open {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWrongFiles(t *testing.T) {
	for content, want := range map[string]string{
		"":                                   "it names no database; write a list",
		"[]":                                 "it names no database",
		"name: a\nurl: postgresql:///a":      "line 1: give a list of databases",
		"- {name: a, url: x, urll: hunter2}": "line 1: there is no key urll",
		"- {name: a, url: x, url: hunter2}":  "line 1: the key url is there twice",
		"- {name: a, url: x, limits: {max_rows: hunter2}}":                       "line 1: give a number",
		"- {name: a, url: x, limits: {idle: 5}}":                                 "line 1: give a duration such as 30s",
		"- {name: a, url: x, pooler: hunter2}":                                   "line 1: give true or false",
		"- {name: a, url: x, subscriptions: [hunter2]}":                          "line 1: give table: channel",
		"- {name: a, name: b, url: x}":                                           "line 1",
		"- {name: A, url: x}":                                                    `database 1, "A": name: give lower-case letters`,
		"- {name: a}":                                                            "give url or url_file, one of them",
		"- {name: a, url: x, url_file: y}":                                       "give url or url_file, one of them",
		"- {name: a, url_file: none}":                                            "url_file: open ",
		"- {name: a, url: x, mode: admin}":                                       "mode: give read-only or write",
		"- {name: a, url: x}\n- {name: a, url: y}":                               `database 2, "a": the name is there twice`,
		"- {name: a, url: x, default: true}\n- {name: b, url: y, default: true}": `"a" is the default already`,
		"- {name: a, url: x, limits: {pool_min: 9, pool_max: 3}}":                "limits.pool_min 9 is above limits.pool_max 3",
		"- {name: a, url: x, limits: {idle: -1s}}":                               "limits.idle -1s: give a duration",
		"- {name: a, url: x, subscriptions: {orders: ''}}":                       "subscriptions orders=: give table=channel",
		"- {name: a, url: x}\n---\n- {name: b, url: y}":                          "more than one document",
		"- {name: a, url: 'x":                                                    "--databases-file ",
		strings.Repeat("- {name: a, url: x}\n", maxDatabases+1):                  "it names 101 databases; the most are 100",
		"# " + strings.Repeat("x", maxFile):                                      "is larger than",
	} {
		_, err := Config{File: write(t, "databases.yaml", content, 0o600)}.databases()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "database.") {
			t.Errorf("%.60q gives %v, want %q", content, err, want)
		}
	}
}

func FuzzDatabasesFile(f *testing.F) {
	f.Add("- {name: a, url: postgresql:///a}")
	f.Add("- &x {name: a, limits: {max_rows: 1}}\n- *x")
	f.Add("- name: a\n  limits: [1]\n  url: {a: b}")
	f.Fuzz(func(t *testing.T, content string) {
		if entries, err := decodeEntries([]byte(content)); err == nil && (len(entries) == 0 || len(entries) > maxDatabases) {
			t.Errorf("%d entries", len(entries))
		}
	})
}

package database

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// Config holds the service's own flags. The zero value of a field stands for its
// default. One database is named by URL, URLFile or the parts, several by File.
type Config struct {
	// URL is the connection string of the one database.
	URL string `name:"database-url" env:"DATABASE_URL" wanted:"required" instead:"database-url-file,databases-file,db-host" secret:"url" placeholder:"URL" help:"The PostgreSQL server: postgresql://user:password@host:5432/name. Give one that holds a password by environment or file."`
	// URLFile holds that connection string.
	URLFile string `name:"database-url-file" env:"DATABASE_URL_FILE" placeholder:"FILE" help:"A file with that connection string."`
	// File names several databases.
	File string `name:"databases-file" env:"DATABASE_FILE" placeholder:"FILE" help:"A YAML or JSON list of databases, each with name, url or url_file, and what is allowed there. The first is the default unless another says so."`

	// Host and the four after it are the parts of a connection string.
	Host         string `name:"db-host" env:"DB_HOST" placeholder:"HOST" help:"The server, instead of a connection string: a name, an address, or the directory of a socket."`
	Port         string `name:"db-port" env:"DB_PORT" placeholder:"PORT" help:"Its port. The default is 5432."`
	User         string `name:"db-user" env:"DB_USER" placeholder:"ROLE" help:"The role to log in as."`
	Password     string `name:"db-password" env:"DB_PASSWORD" secret:"" hidden:"" help:"Its password."`
	PasswordFile string `name:"db-password-file" env:"DB_PASSWORD_FILE" placeholder:"FILE" help:"A file with the role's password; DB_PASSWORD holds the password itself."`
	Database     string `name:"db-name" env:"DB_NAME" placeholder:"NAME" help:"The database there."`
	SSLMode      string `name:"db-sslmode" env:"DB_SSLMODE" placeholder:"MODE" help:"disable, prefer, require, verify-ca or verify-full."`

	Write          bool              `name:"write" env:"DATABASE_WRITE" help:"Allow INSERT, UPDATE, DELETE and MERGE by the tools for it, after a person has agreed."`
	AllowSuperuser bool              `name:"allow-superuser" env:"DATABASE_ALLOW_SUPERUSER" help:"Serve a database although its role is a superuser, or may read or write files of the server or run its programs."`
	AllowFunctions []string          `name:"allow-functions" env:"DATABASE_ALLOW_FUNCTIONS" placeholder:"NAME" help:"Functions, as name or schema.name, that queries may call although the rules refuse them."`
	AllowFullTable bool              `name:"allow-full-table" env:"DATABASE_ALLOW_FULL_TABLE" help:"Let UPDATE and DELETE go without WHERE."`
	AllowAnalyze   bool              `name:"allow-analyze" env:"DATABASE_ALLOW_ANALYZE" help:"Let EXPLAIN run the query that it explains."`
	Subscribe      map[string]string `name:"subscribe" env:"DATABASE_SUBSCRIBE" mapsep:"," placeholder:"TABLE=CHANNEL" help:"Tell subscribers of a table when something is notified on this channel. doctor prints the triggers for it."`

	PoolMin          int           `name:"pool-min" env:"DATABASE_POOL_MIN" default:"2" help:"How many connections are kept open."`
	PoolMax          int           `name:"pool-max" env:"DATABASE_POOL_MAX" default:"20" help:"How many connections there are at most."`
	PoolIdle         time.Duration `name:"pool-idle" env:"DATABASE_POOL_IDLE" default:"300s" help:"Close a connection that was not used for this long."`
	PoolLifetime     time.Duration `name:"pool-lifetime" env:"DATABASE_POOL_LIFETIME" default:"1h" help:"Close a connection that is this old."`
	PoolQueue        time.Duration `name:"pool-queue" env:"DATABASE_POOL_QUEUE" default:"5s" help:"How long a call waits for a connection."`
	StatementTimeout time.Duration `name:"statement-timeout" env:"DATABASE_STATEMENT_TIMEOUT" default:"30s" help:"How long a statement may take unless its caller asks for another time."`
	MaxTimeout       time.Duration `name:"max-timeout" env:"DATABASE_MAX_TIMEOUT" default:"300s" help:"The most that a caller may ask for; --tool-deadline bounds it too."`
	LockTimeout      time.Duration `name:"lock-timeout" env:"DATABASE_LOCK_TIMEOUT" default:"3s" help:"How long a statement may wait for a lock."`
	WorkMem          string        `name:"work-mem" env:"DATABASE_WORK_MEM" placeholder:"SIZE" help:"work_mem of the sessions, such as 32MB. The default is the server's."`
	SearchPath       string        `name:"search-path" env:"DATABASE_SEARCH_PATH" placeholder:"SCHEMAS" help:"search_path of the sessions. The default is the role's."`
	TimeZone         string        `name:"time-zone" env:"DATABASE_TIME_ZONE" placeholder:"ZONE" help:"Time zone of the sessions. The default is UTC."`
	Pooler           bool          `name:"pooler" env:"DATABASE_POOLER" help:"The server is behind PgBouncer or another pooler: set in each transaction what else is set when a connection starts."`
	MaxRows          int           `name:"max-rows" env:"DATABASE_MAX_ROWS" default:"1000" help:"The most rows in a result."`
	MaxBytes         int           `name:"max-bytes" env:"DATABASE_MAX_BYTES" default:"1048576" help:"The most bytes of values in a result."`
	MaxCost          float64       `name:"max-cost" env:"DATABASE_MAX_COST" default:"0" help:"Refuse a query whose plan the server estimates to cost more. 0: no bound."`
	MaxAffected      int           `name:"max-affected" env:"DATABASE_MAX_AFFECTED" default:"1000" help:"The most rows that one statement may change."`
}

// setting is what is configured for one database.
type setting struct {
	postgres.Config
	gate.Policy

	MaxRows      int
	MaxBytes     int
	MaxCost      float64 // 0: no bound
	MaxAffected  int
	AllowAnalyze bool
	// Subscriptions are channels by table, as table or schema.table.
	Subscriptions map[string]string
	// Required keeps the service from being ready while the database is away.
	Required bool
	// Exposed is a file with this database's password that every user of the
	// machine can read, "" if there is none.
	Exposed string
}

// The name of the database that no file names.
const onlyName = "default"

// databases returns the settings of all databases, the default one first.
func (c Config) databases() ([]setting, error) {
	var ways []string
	for _, w := range []struct {
		given bool
		name  string
	}{
		{c.URL != "", "DATABASE_URL"}, {c.URLFile != "", "--database-url-file"}, {c.File != "", "--databases-file"},
		// A port alone says nothing: Kubernetes sets DB_PORT for a service called db.
		{c.Host != "" || c.User != "" || c.Password != "" || c.PasswordFile != "" || c.Database != "" || c.SSLMode != "", "DB_HOST and the like"},
	} {
		if w.given {
			ways = append(ways, w.name)
		}
	}
	switch {
	case len(ways) == 0:
		return nil, nil
	case len(ways) > 1:
		return nil, fmt.Errorf("%s are given at once: keep one of them, or name all databases in --databases-file", strings.Join(ways, " and "))
	case c.File != "":
		return c.fromFile()
	}
	set := c.defaults()
	set.Name = onlyName
	set.Writes, set.AllowSuperuser, set.StartupOff = c.Write, c.AllowSuperuser, c.Pooler
	set.SearchPath, set.TimeZone = c.SearchPath, c.TimeZone
	set.AllowFunctions, set.AllowFullTable, set.AllowAnalyze = c.AllowFunctions, c.AllowFullTable, c.AllowAnalyze
	set.Subscriptions = c.Subscribe
	var err error
	switch {
	case c.URL != "":
		set.URL = c.URL
	case c.URLFile != "":
		set.URL, set.Exposed, err = readSecret("--database-url-file", c.URLFile)
	default:
		set.URL, set.Exposed, err = c.fromParts()
	}
	if c.URLFile != "" && !hasPassword(set.URL) {
		set.Exposed = ""
	}
	if err == nil {
		err = set.check(flagNames)
	}
	if err != nil {
		return nil, err
	}
	return []setting{set}, nil
}

// defaults returns the limits, which hold for the databases of a file too unless
// it says otherwise.
func (c Config) defaults() setting {
	var set setting
	set.PoolMin, set.PoolMax, set.Idle, set.Lifetime, set.Queue = c.PoolMin, c.PoolMax, c.PoolIdle, c.PoolLifetime, c.PoolQueue
	set.StatementTimeout, set.MaxTimeout, set.LockTimeout, set.WorkMem = c.StatementTimeout, c.MaxTimeout, c.LockTimeout, c.WorkMem
	set.MaxRows, set.MaxBytes, set.MaxCost, set.MaxAffected = c.MaxRows, c.MaxBytes, c.MaxCost, c.MaxAffected
	return set
}

// fromParts makes a connection string of the parts.
func (c Config) fromParts() (connection, exposed string, err error) {
	for _, p := range []struct{ value, flag, env string }{
		{c.Host, "--db-host", "DB_HOST"}, {c.User, "--db-user", "DB_USER"}, {c.Database, "--db-name", "DB_NAME"},
	} {
		if p.value == "" {
			return "", "", fmt.Errorf("%s [%s] is missing: DB_HOST, DB_USER and DB_NAME are needed together, or DATABASE_URL alone", p.flag, p.env)
		}
	}
	port := c.Port
	if port == "" {
		port = "5432"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", fmt.Errorf("DB_PORT %q: give a number such as 5432; Kubernetes sets it to something else for a service called db", port)
	}
	if c.Password != "" && c.PasswordFile != "" {
		return "", "", errors.New("DB_PASSWORD and --db-password-file are given at once: keep one of them")
	}
	switch c.SSLMode {
	case "", "disable", "allow", "prefer", "require", "verify-ca", "verify-full":
	default:
		return "", "", fmt.Errorf("DB_SSLMODE %q: give disable, prefer, require, verify-ca or verify-full", c.SSLMode)
	}
	u := url.URL{Scheme: "postgresql", User: url.User(c.User), Path: "/" + c.Database}
	password := c.Password
	if c.PasswordFile != "" {
		if password, exposed, err = readSecret("--db-password-file", c.PasswordFile); err != nil {
			return "", "", err
		}
	}
	if password != "" {
		u.User = url.UserPassword(c.User, password)
	}
	query := url.Values{}
	if c.SSLMode != "" {
		query.Set("sslmode", c.SSLMode)
	}
	if strings.HasPrefix(c.Host, "/") { // the directory of a socket, which the authority of a URL cannot be
		query.Set("host", c.Host)
		query.Set("port", port)
	} else {
		u.Host = net.JoinHostPort(c.Host, port)
	}
	u.RawQuery = query.Encode()
	return u.String(), exposed, nil
}

// names are how limits are called where they were given.
type names func(field string) string

// flagNames names limits by their flags.
func flagNames(field string) string { return "--" + strings.ReplaceAll(field, "_", "-") }

// check returns what is wrong with limits, and what to give instead.
func (s *setting) check(name names) error {
	for _, l := range []struct {
		field string
		n     int
	}{{"pool_min", s.PoolMin}, {"pool_max", s.PoolMax}, {"max_rows", s.MaxRows}, {"max_bytes", s.MaxBytes}, {"max_affected", s.MaxAffected}} {
		if l.n < 0 || l.n > 1<<30 {
			return fmt.Errorf("%s %d: give at least 1, or 0 for the default", name(l.field), l.n)
		}
	}
	for _, l := range []struct {
		field string
		d     time.Duration
	}{{"pool_idle", s.Idle}, {"pool_lifetime", s.Lifetime}, {"pool_queue", s.Queue}, {"statement_timeout", s.StatementTimeout}, {"max_timeout", s.MaxTimeout}, {"lock_timeout", s.LockTimeout}} {
		if l.d < 0 || l.d > 0 && l.d < time.Millisecond {
			return fmt.Errorf("%s %s: give a duration of at least 1ms, such as 30s", name(l.field), l.d)
		}
	}
	if s.MaxCost < 0 {
		return fmt.Errorf("%s %g: give a cost as EXPLAIN shows it, or 0 for no bound", name("max_cost"), s.MaxCost)
	}
	s.fill()
	if s.PoolMin > s.PoolMax {
		return fmt.Errorf("%s %d is above %s %d", name("pool_min"), s.PoolMin, name("pool_max"), s.PoolMax)
	}
	if s.StatementTimeout > s.MaxTimeout {
		return fmt.Errorf("%s %s is above %s %s", name("statement_timeout"), s.StatementTimeout, name("max_timeout"), s.MaxTimeout)
	}
	for table, channel := range s.Subscriptions {
		// A longer channel would be cut by LISTEN and never heard.
		if table == "" || channel == "" || len(channel) > 63 || strings.ContainsRune(channel, 0) {
			return fmt.Errorf("%s %s=%s: give table=channel, with a channel of at most 63 bytes", name("subscribe"), table, channel)
		}
	}
	return nil
}

// fill puts the defaults where nothing was given.
func (s *setting) fill() {
	for _, l := range []struct {
		n       *int
		initial int
	}{{&s.PoolMax, 20}, {&s.MaxRows, 1000}, {&s.MaxBytes, 1 << 20}, {&s.MaxAffected, 1000}} {
		if *l.n == 0 {
			*l.n = l.initial
		}
	}
	if s.PoolMin == 0 {
		s.PoolMin = min(2, s.PoolMax)
	}
	for _, l := range []struct {
		d       *time.Duration
		initial time.Duration
	}{{&s.Idle, 5 * time.Minute}, {&s.Lifetime, time.Hour}, {&s.Queue, 5 * time.Second}, {&s.MaxTimeout, 5 * time.Minute}, {&s.LockTimeout, 3 * time.Second}} {
		if *l.d == 0 {
			*l.d = l.initial
		}
	}
	if s.StatementTimeout == 0 {
		s.StatementTimeout = min(30*time.Second, s.MaxTimeout)
	}
}

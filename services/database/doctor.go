package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/role"
)

const (
	// startTime is how long a start waits for servers that do not answer.
	startTime = 3 * time.Second
	// doctorTime bounds what the doctor asks of one database.
	doctorTime = 10 * time.Second
)

// Ready reports whether the databases answer without which there is no use in
// the service: those that the file calls required, else the default one.
func (s *Service) Ready(ctx context.Context) error {
	if len(s.databases) == 0 {
		return errNotConfigured
	}
	away := make([]string, len(s.databases))
	s.each(func(i int, d *database) {
		if s.needed(i) && d.reach(ctx).err != nil {
			away[i] = d.set.Name
		}
	})
	away = slices.DeleteFunc(away, func(name string) bool { return name == "" })
	if len(away) > 0 {
		return toolerr.New(toolerr.ServiceUnavailable, "no answer from the database %s", strings.Join(away, ", "))
	}
	return nil
}

// needed reports whether the service is not ready without database i.
func (s *Service) needed(i int) bool {
	if slices.ContainsFunc(s.databases, func(d *database) bool { return d.set.Required }) {
		return s.databases[i].set.Required
	}
	return i == 0
}

// Start refuses to serve a database as a superuser, or as a role that reaches the
// server's files and programs: no transaction bounds these. A server that does
// not answer keeps nothing from starting: its role is looked at with each
// connection.
func (s *Service) Start(ctx context.Context) error {
	if len(s.databases) == 0 {
		s.log.Warn("no database is configured: set DATABASE_URL, or give --databases-file")
	}
	refused := make([]error, len(s.databases))
	s.each(func(i int, d *database) {
		asking, cancel := context.WithTimeout(ctx, startTime)
		defer cancel()
		var r role.Role
		err := d.aside(func(db *postgres.DB) (err error) {
			r, err = role.Inspect(asking, db)
			return err
		})
		powers := strings.Join(r.Powers(d.set.Writes), "; ")
		switch {
		case err != nil:
			x := examination{d: d}
			reason, fix := blame(err, x.insistsOnTLS())
			s.log.Warn("a database does not answer; it is served as soon as it does", "database", d.set.Name, "error", reason, "fix", fix)
		case r.Boundless() != "" && !d.set.AllowSuperuser:
			refused[i] = fmt.Errorf("database %s is reached as %s, whom no read-only transaction bounds: connect as a role that may do no more than it has to; "+
				"mcp-database doctor prints the script that makes one. --allow-superuser [DATABASE_ALLOW_SUPERUSER], or allow_superuser in the file, serves it nevertheless", d.set.Name, r.Boundless())
		case powers != "":
			s.log.Warn("the role may do more than it has to; mcp-database doctor says how to change that", "database", d.set.Name, "role", powers)
		}
	})
	return errors.Join(refused...)
}

// aside calls fn with a connection of its own to the database, which a superuser
// gets too: fn looks at what the role is.
func (d *database) aside(fn func(*postgres.DB) error) error {
	cfg := d.set.Config
	cfg.PoolMin, cfg.PoolMax, cfg.AllowSuperuser = 1, 1, true
	db, err := postgres.Open(cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	return fn(db)
}

// Doctor looks at the databases, at what the roles may do there, and at what the
// tools find there.
func (s *Service) Doctor(ctx context.Context) []server.Check {
	if len(s.databases) == 0 {
		return []server.Check{{Name: "databases", State: "fail", Detail: "no database is configured",
			Fix: "set DATABASE_URL, or DB_HOST, DB_USER and DB_NAME, or give --databases-file; make up runs one to try"}}
	}
	checks := make([][]server.Check, len(s.databases))
	s.each(func(i int, d *database) {
		ctx, cancel := context.WithTimeout(ctx, doctorTime)
		defer cancel()
		x := examination{d: d, state: "fail"}
		if !s.needed(i) {
			x.state = "warn"
		}
		if err := d.aside(func(db *postgres.DB) error { return x.examine(ctx, db) }); err != nil {
			x.failed(err)
		}
		checks[i] = x.checks
	})
	return slices.Concat(checks...)
}

// examination collects the checks of one database.
type examination struct {
	d      *database
	state  string // of a database that does not answer
	checks []server.Check
}

func (x *examination) add(what, state, fix, format string, args ...any) {
	x.checks = append(x.checks, server.Check{Name: what + " " + x.d.set.Name, State: state, Detail: fmt.Sprintf(format, args...), Fix: fix})
}

// failed adds why a database could not be looked at. What the connection said is
// beneath the error, with hosts and roles; of it the kind alone is told.
func (x *examination) failed(err error) {
	detail, fix := blame(err, x.insistsOnTLS())
	x.add("database", x.state, fix, "%s", detail)
}

// blame says in words of the operator what keeps a connection from being made,
// and what to change. That a server refused TLS is no reason where the connection
// is then made without it.
func blame(err error, insistsOnTLS bool) (detail, fix string) {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		if detail, fix = blameServer(answer, err); detail != "" {
			return detail, fix
		}
	}
	var unknown *net.DNSError
	switch {
	case said(err, "does not keep the settings"):
		return behindPooler()
	case errors.As(err, &unknown):
		return "the name of its host is not known here", "correct the host in the connection string, or DB_HOST; special characters of a password are percent-encoded there: @ is %40, / is %2F"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at its address", "start the server, or correct host and port in the connection string"
	case errors.Is(err, fs.ErrNotExist):
		return "its socket is not there", "start the server, or correct the directory and the port in the connection string"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", "see that the server is reachable from here: its address, firewalls, the network of a container"
	case said(err, "x509:"):
		return "its certificate is not one that is trusted here", "give sslrootcert for a server with a certificate of its own, and the host by the name that is in it; or correct sslmode"
	case said(err, "ValidateConnect failed"):
		return "no server of those in the connection string is of the kind that target_session_attrs asks for", "correct target_session_attrs, or name the other servers too: host=one,two"
	case insistsOnTLS && said(err, "refused TLS"):
		return "its server does not speak TLS, which sslmode asks for", "turn TLS on there, or correct sslmode"
	}
	return err.Error(), "start the server, or correct the connection string: what is at its address may be no PostgreSQL"
}

// insistsOnTLS reports whether no connection is made without TLS.
func (x *examination) insistsOnTLS() bool {
	cfg, err := pgx.ParseConfig(x.d.set.URL)
	return err == nil && cfg.TLSConfig != nil &&
		!slices.ContainsFunc(cfg.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig == nil })
}

// blameServer is blame for what the server itself has answered, "" if that says
// nothing that an operator could change.
func blameServer(answer *pgconn.PgError, err error) (detail, fix string) {
	switch answer.Code {
	case "08P01":
		if said(err, "unsupported startup parameter") {
			return behindPooler()
		}
	case "28P01":
		return "its server does not let this one in: the role or its password is wrong",
			"give the role's name and its password: in the connection string, percent-encoded (@ is %40), in DB_PASSWORD or in a file"
	case "28000":
		detail, fix = "its server does not let the role in", "see that the role is there and may log in, and that the server's pg_hba.conf has a line for it"
		if said(err, "no encryption") && !said(err, "SSL encryption") {
			fix += "; it may let in those alone who come with TLS: sslmode=require or better"
		}
		return detail, fix
	case "3D000":
		return "there is no database of this name on its server", "correct the name behind the host in the connection string, or DB_NAME: postgresql://user@host:5432/name"
	case "42501":
		return "its server does not let the role connect to it", "GRANT CONNECT ON DATABASE to the role"
	case "22023", "42704": // of a parameter, which the message names
		return "its server refuses a setting: " + answer.Message, "correct that parameter of the connection string, or the flag for it"
	case "53300":
		return "its server has no connection left", "raise max_connections there or the role's CONNECTION LIMIT, or lower --pool-max of those who connect"
	case "57P03":
		return "its server starts or stops", "wait until it has started; if it is a standby, hot_standby has to be on there"
	}
	return "", ""
}

func behindPooler() (detail, fix string) {
	return "it is behind a pooler that refuses settings at the start of a connection", "set --pooler [DATABASE_POOLER], or pooler: true in the file"
}

// said reports whether an error, or one beneath it, has a text.
func said(err error, text string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

func (x *examination) examine(ctx context.Context, db *postgres.DB) error {
	began := time.Now()
	if err := db.Ping(ctx); err != nil {
		return err
	}
	opened := time.Since(began)
	began = time.Now()
	if err := db.Ping(ctx); err != nil {
		return err
	}
	trip := time.Since(began)
	r, err := role.Inspect(ctx, db)
	if err != nil {
		return err
	}
	x.server(&r, opened, trip)
	if err := x.role(ctx, db, &r); err != nil {
		return err
	}
	x.extensions(&r)
	return x.subscriptions(ctx, db, r.Standby)
}

// server adds what there is to say of the connection.
func (x *examination) server(r *role.Role, opened, trip time.Duration) {
	what := "primary"
	if r.Standby {
		what = "standby"
	}
	x.add("database", "ok", "", "PostgreSQL %s, %s, %s; connected in %s, answers in %s", r.Version, what, modes[x.d.set.Writes],
		opened.Round(100*time.Microsecond), trip.Round(10*time.Microsecond))
	if r.Standby && x.d.set.Writes {
		x.add("database", "warn", "connect to the primary: target_session_attrs=read-write in the connection string", "a standby cannot be written to")
	}
	if x.remote() && !r.TLS {
		x.add("database", "warn", "add sslmode=verify-full to the connection string, or set DB_SSLMODE", "what is sent to and from the server is not encrypted")
	}
	if !r.Started && !x.d.set.StartupOff {
		x.add("database", "warn", "set --pooler [DATABASE_POOLER], or pooler: true in the file", "settings from the start of a connection do not hold: there is a pooler between")
	}
	if r.VersionNum < 130000 {
		x.add("database", "warn", "use PostgreSQL 13 or later", "PostgreSQL %s is older than what this server is made for", r.Version)
	}
}

// remote reports whether the server is on another machine, as far as the
// connection string tells.
func (x *examination) remote() bool {
	cfg, err := pgx.ParseConfig(x.d.set.URL)
	if err != nil || strings.HasPrefix(cfg.Host, "/") || cfg.Host == "localhost" {
		return false
	}
	ip := net.ParseIP(cfg.Host)
	return ip == nil || !ip.IsLoopback()
}

// role adds what the role may do, with the script for one that may do less.
func (x *examination) role(ctx context.Context, db *postgres.DB, r *role.Role) error {
	set := x.d.set
	powers := r.Powers(set.Writes)
	if len(powers) == 0 {
		detail := fmt.Sprintf("%q reads %d of %d tables", r.Name, r.Readable, r.Total)
		if set.Writes {
			detail += fmt.Sprintf(" and writes to %d", r.Writable.Count)
		} else {
			detail += " and can change nothing"
		}
		if !set.Writes && r.Settings["default_transaction_read_only"] != "on" {
			detail += "; default_transaction_read_only is not set for it, and this server sets it"
		}
		x.add("role", "ok", "", "%s", detail)
		return nil
	}
	o := role.Options{Role: "mcp_reader", Writes: set.Writes, Connections: set.PoolMax + 5,
		StatementTimeout: set.MaxTimeout.Milliseconds(), LockTimeout: set.LockTimeout.Milliseconds()}
	if set.Writes {
		o.Role = "mcp_writer"
	}
	script, err := role.Script(ctx, db, o)
	if err != nil {
		return err
	}
	state := "warn"
	if r.Boundless() != "" && !set.AllowSuperuser {
		state = "fail"
	}
	x.add("role", state, "connect as a role that may do no more than it has to; a superuser makes it with this script, in the database "+fmt.Sprintf("%q", r.Database)+":\n"+script,
		"%q %s", r.Name, strings.Join(powers, "; "))
	return nil
}

// extensions adds what two of the tools need.
func (x *examination) extensions(r *role.Role) {
	const statements = "pg_stat_statements"
	if v, ok := r.Extensions[statements]; ok {
		x.add("extensions", "ok", "", "%s %s", statements, v)
	} else {
		x.add("extensions", "warn", "put pg_stat_statements into shared_preload_libraries, start PostgreSQL again, and CREATE EXTENSION pg_stat_statements",
			"without pg_stat_statements, top_queries has nothing to tell")
	}
	if v, ok := r.Extensions["hypopg"]; ok {
		x.add("extensions", "ok", "", "hypopg %s", v)
	} else {
		x.add("extensions", "ok", "", "without hypopg, advise_indexes estimates and does not ask the planner")
	}
}

// subscriptions adds the tables whose changes are to be told and are not.
func (x *examination) subscriptions(ctx context.Context, db *postgres.DB, standby bool) error {
	if len(x.d.set.Subscriptions) == 0 {
		return nil
	}
	if standby {
		x.add("subscriptions", "warn", "take the subscriptions away, or connect to the primary: target_session_attrs=read-write in the connection string",
			"a standby sends no notifications: nobody is told of changes")
		return nil
	}
	missing, err := role.Missing(ctx, db, x.d.set.Subscriptions)
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		x.add("subscriptions", "ok", "", "all tables that can be subscribed to (%d) have triggers that tell of changes", len(x.d.set.Subscriptions))
		return nil
	}
	seen := catalog.New(db)
	defer seen.Close()
	var names []string
	script := ""
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		names = append(names, fmt.Sprintf("%q on the channel %q", name, missing[name]))
		if _, table, err := seen.Table(ctx, "", name); err == nil {
			script += triggerScript(table, missing[name])
		}
	}
	fix := "name tables that are there, as table or schema.table"
	if script != "" {
		fix = "the owner of the tables makes the triggers with this script:\n" + script
	}
	x.add("subscriptions", "warn", fix, "no trigger was found that tells of changes of %s", strings.Join(names, ", "))
	return nil
}

package postgres

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// grace is how long a server has to answer a request to cancel before its
// connection is cut.
const grace = 2 * time.Second

// abandoned ends a transaction that this process does not end.
const abandoned = time.Minute

// setting is a parameter of sessions.
type setting struct{ name, value string }

func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(1, d.Milliseconds()), 10)
}

// settings are what every session has. url are the parameters in the connection
// string, which hold where the configuration says nothing.
func (c Config) settings(url map[string]string) []setting {
	or := func(values ...string) string {
		for _, v := range values {
			if v != "" {
				return v
			}
		}
		return ""
	}
	list := []setting{
		{"default_transaction_read_only", "on"},
		{"statement_timeout", milliseconds(c.StatementTimeout)},
		{"lock_timeout", milliseconds(c.LockTimeout)},
		{"idle_in_transaction_session_timeout", milliseconds(abandoned)},
		// The gate's lexer reads strings as these two say.
		{"standard_conforming_strings", "on"},
		{"client_encoding", "UTF8"},
		{"DateStyle", "ISO"},
		{"IntervalStyle", "iso_8601"},
		{"bytea_output", "hex"},
		{"extra_float_digits", "1"},
		{"TimeZone", or(c.TimeZone, url["TimeZone"], url["timezone"], "UTC")},
		{"application_name", or(c.Application, url["application_name"], "mcp-database")},
	}
	if v := or(c.WorkMem, url["work_mem"]); v != "" {
		list = append(list, setting{"work_mem", v})
	}
	if v := or(c.SearchPath, url["search_path"]); v != "" {
		list = append(list, setting{"search_path", v})
	}
	return list
}

// poolConfig makes the pool's configuration. No error has the connection string
// in it, which the driver's own quote.
func (db *DB) poolConfig() (*pgxpool.Config, error) {
	cfg := db.cfg
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, &Error{Kind: Invalid, Message: "database " + cfg.Name + ": the connection string cannot be read: give one like " +
			"postgresql://user@host:5432/name?sslmode=require, with special characters of a password percent-encoded (@ is %40)"}
	}
	pc.MaxConns, pc.MinConns, pc.MinIdleConns = int32(min(cfg.PoolMax, 10_000)), int32(min(cfg.PoolMin, 10_000)), 0
	pc.MaxConnIdleTime, pc.MaxConnLifetime, pc.MaxConnLifetimeJitter = cfg.Idle, cfg.Lifetime, cfg.Lifetime/10
	pc.HealthCheckPeriod, pc.PingTimeout = max(time.Second, min(30*time.Second, cfg.Idle/2)), grace
	pc.AfterConnect = db.connected

	cc := pc.ConnConfig
	cc.MaxProtocolMessageBodyLen = cfg.MaxMessage
	cc.DefaultQueryExecMode, cc.StatementCacheCapacity, cc.DescriptionCacheCapacity = pgx.QueryExecModeExec, 0, 0
	cc.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: pg, DeadlineDelay: grace}
	}
	if cc.ConnectTimeout == 0 || cc.ConnectTimeout > cfg.Queue {
		cc.ConnectTimeout = cfg.Queue
	}
	cc.ValidateConnect = wanted(cc.ValidateConnect)
	list := cfg.settings(cc.RuntimeParams)
	if cfg.StartupOff {
		cc.RuntimeParams = map[string]string{"client_encoding": "UTF8"}
		db.setup = setConfig(list)
		return pc, nil
	}
	for _, s := range list {
		cc.RuntimeParams[s.name] = s.value
	}
	for _, twin := range []string{"timezone", "datestyle", "intervalstyle"} {
		delete(cc.RuntimeParams, twin)
	}
	return pc, nil
}

// wanted returns the check of target_session_attrs for sessions that are
// read-only by default: the driver's asks such a session whether it may write,
// so that read-write would fit no server and read-only each.
func wanted(check pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	is := func(f pgconn.ValidateConnectFunc) bool {
		return reflect.ValueOf(check).Pointer() == reflect.ValueOf(f).Pointer()
	}
	switch {
	case check == nil:
		return nil
	case is(pgconn.ValidateConnectTargetSessionAttrsReadWrite):
		return pgconn.ValidateConnectTargetSessionAttrsPrimary
	case is(pgconn.ValidateConnectTargetSessionAttrsReadOnly):
		return pgconn.ValidateConnectTargetSessionAttrsStandby
	}
	return check
}

// link is what is kept of a connection.
type link struct {
	refused error     // why no statement runs on it
	cleaned time.Time // when it was last made as new
	out     []byte    // messages that are composed
}

const linkKey = "link"

// connected looks at a new connection before it is used.
func (db *DB) connected(ctx context.Context, conn *pgx.Conn) error {
	pg := conn.PgConn()
	l := &link{}
	pg.CustomData()[linkKey] = l
	if err := db.conforms(pg); err != nil {
		return err
	}
	if db.cfg.AllowSuperuser {
		return nil
	}
	s := &session{db: db, pg: pg, types: conn.TypeMap(), link: l}
	powers, err := s.powers(ctx)
	if err != nil {
		return err
	}
	if powers != "" {
		l.refused = &Error{Kind: Refused, Message: "the database " + db.cfg.Name + " is reached as " + powers + ": nothing runs on it",
			Hint: "Such a role reaches the server's files whatever the transaction allows. Its operator gives it a role that may only read, or starts this server with --allow-superuser."}
	}
	return nil
}

// conforms checks what the gate's lexer relies on. A pooler that takes no
// settings at the start is told in each transaction.
func (db *DB) conforms(pg *pgconn.PgConn) error {
	if db.cfg.StartupOff {
		return nil
	}
	if pg.ParameterStatus("standard_conforming_strings") != "on" || pg.ParameterStatus("client_encoding") != "UTF8" {
		return &Error{Kind: Refused, Message: "the database " + db.cfg.Name + " does not keep the settings of its session: nothing runs on it",
			Hint: "If there is a pooler before it, its operator configures this server for poolers.", Err: errNonconforming}
	}
	return nil
}

var errNonconforming = errors.New("standard_conforming_strings is not on or client_encoding is not UTF8")

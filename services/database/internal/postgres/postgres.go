// Package postgres runs statements on a PostgreSQL server in a way that leaves
// nothing behind: one statement at a time by the extended protocol, in a
// read-only transaction that is always rolled back, within limits of time, rows
// and bytes, on a connection that is given back clean or not at all.
//
// What a caller wrote goes through [DB.Read], [DB.Describe], [DB.Write] or
// [Tx.Read] and nothing else. Our own queries use [Select]. Start with [Open],
// which needs no server yet.
package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Config describes one database.
type Config struct {
	// Name is how callers call it.
	Name string
	// URL is a connection string, with the password: it is never shown.
	URL string
	// Description says to people and models what is in it.
	Description string
	// Writes allows [DB.Write].
	Writes bool
	// AllowSuperuser serves the database even to a superuser, and to a role that
	// may read or write the server's files or run its programs.
	AllowSuperuser bool
	// Application is the application_name of its sessions; "": the URL's, or
	// mcp-database.
	Application string

	PoolMin, PoolMax int           // connections; 0: 2 and 20
	Idle, Lifetime   time.Duration // of a connection; 0: 5 minutes and 1 hour
	Queue            time.Duration // the longest wait for a connection; 0: 5 s

	StatementTimeout time.Duration // 0: 30 s
	MaxTimeout       time.Duration // the most that a caller may ask for; 0: 300 s
	LockTimeout      time.Duration // 0: 3 s
	WorkMem          string        // "": the server's
	SearchPath       string        // "": the server's
	TimeZone         string        // "": the URL's, or UTC
	MaxMessage       int           // bytes of one message of the server; 0: 8 MiB
	// StartupOff sends no settings when a connection starts, for poolers that
	// refuse them: they are set in each transaction. What a statement leaves in
	// a session is then for the pooler to clear.
	StartupOff bool

	// Trace, if it is set, is called when the engine waits for a connection
	// ("acquire") and when it works on one ("read", "select", "transaction",
	// "describe", "write"), and the function it returns when that has ended. It
	// never sees a statement.
	Trace func(ctx context.Context, name string) (context.Context, func(err error))
}

// filled returns c with what was left out.
func (c Config) filled() Config {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&c.Idle, 5 * time.Minute}, {&c.Lifetime, time.Hour}, {&c.Queue, 5 * time.Second},
		{&c.StatementTimeout, 30 * time.Second}, {&c.MaxTimeout, 300 * time.Second}, {&c.LockTimeout, 3 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	c.StatementTimeout = min(c.StatementTimeout, c.MaxTimeout)
	if c.PoolMax <= 0 {
		c.PoolMax = 20
	}
	if c.PoolMin <= 0 {
		c.PoolMin = 2
	}
	c.PoolMin = min(c.PoolMin, c.PoolMax)
	if c.MaxMessage <= 0 {
		c.MaxMessage = 8 << 20
	}
	return c
}

// DB is one database. It is safe for concurrent use.
type DB struct {
	cfg    Config
	pool   *pgxpool.Pool
	broken atomic.Int64 // connections that were closed rather than given back

	begin, end []byte // messages around each read
	clean      []byte // messages that make a session as new
	setup      []byte // messages that set what StartupOff leaves out

	mu      sync.Mutex
	server  Server
	learned time.Time
}

// Open returns the database that cfg describes. It waits for no server: the
// first connections are made in the background, and when they are needed.
func Open(cfg Config) (*DB, error) {
	db := &DB{cfg: cfg.filled()}
	pc, err := db.poolConfig()
	if err != nil {
		return nil, err
	}
	db.compose()
	if db.pool, err = pgxpool.NewWithConfig(context.Background(), pc); err != nil {
		return nil, &Error{Kind: Invalid, Message: "database " + cfg.Name + ": its pool cannot be made", Err: err}
	}
	return db, nil
}

// Config returns what the database was opened with, limits filled in, and
// without its URL.
func (db *DB) Config() Config {
	c := db.cfg
	c.URL = ""
	return c
}

// Close ends all connections, once those in use are given back.
func (db *DB) Close() { db.pool.Close() }

// Ping reports whether the server answers.
func (db *DB) Ping(ctx context.Context) error {
	s, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.release()
	s.statement("ROLLBACK", nil, nil, nil)
	s.sync()
	_, err = s.exchange(ctx, 1, 0, nil)
	return err
}

// trace begins a span if there is a tracer.
func (db *DB) trace(ctx context.Context, name string) (context.Context, func(error)) {
	if db.cfg.Trace == nil {
		return ctx, func(error) {}
	}
	return db.cfg.Trace(ctx, name)
}

// Stats are counts of the pool.
type Stats struct {
	Max          int           `json:"max"`
	Total        int           `json:"total"`
	Idle         int           `json:"idle"`
	Used         int           `json:"used"`
	Acquired     int64         `json:"acquired"`
	Waited       int64         `json:"waited"`
	Canceled     int64         `json:"canceled"`
	WaitTime     time.Duration `json:"-"`
	Opened       int64         `json:"opened"`
	ClosedIdle   int64         `json:"closed_idle"`
	ClosedByAge  int64         `json:"closed_by_age"`
	ClosedBroken int64         `json:"closed_broken"`
}

// Stats counts what the pool has done.
func (db *DB) Stats() Stats {
	s := db.pool.Stat()
	return Stats{
		Max: int(s.MaxConns()), Total: int(s.TotalConns()), Idle: int(s.IdleConns()), Used: int(s.AcquiredConns()),
		Acquired: s.AcquireCount(), Waited: s.EmptyAcquireCount(), Canceled: s.CanceledAcquireCount(), WaitTime: s.EmptyAcquireWaitTime(),
		Opened: s.NewConnsCount(), ClosedIdle: s.MaxIdleDestroyCount(), ClosedByAge: s.MaxLifetimeDestroyCount(), ClosedBroken: db.broken.Load(),
	}
}

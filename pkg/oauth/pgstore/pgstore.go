// Package pgstore keeps the tokens of package oauth in PostgreSQL, for any number
// of replicas: a token is renewed by one of them while the others wait for it.
//
// It makes its tables if they are not there. A role that may not do so needs them
// made with [DDL], and SELECT, INSERT, UPDATE and DELETE on them. PgBouncer in
// transaction mode may stand between.
//
// Start with [Open].
package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
)

// version is that of the tables.
const version = 1

// DDL makes what the store needs, as often as it is run.
const DDL = `create table if not exists mcp_oauth_version (version integer primary key);
insert into mcp_oauth_version values (1) on conflict do nothing;
create table if not exists mcp_oauth_token (
  provider text not null,
  principal text not null,
  sealed text not null,
  updated_at timestamptz not null default now(),
  primary key (provider, principal)
);
create table if not exists mcp_oauth_used (
  id text primary key,
  provider text not null,
  principal text not null,
  until timestamptz not null
);
create index if not exists mcp_oauth_used_principal on mcp_oauth_used (provider, principal, until);
create index if not exists mcp_oauth_used_until on mcp_oauth_used (until);
`

// ddlLock keeps two replicas from making the tables at once, which CREATE TABLE IF
// NOT EXISTS does not.
const ddlLock = 0x6d63706f61757468

const (
	// statementLimit bounds a statement, and with it the wait for another replica
	// that renews a token.
	statementLimit = 20 * time.Second
	// idleLimit is how long a replica that hangs between statements keeps a row.
	idleLimit = 30 * time.Second
	// reachLimit bounds a new connection.
	reachLimit = 5 * time.Second
	maxConns   = 8
	// maxMessage bounds what the server may send at once.
	maxMessage = 1 << 20
	// slack is how much longer than asked a mark is kept, for clocks that differ.
	slack = time.Hour
)

type store struct {
	pool *pgxpool.Pool
	// renewals leaves connections to those who only read, however long a provider
	// takes to renew a token.
	renewals chan struct{}

	mu    sync.Mutex
	ready bool // the tables are there
}

// Open returns a store in the database of a connection string. It connects when it
// is used, and again whenever that is needed. The caller closes it.
func Open(url string) (oauth.Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// What was parsed holds a password.
		return nil, errors.New("the URL of the token store is not one of PostgreSQL: give postgresql://user:password@host/database")
	}
	if cfg.MaxConns > maxConns {
		cfg.MaxConns = maxConns
	}
	cfg.MaxConns = max(cfg.MaxConns, 2)
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.ConnectTimeout = reachLimit
	// Nothing that outlives a transaction, for poolers.
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.ConnConfig.MaxProtocolMessageBodyLen = maxMessage
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "mcp-sign-in"
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		return nil, fmt.Errorf("the token store: %w", err)
	}
	return &store{pool: pool, renewals: make(chan struct{}, cfg.MaxConns/2)}, nil
}

// Close implements [oauth.Store].
func (s *store) Close() error {
	s.pool.Close()
	return nil
}

// begin begins a transaction with limits, in which a statement sees what was
// committed before it: others, while it waited for a lock. A connection that broke since it was
// used last is replaced.
func (s *store) begin(ctx context.Context) (pgx.Tx, error) {
	var err error
	for range 2 * maxConns { // each of the pool's may be broken
		var tx pgx.Tx
		if tx, err = s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}); err == nil {
			if _, err = tx.Exec(ctx, limits); err == nil {
				return tx, nil
			}
			_ = tx.Rollback(ctx)
		}
		if ctx.Err() != nil || !broken(err) {
			break
		}
	}
	return nil, err
}

var limits = fmt.Sprintf("set local statement_timeout = %d; set local lock_timeout = %d; set local idle_in_transaction_session_timeout = %d",
	statementLimit.Milliseconds(), statementLimit.Milliseconds(), idleLimit.Milliseconds())

// broken reports whether a connection that was there is gone.
func broken(err error) bool {
	var refused *pgconn.PgError
	var unreachable *pgconn.ConnectError
	switch {
	case errors.As(err, &unreachable):
		return false
	case errors.As(err, &refused):
		return strings.HasPrefix(refused.Code, "57P") // operator intervention
	}
	return true
}

// in runs fn in a transaction, on tables that are there.
func (s *store) in(ctx context.Context, fn func(pgx.Tx) error) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return s.transaction(ctx, fn)
}

func (s *store) transaction(ctx context.Context, fn func(pgx.Tx) error) error {
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	// The connection of a context that has ended is closed, which undoes it too.
	defer tx.Rollback(context.WithoutCancel(ctx))
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// prepare makes the tables unless that was done.
func (s *store) prepare(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready {
		return nil
	}
	have, err := s.version(ctx)
	if undefined(err) {
		err = s.transaction(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(ddlLock)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, DDL)
			return err
		})
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == "42501" { // insufficient_privilege
			return fmt.Errorf("the tables for tokens are missing, and this role may not make them; have its owner run:\n%s", DDL)
		}
		if err == nil {
			have, err = s.version(ctx)
		}
	}
	switch {
	case err != nil:
		return err
	case have != version:
		return fmt.Errorf("the tables for tokens have version %d, and this program knows %d", have, version)
	}
	s.ready = true
	return nil
}

func (s *store) version(ctx context.Context) (v int, err error) {
	err = s.transaction(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select coalesce(max(version), 0) from mcp_oauth_version").Scan(&v)
	})
	return v, err
}

func undefined(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "42P01" // undefined_table
}

// Load implements [oauth.Store].
func (s *store) Load(ctx context.Context, k oauth.Key) (sealed string, err error) {
	if err := s.prepare(ctx); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	for range 2 * maxConns {
		err = s.pool.QueryRow(ctx, "select sealed from mcp_oauth_token where provider = $1 and principal = $2", k.Provider, k.Principal).Scan(&sealed)
		if errors.Is(err, pgx.ErrNoRows) {
			return "", nil
		}
		if err == nil || ctx.Err() != nil || !broken(err) {
			break
		}
	}
	return sealed, err
}

// Update implements [oauth.Store].
func (s *store) Update(ctx context.Context, k oauth.Key, fn func(context.Context, string) (string, error)) error {
	select {
	case s.renewals <- struct{}{}:
		defer func() { <-s.renewals }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.in(ctx, func(tx pgx.Tx) error {
		// A lock and not the row's, which may not be there yet.
		_, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", "mcp_oauth/"+k.Provider+"/"+k.Principal)
		if err != nil {
			return err
		}
		var before string
		err = tx.QueryRow(ctx, "select sealed from mcp_oauth_token where provider = $1 and principal = $2", k.Provider, k.Principal).Scan(&before)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		after, err := fn(ctx, before)
		switch {
		case err != nil || after == before:
			return err
		case after == "":
			_, err = tx.Exec(ctx, "delete from mcp_oauth_token where provider = $1 and principal = $2", k.Provider, k.Principal)
		default:
			_, err = tx.Exec(ctx, `insert into mcp_oauth_token (provider, principal, sealed) values ($1, $2, $3)
				on conflict (provider, principal) do update set sealed = excluded.sealed, updated_at = now()`, k.Provider, k.Principal, after)
		}
		return err
	})
}

// Use implements [oauth.Store].
func (s *store) Use(ctx context.Context, k oauth.Key, id string, until time.Time, max int) error {
	return s.in(ctx, func(tx pgx.Tx) error {
		// A few at a time: nobody waits for the rest.
		if _, err := tx.Exec(ctx, `delete from mcp_oauth_used where id in
			(select id from mcp_oauth_used where until < $1 order by until limit 100 for update skip locked)`, time.Now().Add(-slack)); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, "select count(*) from mcp_oauth_used where provider = $1 and principal = $2 and until > now()",
			k.Provider, k.Principal).Scan(&n); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "insert into mcp_oauth_used (id, provider, principal, until) select $1::text, $2::text, $3::text, $4::timestamptz where $5::boolean on conflict do nothing",
			id, k.Provider, k.Principal, until, n < max)
		switch {
		case err != nil:
			return err
		case tag.RowsAffected() == 1:
			return nil
		case n >= max:
			return oauth.ErrTooMany
		}
		return oauth.ErrUsed
	})
}

// Check implements [oauth.Store].
func (s *store) Check(ctx context.Context) error {
	err := s.in(ctx, func(tx pgx.Tx) error {
		// As in a renewal, of nobody.
		_, err := tx.Exec(ctx, "insert into mcp_oauth_token (provider, principal, sealed) values ('', '', '') on conflict (provider, principal) do update set updated_at = now()")
		if err == nil {
			_, err = tx.Exec(ctx, "delete from mcp_oauth_token where provider = '' and principal = ''")
		}
		return err
	})
	if undefined(err) {
		s.mu.Lock()
		s.ready = false
		s.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("tokens cannot be kept in PostgreSQL: %w", err)
	}
	return nil
}

package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// Listener is a connection outside the pool that hears notifications. It is used
// by one goroutine. Its errors are [*Error]s.
type Listener struct {
	db   *DB
	conn *pgx.Conn
}

// Listener connects with the settings that the pool's connections have. The
// caller closes it.
func (db *DB) Listener(ctx context.Context) (*Listener, error) {
	l := &Listener{db: db}
	cc := db.pool.Config().ConnConfig
	if name := cc.RuntimeParams["application_name"]; name != "" {
		cc.RuntimeParams["application_name"] = name + " listen"
	}
	// The end of a wait is nothing that the server has to be told of.
	cc.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: pg.Conn()}
	}
	var err error
	if l.conn, err = pgx.ConnectConfig(ctx, cc); err != nil {
		return nil, l.lost(err) // the server's words name its users and hosts
	}
	return l, nil
}

// Listen begins to hear a channel.
func (l *Listener) Listen(ctx context.Context, channel string) error {
	return l.exec(ctx, "LISTEN "+Identifier(channel))
}

// Unlisten ends it.
func (l *Listener) Unlisten(ctx context.Context, channel string) error {
	return l.exec(ctx, "UNLISTEN "+Identifier(channel))
}

func (l *Listener) exec(ctx context.Context, sql string) error {
	_, err := l.conn.Exec(ctx, sql)
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pg) && pg.Code == "25006" && !l.conn.IsClosed():
		return &Error{Kind: Refused, Message: "the database " + l.db.cfg.Name + " is a standby, which sends no notifications: subscribe on the primary", SQLState: pg.Code}
	case errors.As(err, &pg) && !l.conn.IsClosed():
		return &Error{Kind: Invalid, Message: pg.Message, SQLState: pg.Code, Err: err}
	}
	return l.lost(err)
}

// Wait returns the next notification. The listener can be used after ctx has
// ended the wait.
func (l *Listener) Wait(ctx context.Context) (channel, payload string, err error) {
	n, err := l.conn.WaitForNotification(ctx)
	if err != nil {
		return "", "", l.lost(err)
	}
	return n.Channel, n.Payload, nil
}

// Ping reports whether the server answers.
func (l *Listener) Ping(ctx context.Context) error {
	if err := l.conn.Ping(ctx); err != nil {
		return l.lost(err)
	}
	return nil
}

// Closed reports whether an error has ended the connection.
func (l *Listener) Closed() bool { return l.conn.IsClosed() }

// Close ends the connection.
func (l *Listener) Close(ctx context.Context) error { return l.conn.Close(ctx) }

func (l *Listener) lost(err error) error {
	return &Error{Kind: Unavailable, Message: "the database " + l.db.cfg.Name + " does not answer", Hint: "Try again in a few seconds.", Err: err}
}

package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// What PostgreSQL says quotes values, and what the driver says names hosts.
func TestLogHasNoTextOfTheServer(t *testing.T) {
	const secret = "canary"
	said := &pgconn.PgError{Severity: "ERROR", Code: "53100", Routine: "mdextend", Message: secret, Detail: secret, Hint: secret}
	dial := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.UnixAddr{Name: secret}, Err: syscall.ECONNREFUSED}
	for _, tt := range []struct {
		kind postgres.Kind
		err  error
		want string // "" for no line
	}{
		{postgres.Invalid, said, ""},
		{postgres.Missing, said, ""},
		{postgres.Conflict, said, ""},
		{postgres.Denied, said, ""},
		{postgres.Resources, said, "the server reports 53100 in mdextend"},
		{postgres.Unavailable, dial, "the connection: connection refused"},
		{postgres.Unavailable, &net.DNSError{Name: secret, Err: secret}, "the server's name is not found"},
		{postgres.Unavailable, fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), "the connection: timeout"},
		{postgres.Unavailable, fmt.Errorf("%s: %w", secret, errors.New(secret)), "the connection: a *errors.errorString"},
		{postgres.Denied, &pgconn.ConnectError{}, "the connection: a *pgconn.ConnectError"},
		{postgres.Busy, nil, ""},
	} {
		got := ""
		e := toolerr.From(shown(&postgres.Error{Kind: tt.kind, Message: "m", Err: tt.err}))
		if e.Cause != nil {
			got = e.Cause.Error()
		}
		if got != tt.want || strings.Contains(got, secret) {
			t.Errorf("%s of %T is logged as %q, want %q", tt.kind, tt.err, got, tt.want)
		}
	}
}

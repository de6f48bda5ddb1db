package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// Cause returns what the log may say of a failure, nil for those that are the
// caller's to see. The texts of the server and of the driver are not for it: they
// have values of rows and of statements in them, hosts and roles.
func (e *Error) Cause() error {
	switch e.Kind {
	case Unavailable, Unknown, Resources, Busy:
	default:
		// What went wrong while connecting is for the operator, whatever kind.
		if connecting := new(pgconn.ConnectError); !errors.As(e.Err, &connecting) {
			return nil
		}
	}
	var pg *pgconn.PgError
	var number syscall.Errno
	var network net.Error
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case e.Err == nil:
		return nil
	case errors.As(e.Err, &pg):
		return fmt.Errorf("the server reports %s in %s", pg.Code, pg.Routine)
	case errors.As(e.Err, &name):
		return errors.New("the server's name is not found")
	case errors.As(e.Err, &certificate):
		return errors.New("the server's certificate is not good")
	case errors.As(e.Err, &number):
		return fmt.Errorf("the connection: %w", number)
	case errors.Is(e.Err, context.DeadlineExceeded), errors.As(e.Err, &network) && network.Timeout():
		return errors.New("the connection: timeout")
	case errors.Is(e.Err, io.EOF), errors.Is(e.Err, io.ErrUnexpectedEOF):
		return errors.New("the connection: it was closed")
	}
	inner := e.Err
	for next := inner; next != nil; next = errors.Unwrap(next) {
		inner = next
	}
	return fmt.Errorf("the connection: a %T", inner)
}

package auth

import (
	"context"
	"time"
)

// Caller is who sent a request, and what they may do. It is immutable.
type Caller struct {
	// Principal names the caller for audit lines, limits and ownership: the name
	// of an API key as "key:ci", issuer and subject of a token as
	// "https://id.example.com|alice", or one of [Local] and [Anonymous]. Two
	// callers are the same if and only if their principals are equal.
	Principal string
	// Grants is what the caller may do.
	Grants Grants
	// Expires is when the credential ends; zero if it has no end.
	Expires time.Time
}

// Local is the principal of whoever started the process and speaks to it over
// stdio or in the same process.
const Local = "stdio"

// Anonymous is the principal of everybody while authentication is off.
const Anonymous = "anonymous"

// Everything returns a caller who may do all there is, as the principal named.
func Everything(principal string) *Caller {
	return &Caller{Principal: principal, Grants: Grants{"*"}}
}

type callerKey struct{}

// WithCaller returns a context whose work is done for c.
func WithCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom returns the caller that ctx's work is done for, nil if it is done
// for nobody. In the handlers of a service there always is one.
func CallerFrom(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerKey{}).(*Caller)
	return c
}

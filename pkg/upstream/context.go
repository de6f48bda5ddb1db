package upstream

import (
	"context"
	"time"
)

type repeatableKey struct{}

// Repeatable returns a context whose requests may be repeated after a failure,
// whatever their method: they do the same when they are done twice.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatableKey{}, true)
}

type unfollowedKey struct{}

// Unfollowed returns a context whose reads are answered with the redirect itself,
// for a library that reads its Location. Fetch gets what is there.
func Unfollowed(ctx context.Context) context.Context {
	return context.WithValue(ctx, unfollowedKey{}, true)
}

type freshKey struct{}

// Fresh returns a context whose reads may be answered from memory without asking,
// with what the upstream said at most d ago.
func Fresh(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, freshKey{}, d)
}

package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"
)

// Key names what a Store keeps for one caller at one provider.
type Key struct {
	// Provider is the provider's Name.
	Provider string
	// Principal is a hash of the caller's principal, in hexadecimal.
	Principal string
}

func keyOf(provider, principal string) Key {
	sum := sha256.Sum256([]byte("mcp oauth\x00" + provider + "\x00" + principal))
	return Key{Provider: provider, Principal: hex.EncodeToString(sum[:])}
}

// Store keeps sealed tokens, and which states were used. It is safe for concurrent
// use. [Memory] and [OpenFile] are for one replica, package pgstore is for many.
type Store interface {
	// Load returns what is kept for k, "" if that is nothing.
	Load(ctx context.Context, k Key) (sealed string, err error)
	// Update calls fn with what is kept for k and keeps what it returns; "" is
	// nothing. Nobody else updates k meanwhile, in any replica. An error of fn is
	// returned as it is and changes nothing. Any other error means that what fn
	// returned may not be kept.
	Update(ctx context.Context, k Key, fn func(ctx context.Context, sealed string) (string, error)) error
	// Use marks id as used by k, and forgets that some time after until. The error
	// is ErrUsed if it is marked already, and ErrTooMany if k has max marks.
	Use(ctx context.Context, k Key, id string, until time.Time, max int) error
	// Check returns nil if tokens can be kept now, and else an error that says what
	// to do about it.
	Check(ctx context.Context) error
	// Close lets go of what the store holds open.
	Close() error
}

// ErrUsed is returned by Store.Use for what was used before.
var ErrUsed = errors.New("it was used before")

// ErrTooMany is returned by Store.Use to those who sign in again and again.
var ErrTooMany = errors.New("there were too many of them")

// noted is a map that holds a bounded number of entries: beyond them it forgets
// one or another. Its lock is its owner's.
type noted[V any] map[string]V

const maxNoted = 1000

func (n noted[V]) put(key string, v V) {
	if _, has := n[key]; !has && len(n) >= maxNoted {
		for other := range n {
			delete(n, other)
			break
		}
	}
	n[key] = v
}

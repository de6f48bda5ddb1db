package oauth

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"
)

// Token is what an upstream has given out for one caller. Printed, logged or
// encoded as JSON it shows none of its secrets.
type Token struct {
	// Access is sent to the upstream. Refresh is what gets the next token; "" if
	// there is no such thing.
	Access, Refresh string
	// Expires is when Access ends; zero if it has no end.
	Expires time.Time
	// Scopes are what was granted, which may be less than what was asked for.
	Scopes []string
	// Account is whose token it is, as Provider.Identify has found.
	Account string
	// Kind is what the provider calls such a token, for one that gives out several:
	// "user", "bot". A renewal never changes it.
	Kind string
	// Companion came of the same sign-in, such as an application's own token beside
	// a person's; nil if there is none. It ends and is renewed by itself, and lasts
	// no longer than the token that it goes with. It has no Companion.
	Companion *Token
}

// clone returns a token that shares nothing with t.
func (t Token) clone() Token {
	t.Scopes = slices.Clone(t.Scopes)
	if t.Companion != nil {
		c := t.Companion.clone()
		t.Companion = &c
	}
	return t
}

// Format prints the account and when the token ends, whatever the verb.
func (t Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, t.String()) }

// String returns the account and when the token ends.
func (t Token) String() string {
	end := "never"
	if !t.Expires.IsZero() {
		end = t.Expires.UTC().Format(time.RFC3339)
	}
	return "token of " + t.Account + " that ends " + end
}

// LogValue returns String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText returns String.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Secret is a text that is not shown: printed, logged or encoded it is
// "[redacted]".
type Secret string

// Format prints no part of the secret, whatever the verb.
func (Secret) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const redacted = "[redacted]"

// SignInError says that a caller has no token that works, and where to get one.
type SignInError struct {
	// Provider is the Name of the Provider, Title what people call it.
	Provider, Title string
	// URL is where the caller signs in. It is for that caller only, and is good
	// for ten minutes.
	URL string
}

// Error does not hold the URL, which is not for logs.
func (e *SignInError) Error() string { return "sign in at " + e.Title + " first" }

// GoString returns what Error returns.
func (e *SignInError) GoString() string { return e.Error() }

// LogValue returns what Error returns.
func (e *SignInError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

package upstream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"strings"
)

// Credential is what a request is made with. Its text is seen by its upstream
// alone: printed and logged it is its ID. The zero value is for requests without
// one.
type Credential struct {
	id     string
	header string
	sum    [sha256.Size]byte
}

// Bearer returns the credential of a token.
func Bearer(token string) Credential { return newCredential("Bearer " + token) }

// Basic returns the credential of a user, or of an OAuth client, and a password.
func Basic(user, password string) Credential {
	return newCredential("Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
}

// InBody returns the credential of a token that the library itself puts into the
// body of its requests. It tells users apart, and no header carries it.
func InBody(token string) Credential {
	c := newCredential("InBody " + token)
	c.header = ""
	return c
}

func newCredential(header string) Credential {
	sum := sha256.Sum256([]byte(header))
	return Credential{id: hex.EncodeToString(sum[:8]), header: header, sum: sum}
}

// ID tells credentials apart without revealing them; "" is that of none.
func (c Credential) ID() string { return c.id }

// String returns the ID.
func (c Credential) String() string { return c.id }

// GoString returns the ID.
func (c Credential) GoString() string { return c.id }

// LogValue returns the ID.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.id) }

// leastSecret is the length of a secret below which a text has it by chance.
const leastSecret = 8

// Hide returns a text, such as an upstream's message, without what c sends.
func (c Credential) Hide(text string) string {
	if _, secret, _ := strings.Cut(c.header, " "); len(secret) >= leastSecret {
		text = strings.ReplaceAll(text, secret, "[redacted]")
	}
	return text
}

type credentialKey struct{}

// WithCredential returns a context whose requests are made with c.
func WithCredential(ctx context.Context, c Credential) context.Context {
	return context.WithValue(ctx, credentialKey{}, c)
}

// CredentialFrom returns the credential of ctx's requests.
func CredentialFrom(ctx context.Context) Credential {
	c, _ := ctx.Value(credentialKey{}).(Credential)
	return c
}

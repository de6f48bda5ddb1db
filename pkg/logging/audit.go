package logging

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"
)

// Call is what one tool call leaves in the audit log. It holds no argument
// values: the fingerprint tells equal calls of one process apart from others.
type Call struct {
	Service   string
	Tool      string
	Principal string        // who called: "stdio", "anonymous", later an API key's name or issuer and subject
	Client    string        // the client's own name for itself, as it sent it
	Arguments string        // fingerprint from [Fingerprinter.Of]
	Outcome   string        // "ok" or an error code
	Duration  time.Duration // wall time, waiting for a slot included
	Bytes     int           // size of the result's content
}

// Audit writes one line for a finished call. The line carries the context's
// correlation id.
func Audit(ctx context.Context, log *slog.Logger, c Call) {
	log.LogAttrs(ctx, slog.LevelInfo, "tool call",
		slog.Bool("audit", true),
		slog.String("service", c.Service),
		slog.String("tool", c.Tool),
		slog.String("principal", c.Principal),
		slog.String("client", c.Client),
		slog.String("arguments", c.Arguments),
		slog.String("outcome", c.Outcome),
		slog.Float64("duration_ms", float64(c.Duration.Microseconds())/1000),
		slog.Int("bytes", c.Bytes),
	)
}

// Fingerprinter turns arguments into short stable marks. Its key is random and
// lives as long as the process, so a mark in a log cannot be searched for by
// guessing what the arguments were. It is safe for concurrent use.
type Fingerprinter struct{ key [32]byte }

// NewFingerprinter returns a Fingerprinter with a fresh key.
func NewFingerprinter() *Fingerprinter {
	f := new(Fingerprinter)
	rand.Read(f.key[:])
	return f
}

// Of returns the mark of args, 16 hexadecimal digits.
func (f *Fingerprinter) Of(args []byte) string {
	m := hmac.New(sha256.New, f.key[:])
	m.Write(args)
	return hex.EncodeToString(m.Sum(nil)[:8])
}

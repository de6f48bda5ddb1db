package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
)

// keys are an API key and the file that makes it known.
type keys struct{ token, file string }

// makeKeys makes them with the binary's own command, among a hundred others.
func (b *bench) makeKeys(ctx context.Context, binary string) (*keys, error) {
	k := &keys{file: filepath.Join(b.dir, "keys")}
	var others strings.Builder
	for i := range 99 {
		fmt.Fprintf(&others, "%x = tools\n", sha256.Sum256([]byte{byte(i)}))
	}
	if err := os.WriteFile(k.file, []byte(others.String()), 0o600); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, binary, "keygen", "bench", "--scopes", "tools", "--append", k.file).Output()
	if err != nil {
		return nil, fmt.Errorf("keygen: %w", err)
	}
	k.token = strings.TrimSpace(string(out))
	return k, nil
}

// issuer is an authorization server that publishes one key, and a token that it
// signed.
type issuer struct{ url, audience, token string }

// startIssuer serves until ctx ends.
func startIssuer(ctx context.Context) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &issuer{url: "http://" + l.Addr().String(), audience: "https://calculator.example.com/mcp"}
	publish := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(v) // who asks sees that it is cut short
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/.well-known/oauth-authorization-server", publish(map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys"}))
	mux.Handle("/keys", publish(map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256",
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
	}}}))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: child.StartTimeout}
	context.AfterFunc(ctx, func() { srv.Close() })
	go srv.Serve(l)
	i.token, err = sign(key, map[string]any{
		"iss": i.url, "aud": i.audience, "sub": "bench", "client_id": "bench", "scope": "calculator:read",
		"iat": time.Now().Unix(), "exp": time.Now().Add(6 * time.Hour).Unix(),
	})
	return i, err
}

// sign makes an access token (RFC 9068) with ES256.
func sign(key *ecdsa.PrivateKey, claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","typ":"at+jwt","kid":"1"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

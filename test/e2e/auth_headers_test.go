//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// ask is a request for the list of tools with further header lines, which may
// replace the ones that it has.
func (s *guarded) ask(target, lines string) string {
	request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, s.address(), lines)
	for _, h := range []string{"Content-Type: application/json", "Accept: application/json, text/event-stream",
		"Mcp-Protocol-Version: " + modern, "Mcp-Method: tools/list", "Connection: close"} {
		if name, _, _ := strings.Cut(h, " "); !strings.Contains(lines, name) {
			request += h + "\r\n"
		}
	}
	body := modernMessage("tools/list", nil)
	switch {
	case strings.Contains(lines, "x-www-form-urlencoded"):
		body = "access_token=KEY"
	case strings.Contains(lines, "chunked"):
		return fmt.Sprintf("%s\r\n%x\r\n%s\r\n0\r\nAuthorization: Bearer KEY\r\n\r\n", request, len(body), body)
	}
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", request, len(body), body)
}

// filled puts a credential, what is near it and what can be made of it into a
// text.
func filled(text, credential string) string {
	half := len(credential) / 2
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return strings.NewReplacer(
		"KEY", credential, "HALF1", credential[:half], "HALF2", credential[half:],
		"LESS", credential[1:], "SHORT", credential[:len(credential)-1], "FLIPPED", flip(credential),
		"PERCENT", percent(credential), "BASE64", encode(credential), "NOUSER", encode(":"+credential), "NOPASSWORD", encode(credential+":"),
		"HASH", hash(credential),
	).Replace(text)
}

// flip turns each letter into its other case.
func flip(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r ^ 0x20
		}
		return r
	}, s)
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Ways to write a credential that RFC 9110 and RFC 6750 allow.
var wellFormed = []string{
	"Authorization: Bearer KEY",
	"Authorization: bearer KEY",
	"Authorization: BEARER KEY",
	"Authorization: bEaReR KEY",
	"authorization: Bearer KEY",
	"AUTHORIZATION: Bearer KEY",
	"Authorization:Bearer KEY",
	"Authorization: \t  Bearer KEY",
	"Authorization: Bearer KEY \t ",
	"Authorization: Bearer   KEY",
}

// A key may come in a header of its own; a token may not.
var ownHeader = []string{"X-API-Key: KEY", "x-api-key:KEY", "X-Api-Key:  KEY\t"}

// Ways to write a good credential that do not count, or make a request wrong.
var malformed = []string{
	// None.
	"X-A: b",
	"Authorization:",
	"Authorization:    ",
	"Authorization: \t",
	// No credential after the scheme, or no scheme.
	"Authorization: Bearer",
	"Authorization: Bearer ",
	"Authorization: Bearer     ",
	"Authorization: KEY",
	"Authorization: BearerKEY",
	"Authorization: Bearer:KEY",
	"Authorization: Bearer=KEY",
	"Authorization: Bearer/KEY",
	"Authorization: Bearer, KEY",
	"Authorization: Bearer Bearer KEY",
	"Authorization: Bearer\tKEY",
	"Authorization: Bearer \tKEY",
	"Authorization: Bearer KEY KEY",
	"Authorization: Bearer KEY extra",
	"Authorization: Bearer x KEY",
	// Other schemes.
	"Authorization: Basic KEY",
	"Authorization: Basic NOUSER",
	"Authorization: Basic NOPASSWORD",
	"Authorization: Basic BASE64",
	`Authorization: Digest username="KEY", realm="x", nonce="x", uri="/mcp", response="KEY"`,
	"Authorization: Token KEY",
	"Authorization: DPoP KEY",
	"Authorization: Negotiate KEY",
	"Authorization: ApiKey KEY",
	"Authorization: OAuth KEY",
	"Authorization: MAC KEY",
	"Authorization: Bearer2 KEY",
	"Authorization: XBearer KEY",
	"Authorization: B\u0435arer KEY", // a Cyrillic letter
	"Authorization: \uff22earer KEY", // a wide letter
	// Quoted, as a parameter, as a list.
	`Authorization: Bearer "KEY"`,
	"Authorization: Bearer 'KEY'",
	"Authorization: Bearer <KEY>",
	"Authorization: Bearer {KEY}",
	"Authorization: Bearer token=KEY",
	`Authorization: Bearer token="KEY"`,
	`Authorization: Bearer realm="x", KEY`,
	"Authorization: Bearer KEY;",
	"Authorization: Bearer KEY,",
	"Authorization: Bearer ,KEY",
	"Authorization: Bearer KEY,KEY",
	"Authorization: Bearer KEY, Bearer KEY",
	"Authorization: Basic x, Bearer KEY",
	"Authorization: Bearer KEY, Basic x",
	// Several.
	"Authorization: Bearer KEY\r\nAuthorization: Bearer KEY",
	"Authorization: Bearer x\r\nAuthorization: Bearer KEY",
	"Authorization: Bearer KEY\r\nAuthorization: Bearer x",
	"Authorization: Bearer KEY\r\nAuthorization:",
	"Authorization:\r\nAuthorization: Bearer KEY",
	"Authorization: Basic NOUSER\r\nAuthorization: Bearer KEY",
	"Authorization: Bearer KEY\r\nauthorization: Bearer KEY",
	"Authorization: Bearer KEY\r\nX-API-Key: KEY",
	"Authorization: Bearer KEY\r\nX-API-Key: x",
	"Authorization: Bearer x\r\nX-API-Key: KEY",
	"Authorization: Basic NOUSER\r\nX-API-Key: KEY",
	"Authorization:\r\nX-API-Key: KEY",
	"X-API-Key:\r\nAuthorization: Bearer KEY",
	"X-API-Key: KEY\r\nX-API-Key: KEY",
	"X-API-Key: x\r\nX-API-Key: KEY",
	strings.Repeat("Authorization: Bearer KEY\r\n", 99) + "Authorization: Bearer KEY",
	// In another header, and in that header wrongly.
	"X-API-Key:",
	"X-API-Key: Bearer KEY",
	"X-API-Key: KEY KEY",
	"X-API-Key: KEY,KEY",
	`X-API-Key: "KEY"`,
	"Api-Key: KEY",
	"X-Auth-Token: KEY",
	"X-Access-Token: KEY",
	"X-Authorization: Bearer KEY",
	"Proxy-Authorization: Bearer KEY",
	"X-Forwarded-Authorization: Bearer KEY",
	"Cookie: access_token=KEY; Authorization=Bearer KEY",
	"X-Forwarded-User: admin\r\nX-Remote-User: admin\r\nX-Forwarded-For: 127.0.0.1",
	"Sec-WebSocket-Protocol: bearer, KEY",
	"Transfer-Encoding: chunked\r\nTrailer: Authorization",
	"Content-Type: application/x-www-form-urlencoded",
	// Not the credential, but near it.
	"Authorization: Bearer LESS",
	"Authorization: Bearer SHORT",
	"Authorization: Bearer KEYx",
	"Authorization: Bearer KEY=",
	"Authorization: Bearer KEY==",
	"Authorization: Bearer =KEY",
	"Authorization: Bearer KEYKEY",
	"Authorization: Bearer FLIPPED",
	"Authorization: Bearer PERCENT",
	"Authorization: Bearer BASE64",
	"Authorization: Bearer HASH",
	"Authorization: Bearer sha256:HASH",
	"Authorization: Bearer KEY=tools",
	"Authorization: Bearer *",
	"Authorization: Bearer null",
	"Authorization: Bearer undefined",
	"Authorization: Bearer ../../etc/passwd",
	"Authorization: Bearer %00",
	// Bytes that have no place in it.
	"Authorization: Bearer KEY\x00",
	"Authorization: Bearer \x00KEY",
	"Authorization: Bearer HALF1\x00HALF2",
	"Authorization: Bearer HALF1\x01HALF2",
	"Authorization: Bearer HALF1\x1bHALF2",
	"Authorization: Bearer HALF1\x7fHALF2",
	"Authorization: Bearer HALF1\tHALF2",
	"Authorization: Bearer HALF1\rHALF2",
	"Authorization: Bearer HALF1\nHALF2",
	"Authorization: Bearer HALF1\r\nHALF2",
	"Authorization: Bearer HALF1\r\n HALF2",
	"Authorization: Bearer HALF1\r\n\tHALF2",
	"Authorization: Bearer KEY\u00e9",
	"Authorization: Bearer KEY\xe9",
	"Authorization: Bearer KEY\u200b",
	"Authorization: Bearer\u00a0KEY",
	"Authorization: Bearer KEY\xff\xfe",
	"Authorization : Bearer KEY",
	" Authorization: Bearer KEY",
	"Authorization\x00: Bearer KEY",
	"Authorization\u00a0: Bearer KEY",
	// Much.
	"Authorization: Bearer " + strings.Repeat("a", 20_000),
	"Authorization: Bearer KEY" + strings.Repeat("a", 20_000),
	"Authorization: Bearer " + strings.Repeat("a.", 10_000) + "a",
	"Authorization: Bearer " + strings.Repeat("=", 20_000),
	"Authorization: " + strings.Repeat("Bearer ", 3_000) + "KEY",
	"Authorization: Bearer" + strings.Repeat(" ", 20_000),
	"Authorization: Bearer " + strings.Repeat("a", 1<<20),
	strings.Repeat("X-A: b\r\n", 100) + "X-C: d",
}

// targets are places for a credential that end up in logs and histories (RFC
// 6750 section 2.3).
var targets = []string{"/mcp?access_token=KEY", "/mcp?token=KEY", "/mcp?api_key=KEY", "/mcp?key=KEY", "/mcp?Authorization=Bearer%20KEY"}

// However a credential is sent other than in the one right way, it is refused,
// and nobody learns why.
func TestHostileCredentials(t *testing.T) {
	everyWay(t, func(t *testing.T, s *guarded, credential string) {
		good := func(lines string) {
			if r := s.raw(t, filled(s.ask("/mcp", lines), credential)); r.status != http.StatusOK || !strings.Contains(r.body, "read_note") {
				t.Errorf("%q is answered with %s", lines, r)
			}
		}
		bad := func(target, lines string) {
			r := s.raw(t, filled(s.ask(target, lines), credential))
			s.refused(t, fmt.Sprintf("%s %.200q", target, lines), r)
			discreet(t, r, credential)
		}
		for _, lines := range wellFormed {
			good(lines)
		}
		for _, lines := range ownHeader {
			if s.metadata == "" {
				good(lines)
			} else {
				bad("/mcp", lines)
			}
		}
		for _, lines := range malformed {
			bad("/mcp", lines)
		}
		for _, target := range targets {
			bad(target, "X-A: b")
		}
		good(wellFormed[0])
		for line := range strings.Lines(s.Log()) {
			if strings.Contains(line, credential) || strings.Contains(line, hash(credential)) {
				t.Errorf("the credential is in the log: %s", line)
			}
		}
	})
}

// refused fails the test unless an answer is that to a wrong credential, or to
// what is not HTTP.
func (s *guarded) refused(t *testing.T, name string, r reply) {
	t.Helper()
	switch r.status {
	case http.StatusUnauthorized:
	case http.StatusBadRequest, http.StatusRequestHeaderFieldsTooLarge:
		if r.header.Get("WWW-Authenticate") == "" {
			return
		}
	default:
		t.Errorf("%s is answered with %s", name, r)
		return
	}
	if s.challenge(t, r) == nil {
		t.Errorf("after %s", name)
	}
}

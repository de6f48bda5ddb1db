package auth

import (
	"net/http"
	"strings"
)

// The errors that a challenge names (RFC 6750, section 3.1).
const (
	InvalidRequest    = "invalid_request"    // credentials in the wrong place or more than one
	InvalidToken      = "invalid_token"      // a credential that is not acceptable
	InsufficientScope = "insufficient_scope" // a good credential that may not do this
)

// A Challenge tells a client why it was refused and what it needs instead, as
// the value of the header WWW-Authenticate. The zero value is for a request
// without credentials, which gets no error code.
type Challenge struct {
	// Error is one of the constants, or empty.
	Error string
	// Description says more. Empty stands for the sentence that belongs to
	// Error; anything else must be as constant, and tell nothing of the
	// credential.
	Description string
	// Scope is all that the operation needs, separated by spaces.
	Scope string
	// MetadataURL is where the service's metadata is (RFC 9728, section 5.1).
	MetadataURL string
}

// Status returns the status code of a response with the challenge.
func (c Challenge) Status() int {
	switch c.Error {
	case InvalidRequest:
		return http.StatusBadRequest
	case InsufficientScope:
		return http.StatusForbidden
	}
	return http.StatusUnauthorized
}

// String returns the challenge as a header's value. What cannot stand in one is
// left out of it.
func (c Challenge) String() string {
	description := c.Description
	if description == "" {
		description = describe(c.Error)
	}
	var b strings.Builder
	for _, p := range []struct{ name, value string }{
		{"error", c.Error},
		{"error_description", description},
		{"scope", c.Scope},
		{"resource_metadata", c.MetadataURL},
	} {
		if p.value != "" {
			parameter(&b, p.name, p.value)
		}
	}
	if b.Len() == 0 {
		parameter(&b, "realm", "mcp") // RFC 6750, section 3: the scheme never stands alone
	}
	return b.String()
}

func describe(code string) string {
	switch code {
	case InvalidRequest:
		return "Send one credential, in the Authorization header, as: Bearer TOKEN"
	case InvalidToken:
		return "The credential is unknown, has expired or is not for this service"
	case InsufficientScope:
		return "The operation needs scopes that the credential does not have"
	}
	return ""
}

// parameter appends an auth-param with a quoted string (RFC 9110, sections 5.6.4
// and 11.2).
func parameter(b *strings.Builder, name, value string) {
	if b.Len() == 0 {
		b.WriteString("Bearer ")
	} else {
		b.WriteString(", ")
	}
	b.WriteString(name)
	b.WriteString(`="`)
	for _, r := range value {
		switch {
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case ' ' <= r && r <= '~': // a line break would begin another header
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

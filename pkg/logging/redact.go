package logging

import (
	"log/slog"
	"regexp"
	"strings"
)

const redacted = "[redacted]"

// secretWords mark a key whose value is never written, whatever it looks like.
// They are matched in the key's lower case without separators.
var secretWords = []string{
	"authorization", "password", "passwd", "secret", "token", "apikey",
	"cookie", "credential", "privatekey", "signingkey", "dsn", "databaseurl", "sessionid",
}

// publicKeys hold one of the secret words and no secret.
var publicKeys = map[string]bool{"progresstoken": true, "maxtokens": true}

// credential matches strings that are credentials wherever they stand: header
// lines and values, JWTs, API keys of this fleet, the token forms of the services
// that it talks to, passwords in URLs and in key=value text.
var credential = regexp.MustCompile(strings.Join([]string{
	`(?i:\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}`,
	`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`,
	`\bmcpf_[A-Za-z0-9_-]{16,}`,
	`\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}`,
	`\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}`,
	`\bsk-[A-Za-z0-9_-]{16,}|\bAKIA[0-9A-Z]{16}\b`,
	`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`,
	`://[^\s/:@]*:[^\s/@|]+@`,
	`(?i:(?:password|passwd|secret|token|api[_-]?key)[\\"']*\s*[=:]\s*[\\"']*(?:(?:bearer|basic)\s+)?)[^\s,;&"'\\]+`,
	`(?i:(?:authorization|cookie)[\\"']*\s*[=:]\s*)[^\r\n]+`,
}, "|"))

// hints are substrings one of which is in every match of credential, so that
// most strings are passed without running the expression.
var hints = []string{"earer", "EARER", "asic", "ASIC", "eyJ", "mcpf_", "gh", "xox", "xapp", "sk-", "AKIA", "PRIVATE",
	"ass", "ASS", "ecret", "ECRET", "oken", "OKEN", "ookie", "OOKIE", "uthoriz", "UTHORIZ",
	"pik", "pi_k", "pi-k", "piK", "pi_K", "pi-K", "PIK", "PI_K", "PI-K"}

// Redact returns s with everything that looks like a credential replaced. URLs
// keep their scheme and host.
func Redact(s string) string {
	if !mayHoldCredential(s) {
		return s
	}
	return credential.ReplaceAllStringFunc(s, func(m string) string {
		switch {
		case strings.HasPrefix(m, "://"):
			return "://" + redacted + "@"
		case strings.HasPrefix(m, "-----"):
			return redacted
		}
		// Keep what names the secret ("password=", "Bearer ") and drop the value.
		if i := strings.IndexAny(m, "=: "); i >= 0 && !strings.HasPrefix(m, "eyJ") {
			return m[:i+1] + redacted
		}
		return redacted
	})
}

func mayHoldCredential(s string) bool {
	if len(s) < 6 {
		return false
	}
	for _, h := range hints {
		if strings.Contains(s, h) {
			return true
		}
	}
	return strings.Contains(s, "://") && strings.Contains(s, "@")
}

func secretKey(key string) bool {
	k := strings.Map(func(r rune) rune {
		switch {
		case r == '_' || r == '-' || r == '.' || r == ' ':
			return -1
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, key)
	if publicKeys[k] {
		return false
	}
	for _, w := range secretWords {
		if strings.Contains(k, w) {
			return true
		}
	}
	return false
}

func redactAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		if secretKey(a.Key) && v.String() != "" {
			return slog.String(a.Key, redacted)
		}
		if clean := Redact(v.String()); clean != v.String() {
			return slog.String(a.Key, clean)
		}
	case slog.KindAny:
		if secretKey(a.Key) {
			return slog.String(a.Key, redacted)
		}
		if err, ok := v.Any().(error); ok {
			return slog.String(a.Key, Redact(err.Error()))
		}
	}
	return a
}

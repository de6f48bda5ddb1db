package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// members are the members of a JSON object as they were written, under names
// that are compared exactly.
type members map[string]json.RawMessage

// parseObject reads a JSON object. One that two parsers could read differently
// is an error: a name that comes twice, text that is not UTF-8, anything after
// the end (RFC 7519, section 4, and RFC 8725, section 2.4).
func parseObject(data []byte) (members, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errors.New("is not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("is not a JSON object")
	}
	m := make(members)
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		if _, ok := m[name]; ok {
			return nil, fmt.Errorf("has %q twice", clip(name))
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		m[name] = value
	}
	return m, nil
}

// text returns a member that must be a string with something in it, "" if there
// is none. Control characters are refused, and what stands for broken text: two
// different names could become one.
func (m members) text(name string) (string, error) {
	raw, ok := m[name]
	if !ok {
		return "", nil
	}
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil || s == "" {
		return "", fmt.Errorf("%s is not a string with something in it", name)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) {
		return "", fmt.Errorf("%s has characters that no name has", name)
	}
	return s, nil
}

// list returns a member that must be a string or an array of strings.
func (m members) list(name string) ([]string, error) {
	raw, ok := m[name]
	if !ok {
		return nil, nil
	}
	wrong := fmt.Errorf("%s is neither a string nor an array of strings", name)
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil, wrong
	}
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			if list[i], ok = e.(string); !ok {
				return nil, wrong
			}
		}
		return list, nil
	}
	return nil, wrong
}

// date returns a member that must be a NumericDate (RFC 7519, section 2) before
// the year 10000, zero if there is none.
func (m members) date(name string) (time.Time, error) {
	raw, ok := m[name]
	if !ok {
		return time.Time{}, nil
	}
	const end = 253402300800
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(0 <= seconds && seconds < end) {
		return time.Time{}, fmt.Errorf("%s is not a number of seconds", name)
	}
	return time.UnixMilli(int64(seconds * 1000)), nil
}

// How far the clocks of an issuer and this machine may be apart.
const (
	pastLeeway   = 30 * time.Second // for exp
	futureLeeway = time.Minute      // for nbf and iat
)

// claims judges what a token says except who issued it. A JWT must say when it
// expires; an answer of the introspection endpoint need not.
func (v *Verifier) claims(m members, now time.Time, mustExpire bool) (*Claims, error) {
	expires, err := validity(m, now)
	if err != nil {
		return nil, err
	}
	if mustExpire && expires.IsZero() {
		return nil, errors.New("exp is missing")
	}
	if err := v.audience(m); err != nil {
		return nil, err
	}
	// RFC 9449, section 7.2: whoever stole a token that is bound to its client's
	// key must not use it as if it were not.
	if _, ok := m["cnf"]; ok {
		return nil, errors.New("it is bound to a key of its client, which cannot be checked here")
	}
	c := &Claims{Expires: expires}
	if c.Subject, err = m.text("sub"); err != nil {
		return nil, err
	}
	if c.ClientID, err = m.text("client_id"); err != nil {
		return nil, err
	}
	if c.ClientID == "" {
		if c.ClientID, err = m.text("azp"); err != nil {
			return nil, err
		}
	}
	if c.Subject == "" && c.ClientID == "" {
		return nil, errors.New("sub and client_id are missing")
	}
	c.Scopes, err = m.scopes()
	return c, err
}

func validity(m members, now time.Time) (expires time.Time, err error) {
	if expires, err = m.date("exp"); err != nil {
		return expires, err
	}
	if !expires.IsZero() && !now.Before(expires.Add(pastLeeway)) {
		return expires, fmt.Errorf("it expired at %s", expires.UTC().Format(time.RFC3339))
	}
	for _, name := range []string{"nbf", "iat"} {
		t, err := m.date(name)
		if err != nil {
			return expires, err
		}
		if t.After(now.Add(futureLeeway)) {
			return expires, fmt.Errorf("%s is ahead, at %s", name, t.UTC().Format(time.RFC3339))
		}
	}
	return expires, nil
}

// audience refuses a token that was issued for another service: whoever runs
// that one could otherwise use its callers' tokens here (RFC 8707).
func (v *Verifier) audience(m members) error {
	list, err := m.list("aud")
	if err != nil {
		return err
	}
	for _, a := range list {
		if slices.Contains(v.audiences, Canonical(a)) {
			return nil
		}
	}
	return fmt.Errorf("it is for %q, not for this service", clip(strings.Join(list, " ")))
}

// scopes collects the scopes from where issuers put them: scope is the
// standard's, scp Entra's and permissions Auth0's.
func (m members) scopes() ([]string, error) {
	var scopes []string
	for _, name := range []string{"scope", "scp", "permissions"} {
		list, err := m.list(name)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			for word := range strings.SplitSeq(s, " ") {
				if scope(word) {
					scopes = append(scopes, word)
				}
			}
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes), nil
}

// scope reports whether s is a scope-token (RFC 6749, section 3.3).
func scope(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

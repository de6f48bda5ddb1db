package token

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// endpoint checks the URL of an issuer or of one of its endpoints. Keys and
// tokens that travel without TLS can be replaced or read on the way: plain http
// is for this machine and names that only a private network resolves.
func endpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		return nil, errors.New("is not an absolute URL such as https://id.example.com")
	}
	if u.User != nil {
		return nil, errors.New("has a user name or password in its URL, where they would end up in logs")
	}
	switch {
	case u.Fragment != "":
		return nil, fmt.Errorf("%q has a fragment", clip(raw))
	case u.Scheme == "https", u.Scheme == "http" && private(u.Hostname()):
		return u, nil
	}
	return nil, fmt.Errorf("%q must begin with https://; http is for loopback, names without a dot and names that end in .svc, .local or .internal", clip(raw))
}

func private(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(host)
	if !strings.Contains(host, ".") {
		return true
	}
	for _, suffix := range []string{".svc", ".local", ".internal"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// Canonical returns the form in which two URIs of a resource are compared (RFC
// 8707, section 2, and RFC 3986, section 6.2): scheme and host in lower case,
// without the scheme's own port and without one slash at the end. What is not
// the URL of a host is returned as it is.
func Canonical(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return uri
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if host == "" || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r == '@' || r > '~' }) {
		return uri
	}
	scheme, host = strings.ToLower(scheme), strings.ToLower(host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	if !strings.ContainsAny(path, "?#") {
		path = strings.TrimSuffix(path, "/")
	}
	return scheme + "://" + host + path
}

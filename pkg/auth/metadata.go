package auth

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/auth/internal/token"
)

// MetadataPath is where a service's metadata is on its host, before the path of
// the service itself (RFC 9728, section 3).
const MetadataPath = "/.well-known/oauth-protected-resource"

// Metadata returns the document that tells a client where to get tokens for a
// service, and which scopes there are (RFC 9728, section 2). resource is the
// service as [CanonicalResource] returns it, name what people call it.
func Metadata(resource string, servers, scopes []string, name string) []byte {
	doc, err := json.Marshal(struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers,omitempty"`
		Scopes   []string `json:"scopes_supported,omitempty"`
		Methods  []string `json:"bearer_methods_supported"`
		Name     string   `json:"resource_name,omitempty"`
	}{resource, servers, scopes, []string{"header"}, name})
	if err != nil {
		panic(err) // strings always can be encoded
	}
	return doc
}

// MetadataURL returns where the metadata of a service is, "" if resource is not
// a URL.
func MetadataURL(resource string) string {
	u, err := url.Parse(resource)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + MetadataPath + strings.TrimSuffix(u.EscapedPath(), "/")
}

// CanonicalResource returns the URI that names a service (RFC 8707, section 2)
// and that its tokens must be for, given the URL at which clients reach it. A
// URL without a path gets /mcp, where the service is.
func CanonicalResource(publicURL string) (string, error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("give an absolute URL without a user name, such as https://files.example.com/mcp")
	}
	if strings.ContainsAny(publicURL, "?#") {
		return "", errors.New("give a URL without a query and a fragment, such as https://files.example.com/mcp")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/mcp"
	}
	return token.Canonical(u.String()), nil
}

package auth

import (
	"fmt"
	"slices"
	"strings"
)

// Need is what a caller must be granted for one operation.
type Need struct {
	// Family is "tools", "resources" or "prompts".
	Family string
	// Scopes are all needed: "files:write".
	Scopes []string
}

// Grants are what a caller was granted: scopes such as "files:read", or
// permissions, which cover the scopes of a family.
//
//	*, admin                    everything
//	tools, resources, prompts   every scope that operations of the family need, except a :admin one
//	files:admin, files:*        every scope of files
//	files:write                 files:write and files:read
//
// Any other scope covers itself.
type Grants []string

// permissions are the grants that are not scopes of a service.
var permissions = []string{"*", "admin", "tools", "resources", "prompts"}

// ParseGrants checks words as an operator wrote them. An unknown permission or
// a scope without service and level is an error.
func ParseGrants(words []string) (Grants, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("no permissions: give some of %s, or scopes such as files:read", strings.Join(permissions, ", "))
	}
	for _, w := range words {
		if slices.Contains(permissions, w) {
			continue
		}
		if service, level, ok := strings.Cut(w, ":"); !ok || !word(service) || level != "*" && !word(level) {
			return nil, fmt.Errorf("permission %q: give one of %s, or a scope such as files:read", clip(w), strings.Join(permissions, ", "))
		}
	}
	return Grants(slices.Clone(words)), nil
}

// TokenGrants takes from the scopes of an access token those that are scopes of
// a service. The permissions belong to API keys: in a token, "admin" may be the
// authorization server's word for something else.
func TokenGrants(scopes []string) Grants {
	var g Grants
	for _, s := range scopes {
		if strings.Contains(s, ":") {
			g = append(g, s)
		}
	}
	return g
}

// Cover reports whether g is enough for n.
func (g Grants) Cover(n Need) bool {
	for _, s := range n.Scopes {
		if !slices.ContainsFunc(g, func(granted string) bool { return covers(granted, n.Family, s) }) {
			return false
		}
	}
	return true
}

func covers(granted, family, scope string) bool {
	switch granted {
	case scope, "*", "admin":
		return true
	}
	service, level, _ := strings.Cut(scope, ":")
	if granted == family {
		return level != "admin"
	}
	grantedService, grantedLevel, ok := strings.Cut(granted, ":")
	if !ok || grantedService != service {
		return false
	}
	switch grantedLevel {
	case "admin", "*":
		return true
	case "write":
		return level == "read"
	}
	return false
}

// word reports whether s can be a part of a scope: lower-case letters, digits,
// "_" and "-".
func word(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// clip bounds what is repeated of somebody's input.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

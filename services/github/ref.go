package github

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// notInRef are git's rules for the names of branches and tags. A colon could name
// another repository of the network to GitHub, and dots another endpoint.
var notInRef = regexp.MustCompile(`[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|^[/-]|/$|\.$|\.lock(?:/|$)|(?:^|/)\.`)

// checkRef holds a branch, tag or commit to git's rules; "" is the default branch.
func checkRef(argument, ref string) error {
	if len(ref) > 255 || notInRef.MatchString(ref) {
		return toolerr.Invalid(argument, "%s must be a branch, a tag or a commit, such as main or v1.2.0", argument)
	}
	return nil
}

// cleanPath returns a path of a repository without slashes around it, "" for its
// root.
func cleanPath(argument, p string) (string, error) {
	p = strings.Trim(p, "/")
	if p == "." || p == "" {
		return "", nil
	}
	p = strings.TrimPrefix(p, "./")
	if path.Clean(p) != p || p == ".." || strings.HasPrefix(p, "../") || strings.ContainsRune(p, 0) || len(p) > 4096 {
		return "", toolerr.Invalid(argument, "%s must be a path from the repository's root, such as docs/index.md, without . and ..", argument)
	}
	return p, nil
}

// escapePath escapes all of a path but its slashes.
func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// at returns " at ref" for a message, "" for the default branch.
func at(ref string) string {
	if ref == "" {
		return ""
	}
	return " at " + ref
}

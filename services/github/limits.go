package github

import (
	"net/http"
	"strings"
)

// resource is which of GitHub's rate limits a request counts for, on a server of
// one's own too, where all paths begin with /api/v3.
func resource(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/api/v3")
	switch {
	case path == "/search/code":
		return "code_search"
	case strings.HasPrefix(path, "/search/"):
		return "search"
	case path == "/graphql" || path == "/api/graphql":
		return "graphql"
	}
	return "core"
}

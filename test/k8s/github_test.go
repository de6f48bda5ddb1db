//go:build k8s

package k8s

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	// githubIP is of the node while the tests run, and nobody else's (RFC 5737).
	githubIP = "192.0.2.20"
	// ghesPort is where it listens.
	ghesPort = 8080
	// githubToken is the one that the fake takes.
	githubToken = "k8s-token"
)

// ghes is the GitHub that the tests share. It listens on the node.
var ghes struct {
	mu     sync.Mutex
	server *http.Server
}

func stopGitHub() {
	ghes.mu.Lock()
	defer ghes.mu.Unlock()
	if ghes.server != nil {
		ghes.server.Close()
		exec.Command("ip", "address", "del", githubIP+"/32", "dev", "lo").Run()
	}
}

// gitHub makes the Secrets that ci/github-values.yaml and its like name, and a
// Service through which pods reach a GitHub Enterprise Server.
func gitHub(t *testing.T, ns string) {
	t.Helper()
	ghes.mu.Lock()
	defer ghes.mu.Unlock()
	if ghes.server == nil {
		run(t, "", "ip", "address", "replace", githubIP+"/32", "dev", "lo")
		l, err := net.Listen("tcp", net.JoinHostPort(githubIP, strconv.Itoa(ghesPort)))
		if err != nil {
			t.Fatal(err)
		}
		ghes.server = &http.Server{Handler: http.HandlerFunc(answerAsGitHub)}
		go ghes.server.Serve(l)
	}
	serviceOfNode(t, ns, "ghes", githubIP, ghesPort)
	secret(t, ns, "mcp-github", map[string]string{"token": githubToken + "\n", "webhook-secret": rand.Text() + "\n"})
	secret(t, ns, "mcp-github-app", map[string]string{"client-secret": "not a secret\n"})
}

// answerAsGitHub has one repository with one release, for the one token.
func answerAsGitHub(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Header.Get("Authorization") != "Bearer "+githubToken:
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"message":"Bad credentials"}`)
	case r.URL.Path == "/api/v3/repos/acme/shop/releases":
		fmt.Fprint(w, `[{"tag_name":"v1","name":"one","published_at":"2026-01-02T03:04:05Z"}]`)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message":"Not Found"}`)
	}
}

// asked calls a tool as somebody who has not signed in, and returns where they can.
func asked(t *testing.T, s *mcp.ClientSession, tool string, arguments any) (url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Error struct {
			Code    string
			Details map[string]any
		}
	}
	text, _ := res.Content[0].(*mcp.TextContent)
	if text == nil || !res.IsError || json.Unmarshal([]byte(text.Text), &answer) != nil || answer.Error.Code != "AUTHENTICATION_FAILED" {
		t.Fatalf("%s is answered with %+v", tool, res)
	}
	url, _ = answer.Error.Details["url"].(string)
	return url
}

// The store of those who sign in is reached from each replica, and any replica
// shows the page to which any other has sent a person.
func (r *release) signIn(t *testing.T, service string) {
	t.Helper()
	pods := r.awaitPods(t, service, 2)
	for _, from := range pods {
		tool, arguments := "list_releases", map[string]string{"owner": "acme", "repo": "shop"}
		link := asked(t, r.connectTo(t, service, net.JoinHostPort(from.Status.PodIP, "8080"), modern), tool, arguments)
		if !strings.Contains(link, "/oauth/github/start?ticket=") {
			t.Fatalf("the link is %q", link)
		}
		for _, to := range pods {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.URL.Scheme = "http"
			res, err := transport(net.JoinHostPort(to.Status.PodIP, "8080"), false).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			page, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
			res.Body.Close()
			if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), "key:test") {
				t.Errorf("%s shows with status %d, %v:\n%s", to.name(), res.StatusCode, err, page)
			}
		}
	}
}

//go:build e2e

package emulator

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/node"
)

func start(t *testing.T) *GitHub {
	t.Helper()
	tools, err := node.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g, err := Start(t.Context(), tools)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := g.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return g
}

func TestUsersAndRepositories(t *testing.T) {
	g := start(t)
	for token, login := range map[string]string{Alice: "alice", Bob: "bob"} {
		var user struct{ Login string }
		if err := g.Do(t.Context(), token, "GET", "/user", nil, &user); err != nil || user.Login != login {
			t.Errorf("%s is %q, %v", login, user.Login, err)
		}
	}
	if err := g.Do(t.Context(), Alice, "GET", "/repos/alice/secret", nil, nil); err != nil {
		t.Error(err)
	}
	if err := g.Do(t.Context(), Bob, "GET", "/repos/alice/secret", nil, nil); err == nil {
		t.Error("Bob sees what is Alice's alone")
	}
	if !strings.Contains(g.AppKey, "PRIVATE KEY") {
		t.Error("the app has no key")
	}
}

func TestSignIn(t *testing.T) {
	g := start(t)
	page := g.URL + "/login/oauth/authorize?" + url.Values{"client_id": {ClientID}, "redirect_uri": {Callback}, "scope": {"repo"}, "state": {"s"}}.Encode()
	back, err := g.SignIn(t.Context(), page, "bob")
	if err != nil {
		t.Fatal(err)
	}
	if back.Path != "/oauth/github/callback" || back.Query().Get("state") != "s" {
		t.Errorf("sent back to %s", back)
	}
	token, err := g.Token(t.Context(), back.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	var user struct{ Login string }
	if err := g.Do(t.Context(), token, "GET", "/user", nil, &user); err != nil || user.Login != "bob" {
		t.Errorf("the token is of %q, %v", user.Login, err)
	}
	if _, err := g.Token(t.Context(), back.Query().Get("code")); err == nil {
		t.Error("a code works twice")
	}
}

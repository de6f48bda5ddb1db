//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/provider"
)

// A client learns from a refusal what to ask for, and gets it.
func TestStepUp(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	for _, version := range []string{legacy, modern} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			app, scope := s.discover(t, version)
			token := app.signIn(t, scope).Access
			s.greets(t, version, token)

			note := map[string]string{"name": "from-" + version, "text": "stepped up"}
			refusal := s.call(t, version, token, "write_note", note)
			c := s.challenge(t, refusal)
			if refusal.status != http.StatusForbidden || c["error"] != "insufficient_scope" || c["scope"] != "demo:write" {
				t.Fatalf("write_note without its scope is answered with %s", refusal)
			}
			discreet(t, refusal, token)
			s.greets(t, version, token)

			more := app.signIn(t, scope+" "+c["scope"])
			if got := s.call(t, version, more.Access, "write_note", note); !strings.Contains(got.text(t), "notes") {
				t.Errorf("write_note with its scope is answered with %s", got)
			}
			read := s.call(t, version, more.Access, "read_note", map[string]string{"name": note["name"]})
			if got := read.text(t); got != `{"text":"stepped up"}` {
				t.Errorf("the note is %s", read)
			}
		})
	}
}

// What the tokens of one client may do, by their scope.
func TestScopes(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	reader := s.tokenFor(t, p.Issuer, provider.RS256, "demo:read")
	writer := s.tokenFor(t, p.Issuer, provider.RS256, "demo:write")
	for i, c := range []struct {
		method, name string
		params       map[string]any
		needs        string
	}{
		{"tools/list", "", nil, ""},
		{"server/discover", "", nil, ""},
		{"tools/call", "read_note", map[string]any{"name": "read_note", "arguments": map[string]string{"name": "welcome"}}, "demo:read"},
		{"tools/call", "write_note", map[string]any{"name": "write_note", "arguments": map[string]string{"name": "scopes", "text": "a"}}, "demo:write"},
		{"tools/call", "delete_note", map[string]any{"name": "delete_note", "arguments": map[string]string{"name": "welcome"}}, "demo:write"},
		{"resources/read", "demo://notes/welcome", map[string]any{"uri": "demo://notes/welcome"}, "demo:read"},
		{"prompts/get", "summarise_notes", map[string]any{"name": "summarise_notes"}, "demo:read"},
	} {
		t.Run(fmt.Sprint(i, c.method, c.name), func(t *testing.T) {
			header := []string{"Mcp-Method", c.method}
			if c.name != "" {
				header = append(header, "Mcp-Name", c.name)
			}
			body := modernMessage(c.method, c.params)
			r := s.post(t, modern, reader, body, header...)
			if c.needs == "demo:write" {
				if got := s.challenge(t, r); r.status != http.StatusForbidden || got["error"] != "insufficient_scope" || got["scope"] != c.needs {
					t.Errorf("with demo:read answered with %s", r)
				}
			} else if r.status != http.StatusOK || r.answer(t).Error != nil {
				t.Errorf("with demo:read answered with %s", r)
			}
			// Who may write may read. What is asked before something is deleted is
			// no matter of scopes.
			if r := s.post(t, modern, writer, body, header...); r.status == http.StatusUnauthorized || r.status == http.StatusForbidden {
				t.Errorf("with demo:write answered with %s", r)
			}
		})
	}
	s.greets(t, modern, reader) // nothing was deleted
}

// Everybody sees every tool: who does not know of one cannot ask for its scope.
func TestListsDoNotDependOnScopes(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	reader := s.tokenFor(t, p.Issuer, provider.RS256, "demo:read")
	writer := s.tokenFor(t, p.Issuer, provider.RS256, "demo:read demo:write")
	list := func(token string) string {
		return s.post(t, modern, token, modernMessage("tools/list", nil), "Mcp-Method", "tools/list").body
	}
	if got, want := list(reader), list(writer); got != want || !strings.Contains(got, "delete_note") {
		t.Errorf("with demo:read: %s\nwith demo:write: %s", got, want)
	}
}

// The challenge to a batch names what all of it needs, so that one new token is
// enough, and nothing of the batch is done.
func TestBatchNeedsAllScopes(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	reader := s.tokenFor(t, p.Issuer, provider.RS256, "demo:read")
	batch := fmt.Sprintf("[%s,%s]",
		message(1, "tools/call", map[string]any{"name": "write_note", "arguments": map[string]string{"name": "batch", "text": "a"}}),
		message(2, "tools/call", map[string]any{"name": "read_note", "arguments": map[string]string{"name": "welcome"}}))
	r := s.post(t, "2025-03-26", reader, batch)
	if c := s.challenge(t, r); r.status != http.StatusForbidden || c["error"] != "insufficient_scope" || c["scope"] != "demo:read demo:write" {
		t.Errorf("answered with %s", r)
	}
	if r := s.call(t, modern, reader, "read_note", map[string]string{"name": "batch"}); !strings.Contains(r.body, "RESOURCE_NOT_FOUND") {
		t.Errorf("the note that must not be there: %s", r)
	}
}

// A session belongs to who began it, whatever else another caller may do.
func TestSessionOfAnotherCaller(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	owner := s.tokenFor(t, p.Issuer, provider.RS256, "demo:read")
	thief := s.tokenFor(t, p.Issuer, provider.ES256, "demo:read demo:write")
	id, r := s.initialize(t, owner)
	if r.status != http.StatusOK || id == "" {
		t.Fatalf("initialize is answered with %s", r)
	}
	list := message(2, "tools/list", struct{}{})
	for _, method := range []string{"POST", "GET", "DELETE"} {
		req, err := http.NewRequestWithContext(wait(t), method, s.url, strings.NewReader(list))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": legacy, "Mcp-Session-Id": id, "Authorization": "Bearer " + thief} {
			req.Header.Set(k, v)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close() // a stream has no end
		if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusNotFound {
			t.Errorf("%s by another caller is answered with %s", method, res.Status)
		}
	}
	again := s.tokenFor(t, p.Issuer, provider.RS256, "demo:read") // a new token of the owner
	for _, token := range []string{owner, again} {
		if r := s.post(t, legacy, token, list, "Mcp-Session-Id", id); !strings.Contains(r.body, "read_note") {
			t.Errorf("the owner is answered with %s", r)
		}
	}
}

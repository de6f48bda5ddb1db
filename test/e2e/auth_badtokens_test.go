//go:build e2e

package e2e

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/auth/authtest"
	"github.com/mcpfleet/mcpfleet/test/internal/provider"
)

// Every bad token is refused at the door, and the authorization server is asked
// for its keys only twice, however many keys the tokens name.
func TestBadTokens(t *testing.T) {
	t.Parallel()
	issuer := authtest.NewIssuer(t)
	s := guard(t, provider.Issuer(issuer.URL), "--log-level", "debug")
	good := issuer.Mint(map[string]any{"aud": s.url})
	s.greets(t, legacy, good)
	sent := 0
	for _, b := range issuer.Bad(s.url) {
		if !b.InHeader() {
			continue
		}
		sent++
		r := s.raw(t, s.ask("/mcp", "Authorization: Bearer "+b.Raw))
		s.refused(t, b.Name, r)
		discreet(t, r)
	}
	if sent < 60 {
		t.Errorf("only %d bad tokens were sent", sent)
	}
	if n := issuer.Requests(); n > 2 {
		t.Errorf("the keys were asked for %d times", n)
	}
	s.greets(t, modern, good)
	s.modest(t, 96<<20)
}

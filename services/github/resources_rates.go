package github

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// maxRates is how many limits are told of.
const maxRates = 100

// rate is one of GitHub's limits.
type rate struct {
	// Of is whose credential it counts for: an owner's, or one of those below. It is
	// left out where there is one credential for all.
	Of        string `json:"of,omitempty"`
	Resource  string `json:"resource"`
	Limit     int    `json:"limit"`
	Remaining int    `json:"remaining"`
	Reset     string `json:"reset,omitempty"`
}

// What has a limit and is no owner.
const (
	ofOthers = "other owners"
	ofNone   = "no credential"
	ofItself = "the App itself"
)

// readRateLimit asks nobody.
func (s *Service) readRateLimit(ctx context.Context, _ string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	counted := s.access.counted()
	if s.access.people != nil {
		own, err := s.of(ctx, "")
		if err != nil {
			return nil, err
		}
		counted = map[string]upstream.Credential{"": upstream.CredentialFrom(own)}
	}
	out := struct {
		Rates []rate `json:"rates"`
		Note  string `json:"note,omitempty"`
	}{Rates: []rate{}}
	for of, cred := range counted {
		for _, k := range s.upstream.Rates(cred) {
			r := rate{Of: of, Resource: k.Resource, Limit: k.Limit, Remaining: k.Remaining}
			if !k.Reset.IsZero() {
				r.Reset = k.Reset.UTC().Format(time.RFC3339)
			}
			out.Rates = append(out.Rates, r)
		}
	}
	if left := len(out.Rates) - maxRates; left > 0 {
		slices.SortFunc(out.Rates, func(a, b rate) int { return cmp.Compare(a.share(), b.share()) })
		out.Rates = out.Rates[:maxRates]
		out.Note = fmt.Sprintf("%d limits of which more is left are not shown", left)
	}
	slices.SortFunc(out.Rates, func(a, b rate) int {
		return cmp.Or(strings.Compare(a.Of, b.Of), strings.Compare(a.Resource, b.Resource))
	})
	if len(out.Rates) == 0 {
		out.Note = "GitHub was not asked yet"
	}
	return record(out)
}

// share is how much of a limit is left.
func (r rate) share() float64 { return float64(r.Remaining) / float64(max(r.Limit, 1)) }

// counted are the credentials at hand, by whose they are, where callers do not
// bring their own.
func (a *access) counted() map[string]upstream.Credential {
	all := make(map[string]upstream.Credential)
	others := false // whether an owner without a credential of their own has one
	if a.tokens != nil {
		for owner, cred := range *a.tokens.byOwner.Load() {
			if owner == everybody {
				all[ofOthers], others = cred, true
			} else if a.allow.reaches(owner) {
				all[owner] = cred
			}
		}
	}
	for _, in := range a.app.current() {
		if a.app.fixed != 0 {
			all[ofOthers] = in.cred
		} else if a.allow.reaches(in.Account) {
			all[in.Account] = in.cred
		}
	}
	if a.app != nil {
		others = others || a.app.fixed != 0
		if cred, ok := a.app.itself(); ok {
			all[ofItself] = cred
		}
	}
	if !others {
		all[ofNone] = upstream.Credential{}
	}
	if len(all) == 1 && (a.app == nil || a.app.fixed != 0) {
		for _, cred := range all {
			return map[string]upstream.Credential{"": cred}
		}
	}
	return all
}

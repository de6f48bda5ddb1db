package github

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// abilities are what an installation may do, as GitHub says with its tokens.
type abilities struct {
	Repositories string            `json:"repository_selection,omitempty"` // all, or selected
	Permissions  map[string]string `json:"permissions,omitempty"`
}

// account is whose an installation is, for as long as that is remembered; "" if
// it cannot be told.
type account struct {
	login string
	until time.Time
}

// installation is one that the App acts as.
type installation struct {
	Account string `json:"account,omitempty"`
	ID      int64  `json:"id"`
	abilities

	cred upstream.Credential
}

// holder returns whose the fixed installation is, "" if that is not to be had.
func (a *app) holder(ctx context.Context) string {
	a.mu.Lock()
	known := a.whose
	a.mu.Unlock()
	if a.now().Before(known.until) {
		return known.login
	}
	var found struct {
		Account struct {
			Login string `json:"login"`
		} `json:"account"`
	}
	status, err := a.ask(ctx, http.MethodGet, fmt.Sprintf("app/installations/%d", a.fixed), &found)
	if err != nil && ctx.Err() != nil {
		return ""
	}
	known = account{found.Account.Login, a.now().Add(installedFor)}
	if err != nil || status != http.StatusOK || checkOwner(known.login) != nil {
		known = account{"", a.now().Add(absentFor)}
	}
	a.mu.Lock()
	a.whose = known
	a.mu.Unlock()
	return known.login
}

// current are the installations whose tokens are at hand, by account. It asks
// nobody.
func (a *app) current() []installation {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []installation
	add := func(login string, id int64) {
		if t, ok := a.issued[id]; ok && a.now().Before(t.ends) {
			all = append(all, installation{login, id, t.may, t.cred})
		}
	}
	if a.fixed != 0 {
		add(a.whose.login, a.fixed)
		return all
	}
	for _, owner := range slices.Sorted(maps.Keys(a.installed)) {
		add(owner, a.installed[owner].id)
	}
	return all
}

// itself is what the App asks for tokens with.
func (a *app) itself() (upstream.Credential, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return upstream.Bearer(a.signed), a.signed != ""
}

// ownInstallation reports whether ctx's requests are made as the installation of
// owner; "" is whose installation it is.
func (s *Service) ownInstallation(ctx context.Context, owner string) bool {
	switch {
	case granted(ctx).installation == 0:
		return false
	case owner == "" || s.access.app.fixed == 0:
		return true
	}
	return strings.EqualFold(s.access.app.holder(ctx), owner)
}

// maxInstallations is how many are told of.
const maxInstallations = 20

// readApp says what acts where nobody is signed in: an App has no profile.
func (s *Service) readApp(ctx context.Context) ([]*mcp.ResourceContents, error) {
	a := s.access.app
	out := struct {
		Type          string         `json:"type"`
		App           string         `json:"app"`
		Installations []installation `json:"installations,omitempty"`
		Note          string         `json:"note"`
	}{Type: "App", App: a.id, Note: "nobody is signed in: a GitHub App acts, with one installation for everything"}
	if a.fixed != 0 {
		a.holder(ctx)
	} else {
		out.Note = "nobody is signed in: a GitHub App acts, with the installation of the owner that a call names; installations has those in use"
	}
	for _, in := range a.current() {
		if a.fixed == 0 && !s.access.allow.reaches(in.Account) {
			continue
		}
		if len(out.Installations) == maxInstallations {
			out.Note += ", the first of them"
			break
		}
		out.Installations = append(out.Installations, in)
	}
	return record(out)
}

// nobody is the error about the signed-in user where there is none.
func (a *access) nobody() error {
	if a.tokens != nil || a.app != nil {
		return toolerr.New(toolerr.AuthenticationFailed, "credentials are by owner here, and nobody in particular is signed in")
	}
	return toolerr.New(toolerr.AuthenticationFailed, "without a token nobody is signed in")
}

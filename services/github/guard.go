package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

const (
	// namedFor is how long it is remembered which name the repository of an id has,
	// and maxNames of how many.
	namedFor, maxNames = time.Minute, 1000
)

// guard stands before the way out, whichever call of the library takes it. What
// changes something is not sent without a credential, a credential that GitHub
// does not take is told of, and no request leaves the repositories that may be
// named: GitHub redirects the names of those that were renamed or moved, and the
// numbers of issues that were moved, to /repositories/ID.
type guard struct {
	base   *url.URL
	next   http.RoundTripper
	access *access

	mu    sync.Mutex
	names map[int64]named
}

// named is the name that a repository had a moment ago.
type named struct {
	name  string
	until time.Time
}

// client returns the client for the library.
func (g *guard) client() *http.Client {
	return &http.Client{Transport: g, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// redirect decides whether a redirect to GitHub's own host is followed.
func (g *guard) redirect(ctx context.Context, to *url.URL) error {
	if len(g.access.allow) == 0 {
		return nil
	}
	at, ours := g.path(to)
	if !ours {
		// It is at the API's host, where the credential opens more than the API.
		return notAllowed(elsewhere)
	}
	err := g.permitted(ctx, at)
	if err != nil && toolerr.From(err).Code == toolerr.PermissionDenied {
		return notAllowed(elsewhere) // whose name is not for everybody
	}
	return err
}

// elsewhere stands for what may not be named.
const elsewhere = "the repository to which GitHub redirects"

// RoundTrip sends a request, again with a new credential if GitHub does not take
// the one it had and there is another.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	at, ours := g.path(r.URL)
	if ours {
		if err := g.access.sendable(ctx, r.Method); err != nil {
			return nil, refuseRequest(r, err)
		}
	}
	if ours && len(g.access.allow) > 0 {
		if err := g.permitted(ctx, at); err != nil {
			return nil, refuseRequest(r, err)
		}
	}
	resp, err := g.next.RoundTrip(r)
	if err == nil && ours && hollow(r, resp) {
		return nil, errors.Join(io.ErrUnexpectedEOF, resp.Body.Close())
	}
	if err != nil || !ours || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	_ = resp.Body.Close() // nothing of it is of use
	had := granted(ctx)
	again, err := g.access.refused(ctx, had)
	if err != nil {
		return nil, err
	}
	failed := toolerr.New(toolerr.AuthenticationFailed, "GitHub did not take the credential that it had given; try again")
	failed.Retryable = true
	if !again || r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return nil, failed
	}
	if ctx, err = g.access.as(ctx, had.owner); err != nil {
		return nil, err
	}
	if err := g.access.sendable(ctx, r.Method); err != nil {
		return nil, err
	}
	once := r.Clone(ctx)
	if r.GetBody != nil {
		if once.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	resp, err = g.next.RoundTrip(once)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		_ = resp.Body.Close()
		return nil, failed
	}
	return resp, err
}

// hollow reports whether an answer that should be JSON has no bytes. The library
// takes it for an empty list.
func hollow(r *http.Request, resp *http.Response) bool {
	if r.Method != http.MethodGet || resp.StatusCode != http.StatusOK || resp.ContentLength != 0 {
		return false
	}
	accept := r.Header.Get("Accept")
	return !slices.ContainsFunc([]string{".raw", ".diff", "octet-stream"}, func(kind string) bool { return strings.Contains(accept, kind) }) && !strings.HasSuffix(r.URL.Path, "/logs")
}

// sendable returns why a request may not be sent as ctx has it: what changes
// something needs a credential.
func (a *access) sendable(ctx context.Context, method string) error {
	if upstream.CredentialFrom(ctx).ID() != "" || method == http.MethodGet || method == http.MethodHead {
		return nil
	}
	g := granted(ctx)
	if g.absent != nil {
		return g.absent
	}
	return toolerr.New(toolerr.AuthenticationFailed, "without a credential, public repositories can be read and nothing can be changed; %s", a.remedy(g))
}

// refuseRequest returns err for a request that is not sent.
func refuseRequest(r *http.Request, err error) error {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return err
}

// path returns the elements of a URL's path behind the base URL's. ok is false if
// it is another host's, such as that of a log.
func (g *guard) path(u *url.URL) (elements []string, ok bool) {
	rest, ok := strings.CutPrefix(u.Path, g.base.Path)
	if !ok || upstream.Origin(u) != upstream.Origin(g.base) {
		return nil, false
	}
	return strings.Split(rest, "/"), true
}

// permitted returns an error if a path is of a repository that may not be named.
func (g *guard) permitted(ctx context.Context, at []string) error {
	switch {
	case slices.Contains(at, "..") || slices.Contains(at, "."):
		// Whoever serves it would go elsewhere than it seems.
		return notAllowed("a path with dots")
	case len(at) >= 3 && at[0] == "repos":
		if r := (repository{at[1], at[2]}); !g.access.allow.permits(r) {
			return notAllowed(r.String())
		}
	case len(at) >= 2 && at[0] == "repositories":
		id, err := strconv.ParseInt(at[1], 10, 64)
		if err != nil {
			return notAllowed(elsewhere)
		}
		name, err := g.name(ctx, id)
		if err != nil {
			return err
		}
		if !g.access.allow.permitsName(name) {
			return notAllowed(elsewhere)
		}
	}
	return nil
}

// name returns what the repository of an id is called now.
func (g *guard) name(ctx context.Context, id int64) (string, error) {
	g.mu.Lock()
	known, ok := g.names[id]
	g.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known.name, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.base.JoinPath("repositories", strconv.FormatInt(id, 10)).String(), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	resp, err := g.next.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var got struct {
		FullName string `json:"full_name"`
	}
	if resp.StatusCode == http.StatusOK {
		err = json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&got)
	}
	if err != nil || got.FullName == "" {
		return "", toolerr.Wrap(errors.Join(err, fmt.Errorf("status %d", resp.StatusCode)), toolerr.ResourceNotFound,
			"it has moved to a repository that cannot be seen with this service's credential")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.names == nil || len(g.names) >= maxNames {
		g.names = make(map[int64]named)
	}
	g.names[id] = named{got.FullName, time.Now().Add(namedFor)}
	return got.FullName, nil
}

package files

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// errNotConfigured is what every call says while there is no root.
var errNotConfigured = toolerr.New(toolerr.ServiceUnavailable, "no directory is served: start the server with --root name=/path, or set FILES_ROOT")

// errNothingInCommon is what a client is told whose roots are all elsewhere.
var errNothingInCommon = toolerr.New(toolerr.PermissionDenied, "nothing that is served here is in the roots that the client has announced: open another folder in the client, or ask the operator to serve that one")

// roots returns what the caller may use, which is good until ctx ends.
func (s *Service) roots(ctx context.Context) (*tree.Tree, error) {
	if len(s.tree.Roots()) == 0 {
		return nil, errNotConfigured
	}
	uris, ok, err := server.ClientRoots(ctx)
	if err != nil {
		return nil, err
	}
	if !ok || len(uris) == 0 { // a client without an open folder has nothing to narrow to
		return s.tree, nil
	}
	return s.narrow.to(ctx, s.tree, uris)
}

// maxNarrowed bounds how many narrowed trees are kept open while nobody uses
// them.
const maxNarrowed = 32

// narrowing keeps the trees that sessions were narrowed to. The zero value is
// ready.
type narrowing struct {
	mu     sync.Mutex
	closed bool
	kept   []*narrowed // the one used last comes last
}

// narrowed is what is left of the roots for clients with the same roots.
type narrowed struct {
	key   string
	open  sync.Once
	tree  *tree.Tree
	err   error
	users int  // requests that have not ended
	gone  bool // it is no longer kept: the last user closes it
}

// to returns what of whole is in the roots at uris. It stays open until ctx
// ends.
func (n *narrowing) to(ctx context.Context, whole *tree.Tree, uris []string) (*tree.Tree, error) {
	uris = slices.Compact(slices.Sorted(slices.Values(uris)))
	x := n.hold(strings.Join(uris, "\x00"))
	x.open.Do(func() { // outside the lock: a file system may not answer
		x.tree, x.err = whole.Narrow(uris)
		if x.err == nil && len(x.tree.Roots()) == 0 {
			x.err = errNothingInCommon
		}
	})
	context.AfterFunc(ctx, func() { n.release(x) })
	if x.err != nil {
		n.forget(x) // the directory may be there the next time
		return nil, shown(x.err)
	}
	return x.tree, nil
}

// hold returns the tree of a key, which is opened if it was not.
func (n *narrowing) hold(key string) *narrowed {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.IndexFunc(n.kept, func(x *narrowed) bool { return x.key == key })
	var x *narrowed
	if i >= 0 {
		x = n.kept[i]
		n.kept = append(slices.Delete(n.kept, i, i+1), x)
	} else {
		x = &narrowed{key: key, gone: n.closed}
		if !n.closed {
			n.kept = append(n.kept, x)
		}
	}
	x.users++
	if len(n.kept) > maxNarrowed {
		n.drop(n.kept[0])
	}
	return x
}

// release ends one use of x.
func (n *narrowing) release(x *narrowed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if x.users--; x.users == 0 && x.gone {
		x.close()
	}
}

// forget makes the next one open the tree again.
func (n *narrowing) forget(x *narrowed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drop(x)
}

// drop stops keeping x. The lock is held.
func (n *narrowing) drop(x *narrowed) {
	if x.gone {
		return
	}
	x.gone = true
	n.kept = slices.DeleteFunc(n.kept, func(y *narrowed) bool { return x == y })
	if x.users == 0 {
		x.close()
	}
}

// close closes all that nobody uses, and the others when they are used no more.
func (n *narrowing) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for len(n.kept) > 0 {
		n.drop(n.kept[0])
	}
}

// close gives back what an unused tree holds. Nobody can do anything about an
// error in closing a directory that was only read.
func (x *narrowed) close() {
	if x.tree != nil {
		_ = x.tree.Close()
	}
}

package files

import (
	"context"
	"io/fs"
	"net/url"
	"strings"
	"unicode"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

const (
	// maxProposed is one more than a client takes, so that it hears of others.
	maxProposed = 101
	// maxCompared bounds the entries of a directory that are looked at.
	maxCompared = 200_000
)

// completeResource completes the path in file:///{+path}, which begins with a
// root's name. The value is percent-encoded, which the template's expansion
// leaves as it is (RFC 6570, section 3.2.3): a client that puts it into the
// place without expanding anything gets the same URI.
func (s *Service) completeResource(ctx context.Context, typed string, _ map[string]string) ([]string, error) {
	return s.completePath(ctx, spelling{start: "file:///"}, typed)
}

// completeArgument completes the path argument of a prompt in the way it was
// begun: as a path, or as a URI.
func (s *Service) completeArgument(ctx context.Context, typed string, _ map[string]string) ([]string, error) {
	const scheme = "file:///"
	if rest, ok := strings.CutPrefix(typed, scheme); ok {
		return s.completePath(ctx, spelling{start: scheme, shown: scheme}, rest)
	}
	return s.completePath(ctx, spelling{}, typed)
}

// spelling is how a path is written: the zero spelling as in arguments, one with
// a start as the rest of a URI.
type spelling struct {
	start string // goes before it, to be read
	shown string // goes before it, to be sent
}

// completePath proposes what typed may become: the names in the directory that
// it has come to, those of directories with a slash.
func (s *Service) completePath(ctx context.Context, sp spelling, typed string) ([]string, error) {
	t, err := s.roots(ctx)
	if err != nil {
		return nil, err
	}
	at := strings.LastIndexByte(typed, '/') + 1
	dir, base := typed[:at], typed[at:]
	encoded := sp.start != ""
	if encoded {
		if plain, err := url.PathUnescape(base); err == nil {
			base = plain
		}
	}
	propose := func(name string) string {
		if encoded {
			bare, isDir := strings.CutSuffix(name, "/")
			if name = (&url.URL{Path: bare}).EscapedPath(); isDir {
				name += "/"
			}
		}
		return sp.shown + dir + name
	}
	if dir == "" && (encoded || len(t.Roots()) > 1) {
		var values []string
		for _, r := range t.Roots() {
			name := r.Top().String()
			if encoded {
				name = rootName(r)
			}
			if strings.HasPrefix(name, base) {
				values = append(values, propose(name+"/"))
			}
		}
		return values, nil
	}
	p, err := t.Path(sp.start + dir)
	if err != nil {
		return nil, nil // nothing is there to propose
	}
	names, err := startingWith(ctx, p, base)
	values := make([]string, 0, len(names))
	for _, name := range names {
		values = append(values, propose(name))
	}
	return values, err
}

// startingWith returns the first names in a directory that begin with base. What
// ignore files ignore is left out, and hidden names unless base is one.
func startingWith(ctx context.Context, p tree.Path, base string) ([]string, error) {
	var names []string
	o := walk.Options{Hidden: strings.HasPrefix(base, "."), MaxDepth: 1, MaxEntries: maxCompared}
	_, err := walk.Walk(ctx, p, o, func(e walk.Entry) error {
		switch {
		case len(names) == maxProposed || e.Name > base && !strings.HasPrefix(e.Name, base):
			return fs.SkipAll
		case e.Name < base || !typeable(e.Name):
			return nil
		}
		name := e.Name
		switch e.Type {
		case tree.Directory:
			name += "/"
		case tree.Symlink:
			info, err := e.Path().Stat()
			if err != nil {
				return nil // it leads nowhere, or out of the root
			}
			if info.Type == tree.Directory {
				name += "/"
			}
		}
		names = append(names, name)
		return nil
	})
	if tree.KindOf(err) != "" {
		return nil, nil
	}
	return names, err
}

// typeable reports whether a person can see what a name is.
func typeable(name string) bool {
	return nameable(name) && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// completeSince completes how far back review_changes looks.
func completeSince(_ context.Context, typed string, _ map[string]string) ([]string, error) {
	var values []string
	for _, v := range []string{"1h", "24h", "7d", "30d"} {
		if strings.HasPrefix(v, typed) {
			values = append(values, v)
		}
	}
	return values, nil
}

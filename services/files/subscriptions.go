package files

import (
	"context"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Watch calls changed after each change of the file or directory at uri until
// ctx ends. Nothing need be there yet.
func (s *Service) Watch(ctx context.Context, uri string, changed func()) error {
	if !strings.HasPrefix(uri, "file:///") {
		return shown(tree.Errorf(tree.Invalid, tree.Path{}, "uri: write file:///root/path, percent-encoded"))
	}
	p, err := s.path(ctx, "uri", uri)
	if err != nil {
		return err
	}
	return shown(s.watch.Watch(ctx, p, changed))
}

package files

import (
	"errors"
	"maps"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// codes are what callers see of the kinds of failures.
var codes = map[tree.Kind]toolerr.Code{
	tree.Invalid:      toolerr.InvalidInput,
	tree.NotFound:     toolerr.ResourceNotFound,
	tree.Outside:      toolerr.PermissionDenied,
	tree.Denied:       toolerr.PermissionDenied,
	tree.ReadOnly:     toolerr.PermissionDenied,
	tree.NotRegular:   toolerr.InvalidInput,
	tree.IsDirectory:  toolerr.InvalidInput,
	tree.NotDirectory: toolerr.InvalidInput,
	tree.NotEmpty:     toolerr.Conflict,
	tree.Exists:       toolerr.Conflict,
	tree.Conflict:     toolerr.Conflict,
	tree.Ambiguous:    toolerr.InvalidInput,
	tree.TooLarge:     toolerr.InvalidInput,
	tree.NoSpace:      toolerr.ServiceUnavailable,
	tree.Busy:         toolerr.ServiceUnavailable,
	tree.Unsupported:  toolerr.InvalidInput,
	tree.Failed:       toolerr.ServiceUnavailable,
}

// shown makes an error of the domain one that the caller may see.
func shown(err error) error {
	var e *tree.Error
	if !errors.As(err, &e) {
		return err
	}
	t := toolerr.Wrap(e.Err, codes[e.Kind], "%s", e.Error()).With("reason", string(e.Kind))
	maps.Copy(t.Details, e.Details)
	if len(e.Suggestions) > 0 {
		t = t.With("suggestions", e.Suggestions)
	}
	return t
}

package files

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// partMark begins the etag that a caller gets who did not see all of a file, or
// not as it is. It names the same content: what edits the file in place accepts
// it, what replaces all of the file does not, for it would lose what was not seen.
const partMark = "part:"

// partial marks an etag as that of a file of which the caller sees a part.
func partial(etag string) string { return partMark + etag }

// seen returns the etag itself, of a file of which the caller saw all or a part.
// A mark without an etag is not the same as none: it matches nothing.
func seen(etag string) string {
	if rest := strings.TrimPrefix(etag, partMark); rest != "" {
		return rest
	}
	return etag
}

// whole returns the etag itself, and refuses one of a file of which the caller
// saw a part. argument names it in the error.
func whole(argument, etag string) (string, error) {
	if strings.HasPrefix(etag, partMark) {
		return "", toolerr.Invalid(argument, "%s: this etag is of a read that showed a part of the file, or characters that could not be decoded; replacing the file would lose the rest: use edit_file, or read all of it first", argument)
	}
	return etag, nil
}

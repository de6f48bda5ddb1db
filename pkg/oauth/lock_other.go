//go:build !unix

package oauth

import (
	"errors"
	"io"
)

// lockFile is missing, and so is what keeps other users out.
func lockFile(string) (io.Closer, error) {
	return nil, errors.New("a token file is not supported on this system: keep tokens in PostgreSQL")
}

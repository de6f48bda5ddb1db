//go:build !unix

package filelock

import (
	"context"
	"errors"
)

// Lock has no implementation here.
func Lock(context.Context, string) (unlock func() error, err error) {
	return nil, errors.New("files are locked on Linux and macOS only: run these tests there")
}

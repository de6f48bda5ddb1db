//go:build !unix

package tool

import (
	"context"
	"errors"
)

func lock(context.Context, string) (unlock func() error, err error) {
	return nil, errors.New("programs are built on Linux and macOS only: run these tests there")
}

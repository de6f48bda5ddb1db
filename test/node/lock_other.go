//go:build !linux

package node

import (
	"context"
	"errors"
)

func lock(context.Context, string) (unlock func() error, err error) {
	return nil, errors.New("the Node.js in package.json is one for linux/amd64: run these tests there")
}

//go:build !unix

package demo

import (
	"errors"
	"os"
	"syscall"
)

func tryLock(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func attributes(bool) *syscall.SysProcAttr { return nil }

func onThread(f func()) { f() }

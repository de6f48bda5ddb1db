//go:build !unix

package localpg

import (
	"errors"
	"io/fs"
	"syscall"
)

const supported = false

func runAs() (account, error) { return account{}, errors.ErrUnsupported }

func attributes(account) *syscall.SysProcAttr { return nil }

func occupants(string) (pids []int, known bool) { return nil, false }

func owner(fs.FileInfo) (uid, gid int) { return -1, -1 }

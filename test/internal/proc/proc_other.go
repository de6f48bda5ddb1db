//go:build !linux

package proc

import (
	"errors"
	"syscall"
)

var errLinux = errors.New("this is known on Linux only")

func attributes() *syscall.SysProcAttr { return nil }

// PeakMemory returns the most memory that the process has had resident, in
// bytes.
func (p *Process) PeakMemory() (int64, error) { return 0, errLinux }

// Of returns the ids of the processes whose executable is in dir, by whomever
// they were started.
func Of(string) ([]int, error) { return nil, errLinux }

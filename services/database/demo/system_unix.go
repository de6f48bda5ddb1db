//go:build unix

package demo

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// tryLock returns the file with a lock that ends with this process, nil if
// another process has it.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = nil
	}
	return nil, err
}

// attributes are those of the server: with a group of its own, signals of a
// terminal reach it from here alone.
func attributes(group bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: group}
	endWithParent(attr)
	return attr
}

// onThread runs f on a thread of its own. The kernel's tie between a process and
// its parent is to the thread that started it, which lives on: it may have started
// others.
func onThread(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
}

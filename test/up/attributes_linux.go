package main

import "syscall"

// attributes puts a child into a process group of its own, and makes it end
// with this process even if that is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

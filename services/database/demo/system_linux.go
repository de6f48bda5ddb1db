package demo

import "syscall"

// endWithParent makes a process end in order when this one is killed.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }

//go:build unix && !linux

package demo

import "syscall"

func endWithParent(*syscall.SysProcAttr) {}

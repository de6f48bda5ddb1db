//go:build unix && !linux

package localpg

import "syscall"

func dieWithParent(*syscall.SysProcAttr) {}

// occupants is not known without /proc.
func occupants(string) (pids []int, known bool) { return nil, false }

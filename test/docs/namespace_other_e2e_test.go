//go:build e2e && !linux

package docs

import (
	"os/exec"
	"syscall"
	"testing"
)

func isolated() bool { return false }

func enter(*testing.T) {}

func confine(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

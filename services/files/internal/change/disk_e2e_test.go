//go:build e2e && linux

package change

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// inNamespace lets the child mount, for itself alone.
func inNamespace(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if uid := os.Geteuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

// TestDisk changes files where the disk does not play along. The children look
// after each change at what is left; they need root or user namespaces to mount.
func TestDisk(t *testing.T) {
	for _, role := range []string{"full", "readonly"} {
		t.Run(role, func(t *testing.T) {
			if out, err := inNamespace(child(t, role, t.TempDir())).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestMoveBetweenFileSystems(t *testing.T) {
	if out, err := inNamespace(child(t, "mounted", t.TempDir())).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

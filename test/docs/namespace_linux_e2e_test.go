//go:build e2e

package docs

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// isolated tells whether each session has a network of its own.
func isolated() bool { return os.Geteuid() == 0 }

// enter gives the calling goroutine's thread a network with nothing but
// loopback, which the processes that it starts are in. The goroutine is locked
// to the thread, which has to end with it.
func enter(t *testing.T) {
	t.Helper()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("a network namespace: %v", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	loopback, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	loopback.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, loopback); err != nil {
		t.Fatalf("loopback: %v", err)
	}
}

// confine makes the processes of a command end with it, as far as the user may.
func confine(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if isolated() {
		cmd.SysProcAttr.Cloneflags = unix.CLONE_NEWPID
	}
}

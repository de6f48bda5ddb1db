package main

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestServicesEndWhenUpIsKilled(t *testing.T) {
	p := start(t)
	p.banner(t)
	// Their ends are awaited through descriptors, since whoever inherits the
	// processes may be slow to reap them.
	var ends []unix.PollFd
	for _, pid := range p.pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		ends = append(ends, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for i := range ends {
		for {
			n, err := unix.Poll(ends[i:i+1], int(patience.Milliseconds()))
			if err == unix.EINTR {
				continue
			}
			if n != 1 || err != nil {
				t.Errorf("the process %d has not ended with up: %v", p.pids[i], err)
			}
			break
		}
	}
}

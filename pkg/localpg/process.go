package localpg

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is a server's first process, whose end is that of all others.
type process struct {
	cmd  *exec.Cmd
	log  *tail
	done chan struct{} // closed when it has ended
}

// run starts a program as an account.
func run(path string, args []string, a account) (*process, error) {
	p := &process{cmd: exec.Command(path, args...), log: new(tail), done: make(chan struct{})}
	p.cmd.Env, p.cmd.Dir, p.cmd.SysProcAttr = environment(), "/", attributes(a)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.WaitDelay = killLimit
	started := make(chan error)
	go func() {
		_ = onThread(func() error { // how a server ends is in its log
			err := p.cmd.Start()
			started <- err
			return err
		}, p.cmd.Wait)
		close(p.done)
	}()
	return p, <-started
}

// onThread starts a process and waits for it on one thread. The kernel's tie
// between a process and its parent is to the thread that started it, which
// therefore must live as long. It lives on afterwards, for it may have started
// others before.
func onThread(start, wait func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := start()
		if err == nil {
			err = wait()
		}
		result <- err
	}()
	return <-result
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// end sends a signal and waits until the process has ended, which it must in a
// time.
func (p *process) end(sig syscall.Signal, limit time.Duration) {
	for _, sig := range []syscall.Signal{sig, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = p.cmd.Process.Signal(sig) // it may have ended
		timer := time.NewTimer(limit)
		select {
		case <-p.done:
			timer.Stop()
			return
		case <-timer.C:
		}
		limit = killLimit
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const maxTail = 16 << 10

// Write implements [io.Writer].
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b[max(0, len(b)-maxTail):]...)
	if over := len(t.text) - maxTail; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(b), nil
}

// String returns the end of what was written.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

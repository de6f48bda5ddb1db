//go:build e2e

package docs

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limit is the longest that a command may take, a build included.
const limit = 5 * time.Minute

// driver runs the files that it is told of, in one shell, and answers with the
// exit status of each. What a command prints goes to a file of its own, so
// that what is still running prints nowhere else.
const driver = `
status=0
while read -r verb n <&4; do
	case $verb in
	run)
		{ (exit $status); . "$EXAMPLES/$n.sh"; } >"$EXAMPLES/$n.out" 2>&1 3>&- 4<&- </dev/null
		status=$?
		echo $status >&3 ;;
	ended) # whether the last that was put into the background has ended, and how
		case " $(jobs -rp | tr '\n' ' ') " in
		*" $! "*) echo running >&3 ;;
		*) wait $!; echo $? >&3 ;;
		esac ;;
	esac
done
`

// session is a shell that runs the examples of one document.
type session struct {
	dir      string // of commands and outputs
	cmd      *exec.Cmd
	commands *os.File
	answers  chan string
	n        int
}

// newSession starts a shell in the folder work. The calling goroutine is that
// of [enter].
func newSession(t *testing.T, work string, env []string) *session {
	t.Helper()
	s := &session{dir: t.TempDir(), answers: make(chan string)}
	commandsOut, commandsIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	answersOut, answersIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.commands = commandsIn
	s.cmd = exec.Command("bash", "--norc", "--noprofile", "-c", driver)
	s.cmd.Dir = work
	s.cmd.Env = append(slices.Clone(env), "EXAMPLES="+s.dir, "PWD="+work)
	s.cmd.ExtraFiles = []*os.File{answersIn, commandsOut}
	s.cmd.Stderr = os.Stderr
	confine(s.cmd)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answersIn.Close()
	commandsOut.Close()
	go func() {
		defer close(s.answers)
		for lines := bufio.NewScanner(answersOut); lines.Scan(); {
			s.answers <- lines.Text()
		}
	}()
	return s
}

// end kills whatever is still running.
func (s *session) end() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	s.commands.Close()
	_ = s.cmd.Wait() // it was killed
	for range s.answers {
	}
}

// ask returns the driver's answer.
func (s *session) ask(verb string) (string, error) {
	if _, err := fmt.Fprintln(s.commands, verb, s.n); err != nil {
		return "", fmt.Errorf("the shell has ended: %w", err)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case answer, ok := <-s.answers:
		if !ok {
			return "", fmt.Errorf("the shell has ended")
		}
		return answer, nil
	case <-timer.C:
		return "", fmt.Errorf("it took longer than %v", limit)
	}
}

func (s *session) output() string {
	data, err := os.ReadFile(filepath.Join(s.dir, fmt.Sprint(s.n, ".out")))
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// run runs a command. problem is "" if it does what the document says. An error
// is the end of the session.
func (s *session) run(c Command) (problem string, err error) {
	s.n++
	before := s.listening()
	if err := os.WriteFile(filepath.Join(s.dir, fmt.Sprint(s.n, ".sh")), []byte(c.Text+"\n"), 0o644); err != nil {
		return "", err
	}
	status, err := s.ask("run")
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, s.output())
	}
	if c.Background() && status == "0" {
		return s.begun(c, before)
	}
	got := s.output()
	if want := fmt.Sprint(c.Exit); status != want {
		return fmt.Sprintf("exit status %s, wanted %s; it printed:\n%s", status, want, got), nil
	}
	return differs(c, got), nil
}

func differs(c Command, got string) string {
	if c.Matches(got) {
		return ""
	}
	return fmt.Sprintf("wanted:\n%s\ngot:\n%s", c.Output, trim(got))
}

// begun waits until a command in the background has printed what it should, or
// listens on a port that was free before, or has ended well.
func (s *session) begun(c Command, before []string) (string, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		status, err := s.ask("ended")
		if err != nil {
			return "", err
		}
		got := s.output()
		if status != "running" {
			if want := fmt.Sprint(c.Exit); status != want {
				return fmt.Sprintf("it ended with exit status %s, wanted %s; it printed:\n%s", status, want, got), nil
			}
			return differs(c, got), nil
		}
		if c.Output != "" && c.Matches(got) {
			return "", nil
		}
		if c.Output == "" && slices.ContainsFunc(s.listening(), func(port string) bool { return !slices.Contains(before, port) }) {
			return "", nil
		}
		select {
		case <-tick.C:
		case <-end.C:
			return fmt.Sprintf("after %v it neither listened nor had printed what it should.\n%s", limit, differs(c, got)), nil
		}
	}
}

// listening returns the addresses that something listens on, in the session's
// network.
func (s *session) listening() (list []string) {
	for _, table := range []string{"tcp", "tcp6"} {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", s.cmd.Process.Pid, table))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) > 3 && f[3] == "0A" {
				list = append(list, f[1])
			}
		}
	}
	return list
}

//go:build k8s

package k8s

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// maxConnAge is short, so that connections move while a test watches.
const maxConnAge = 5 * time.Second

// scaled are the values of a calculator that many clients of one key call.
func scaled(replicas int) string {
	return secrets + fmt.Sprintf(`
services:
  files: null
  calculator:
    replicas: %d
    maxConnAge: %s
    drainDelay: 5
    config: {MCP_RATE_LIMIT: "off", MCP_CALLER_CONCURRENCY: 1000, MCP_MAX_CONCURRENCY: 1000, MCP_CALLER_SESSIONS: 1000}
`, replicas, maxConnAge)
}

// What happens to the pods of a service, its clients do not notice.
func TestRolling(t *testing.T) {
	r := prepare(t, namespace(t, "rolling", nil))
	r.install(t, scaled(3))
	both := func(t *testing.T) [2]*running {
		return [2]*running{
			r.start(t, load{era: modern, clients: 96, pause: 150 * time.Millisecond, keepAlive: true}),
			r.start(t, load{era: legacy, clients: 16, pause: 150 * time.Millisecond, keepAlive: true}),
		}
	}
	t.Run("restart", func(t *testing.T) {
		loads := both(t)
		kubectl(t, "-n", r.ns, "rollout", "restart", "deployment/fleet-calculator")
		kubectl(t, "-n", r.ns, "rollout", "status", "deployment/fleet-calculator", "--timeout=120s")
		r.shares(t, r.awaitPods(t, "calculator", 3))
		for _, l := range loads {
			l.noneFailed()
		}
	})
	t.Run("upgrade", func(t *testing.T) {
		loads := both(t)
		r.upgrade(t, scaled(3)+"    podAnnotations: {example.com/release: second}\n")
		r.shares(t, r.awaitPods(t, "calculator", 3))
		for _, l := range loads {
			l.noneFailed()
		}
	})
	t.Run("scale", func(t *testing.T) {
		loads := both(t)
		kubectl(t, "-n", r.ns, "scale", "deployment/fleet-calculator", "--replicas=1")
		r.awaitPods(t, "calculator", 1)
		kubectl(t, "-n", r.ns, "scale", "deployment/fleet-calculator", "--replicas=3")
		r.shares(t, r.awaitPods(t, "calculator", 3))
		for _, l := range loads {
			l.noneFailed()
		}
	})
	t.Run("kill", r.testKill)
}

// shares waits until connections have had the time to move, and wants each pod
// to answer at least half of what it would if all were equal, in the last half
// of a connection's age before twice that age is over. A connection may be a
// tenth older, and the nodes learn of a pod some time after it is ready.
func (r *release) shares(t *testing.T, pods []pod) {
	t.Helper()
	first, second := time.After(maxConnAge*3/2), time.After(2*maxConnAge)
	<-first
	before := counts(t, pods)
	<-second
	got := since(before, counts(t, pods))
	total := 0
	for _, n := range got {
		total += n
	}
	fair := float64(total) / float64(len(pods))
	for name, n := range got {
		if float64(n) < fair/2 || n == 0 {
			t.Errorf("%s answered %d of %d calls, less than half of its share", name, n, total)
		}
		t.Logf("%s: %.2f of its share when twice the connection age is nearly over (limit 0.5)", name, float64(n)/fair)
	}
}

// testKill kills the process of each pod in turn, and deletes each by force.
func (r *release) testKill(t *testing.T) {
	for _, how := range []struct {
		name string
		kill func(t *testing.T, p pod, pid int)
	}{
		{"SIGKILL", func(t *testing.T, _ pod, pid int) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}},
		{"delete", func(t *testing.T, p pod, _ int) {
			kubectl(t, "-n", r.ns, "delete", "pod", p.name(), "--grace-period=0", "--force")
		}},
	} {
		t.Run(how.name, func(t *testing.T) {
			l := r.start(t, load{era: modern, clients: 16, pause: 5 * time.Millisecond, keepAlive: true})
			total := 0
			for _, p := range r.awaitPods(t, "calculator", 3) {
				before, answered := len(l.failed()), l.count()
				pid := process(t, p)
				how.kill(t, p, pid)
				await(t, patience, "the process has ended", func() (bool, error) { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH), nil })
				killed := time.Now()
				// The pod is gone, or its container has been started again.
				await(t, patience, "the pod is replaced", func() (bool, error) {
					for _, q := range r.pods(t, "calculator") {
						if q.Metadata.UID == p.Metadata.UID && (len(q.Status.ContainerStatuses) == 0 || q.Status.ContainerStatuses[0].RestartCount == p.Status.ContainerStatuses[0].RestartCount) {
							return false, nil
						}
					}
					return true, nil
				})
				r.awaitPods(t, "calculator", 3)
				await(t, patience, "calls are answered", func() (bool, error) { return l.count() > answered, nil })
				failed := l.failed()[before:]
				total += len(failed)
				for _, f := range failed {
					if f.begin.After(killed) {
						t.Errorf("a call that began %s after the kill failed: %v", f.begin.Sub(killed), f.err)
					}
				}
				if len(failed) > int(l.peak) {
					t.Errorf("%d calls failed, and at most %d were in flight", len(failed), l.peak)
				}
			}
			l.end()
			t.Logf("%d pods killed: %d of %d calls failed, at most %d were in flight at a time, %d were sent again for want of a connection", 3, total, l.answered+total, l.peak, l.again)
		})
	}
}

// process returns the id of a pod's process, which is one of this machine.
func process(t *testing.T, p pod) int {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	want := []byte("POD_IP=" + p.Status.PodIP + "\x00")
	for _, file := range environments {
		b, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(b, want) || !bytes.Contains(b, []byte("MCP_REPLICA_ADDR="+p.Status.PodIP+"\x00")) {
			continue // ended meanwhile, or another
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	t.Fatalf("the process of %s is not found", p.name())
	return 0
}

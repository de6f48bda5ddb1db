package localpg

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProcessSeesNoneOfOurVariables(t *testing.T) {
	t.Setenv("PGDATA", "/nowhere")
	t.Setenv("DATABASE_URL", "postgresql://me:secret@db.example.com/")
	p, err := run("/usr/bin/env", nil, account{})
	if err != nil {
		t.Fatal(err)
	}
	<-p.done
	if diff := cmp.Diff(environment(), strings.Fields(p.log.String())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestProgramMissing(t *testing.T) {
	if _, err := run("/nowhere", nil, account{}); err == nil {
		t.Error("it was started")
	}
}

// TestThreadLivesOn holds that the thread of a process that has ended is there
// still: the kernel would end others that it has started.
func TestThreadLivesOn(t *testing.T) {
	thread := 0
	err := onThread(func() error {
		thread = syscall.Gettid()
		return nil
	}, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", thread)); err != nil {
		t.Error(err)
	}
}

package localpg

import (
	"strings"
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

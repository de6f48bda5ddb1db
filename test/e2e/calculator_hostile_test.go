//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// attack is a row of services/calculator/corpus/hostile.
type attack struct {
	Name      string
	Tool      string
	Arguments json.RawMessage
	Shows     string
	Reasons   []string
	Says      string
}

// attacks asks the program that knows the rows for them. It is of a module
// outside the workspace.
func attacks(t *testing.T) []attack {
	t.Helper()
	cmd := exec.CommandContext(wait(t), "go", "run", "./timing", "hostile")
	cmd.Dir = "../../services/calculator/corpus"
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	var list []attack
	if err := json.Unmarshal(out, &list); err != nil || len(list) == 0 {
		t.Fatalf("%d rows, error %v", len(list), err)
	}
	return list
}

func TestHostileCalculations(t *testing.T) {
	t.Parallel()
	s := serve(t, "--rate-limit", "off")
	for _, a := range attacks(t) {
		t.Run(a.Name, func(t *testing.T) {
			a.judge(t, s.callTool(t, a.Tool, a.Arguments))
			s.works(t)
		})
	}
	s.modest(t, 256<<20)
}

// callTool makes one call of any tool, without a session.
func (s *server) callTool(t *testing.T, tool string, arguments any) answer {
	t.Helper()
	req := s.request(t, toolMessage(1, tool, arguments, ""))
	req.Header.Set("Mcp-Name", tool)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, res)
}

// judge wants the value, or a refusal that helps whoever sent the call: with a
// reason, and with an estimate, a limit or a remedy. How long it takes is not
// for a test to say, so that any call that needs some work may meet its
// deadline.
func (a attack) judge(t *testing.T, got answer) {
	t.Helper()
	if got.Error != nil || len(got.Result.Content) == 0 {
		t.Fatalf("got %s", got)
	}
	if !got.Result.IsError {
		if text := got.Result.Content[0].Text; a.Shows == "" || !strings.Contains(text, a.Shows) {
			t.Errorf("got %.500s; want %q", text, a.Shows)
		}
		return
	}
	var refusal struct {
		Error struct {
			Details struct {
				Reason string `json:"reason"`
			} `json:"details"`
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(got.Result.Content[0].Text), &refusal); err != nil {
		t.Fatal(err)
	}
	code, message := got.refusal()
	reason := refusal.Error.Details.Reason
	switch {
	case reason == "timeout":
		if code != "TIMEOUT" || a.Shows == "" && !slices.Contains(a.Reasons, reason) {
			t.Errorf("refused with %s: %s; want one of %q", code, message, a.Reasons)
		}
	case a.Shows != "" || code != "INVALID_INPUT" || !strings.Contains(message, a.Says) || len(a.Reasons) > 0 && !slices.Contains(a.Reasons, reason):
		t.Errorf("refused with %s, %s: %s; want one of %q with %q, or %q", code, reason, message, a.Reasons, a.Says, a.Shows)
	case reason == "limit" && !strings.ContainsAny(message, "0123456789"):
		t.Errorf("the refusal has no estimate and no limit: %s", message)
	case len(got.raw) > 4<<10:
		t.Errorf("the refusal has %d bytes", len(got.raw))
	}
}

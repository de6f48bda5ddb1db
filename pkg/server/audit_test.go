package server

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// auditLines returns the audit lines of a log, without what differs each time.
func auditLines(t *testing.T, log string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(log) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if m["audit"] != true {
			continue
		}
		for _, k := range []string{"time", "level", "audit", "service", "correlation_id", "duration_ms"} {
			delete(m, k)
		}
		if mark, _ := m["arguments"].(string); mark != "" {
			m["arguments"] = len(mark)
		}
		list = append(list, m)
	}
	return list
}

func TestReadsAreAudited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	r := newRig(t, Config{AuditFile: path})
	send := func(method, name, params string) {
		r.post(t, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{`+params+`,`+strings.Replace(meta, `"_meta":{`, `"_meta":{"io.modelcontextprotocol/clientInfo":{"name":"probe","version":"1"},`, 1)+`}}`,
			"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method, "Mcp-Name", name)
	}
	send("resources/read", "demo://one", `"uri":"demo://one"`)
	send("resources/read", "demo://item/tea", `"uri":"demo://item/tea"`)
	send("resources/read", "demo://item/leak", `"uri":"demo://item/leak"`)
	send("resources/read", "other://x", `"uri":"other://x"`)
	send("prompts/get", "ask", `"name":"ask","arguments":{"topic":"tea"}`)
	send("prompts/get", "ask", `"name":"ask","arguments":{"topic":"panic"}`)
	send("prompts/get", "sesame", `"name":"sesame","arguments":{}`)
	send("tools/list", "", `"cursor":""`)
	r.Server.Close()

	line := func(msg, method, key, name, outcome string, bytes float64) map[string]any {
		m := map[string]any{"msg": msg, "method": method, "principal": "anonymous", "client": "probe", "arguments": 16, "outcome": outcome, "bytes": bytes}
		if name != "" {
			m[key] = name
		}
		return m
	}
	want := []map[string]any{
		line("resource read", "resources/read", "resource", "demo://one", "ok", 1),
		line("resource read", "resources/read", "resource", "demo://item/{+path}", "ok", 3),
		line("resource read", "resources/read", "resource", "demo://item/{+path}", "INTERNAL_ERROR", 0),
		line("resource read", "resources/read", "resource", "", "-32602", 0),
		line("prompt read", "prompts/get", "prompt", "ask", "ok", 3),
		line("prompt read", "prompts/get", "prompt", "ask", "INTERNAL_ERROR", 0),
		line("prompt read", "prompts/get", "prompt", "", "-32602", 0),
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, auditLines(t, string(b))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if strings.Contains(r.log.String(), `"audit":true`) {
		t.Error("lines of the audit file are in the log too")
	}
}

func TestRefusalsAreAuditedAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out logBuffer
		log, err := logging.New(&out, "error", "json")
		if err != nil {
			t.Fatal(err)
		}
		s, err := New("demo", newDemo(), Config{}, log)
		if err != nil {
			t.Fatal(err)
		}
		ctx := logging.WithCorrelation(t.Context(), "c-1")
		s.auditRefused(ctx, refusedUnauthenticated, "", "", "")
		s.auditRefused(ctx, refusedForbidden, "key:ci", "tools/call", "plus")
		s.auditRefused(ctx, refusedForbidden, "key:ci", "tools/call", "sesame")
		s.auditRefused(ctx, refusedRateLimited, "key:ci", "resources/read", "demo://item/tea")
		for range 1000 {
			s.auditRefused(ctx, refusedRateLimited, "key:ci", "prompts/get", "ask")
		}
		<-time.After(refusalsWindow)
		for range 50 {
			s.auditRefused(ctx, refusedRateLimited, "key:ci", "", "")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		got := auditLines(t, out.String())
		if len(got) != 1+2*maxRefusals+1 {
			t.Fatalf("%d lines", len(got))
		}
		want := []map[string]any{
			{"msg": "refused", "outcome": "unauthenticated"},
			{"msg": "refused", "outcome": "forbidden", "principal": "key:ci", "method": "tools/call", "tool": "add"},
			{"msg": "refused", "outcome": "forbidden", "principal": "key:ci", "method": "tools/call"},
			{"msg": "refused", "outcome": "rate_limited", "principal": "key:ci", "method": "resources/read", "resource": "demo://item/{+path}"},
			{"msg": "refused", "outcome": "rate_limited", "principal": "key:ci", "method": "prompts/get", "prompt": "ask"},
		}
		if diff := cmp.Diff(want, got[:5]); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if n := got[1+maxRefusals]["suppressed"]; n != 993.0 {
			t.Errorf("the first line of the next second says %v", n)
		}
		if n := got[1+2*maxRefusals]["suppressed"]; n != 40.0 {
			t.Errorf("the last line says %v", n)
		}
	})
}

func TestAuditFileThatFailsIsReportedOnce(t *testing.T) {
	r := newRig(t, Config{AuditFile: "/dev/full", Admin: "127.0.0.1:1"})
	for range 3 {
		if _, body := r.call(t, "add", `{"a":1}`); !strings.Contains(body, `"sum":1`) {
			t.Errorf("a call fails for its audit line: %s", body)
		}
	}
	if n := strings.Count(r.log.String(), "audit lines are not written"); n != 1 {
		t.Errorf("reported %d times:\n%s", n, r.log)
	}
	if body := scrape(t, r.Server); !strings.Contains(body, "mcpfleet_audit_errors_total 3") {
		t.Error("the lost lines are not counted")
	}
	if _, err := New("demo", newDemo(), Config{AuditFile: "/dev/full/below"}, nil); err == nil || !strings.HasPrefix(err.Error(), "--audit-file: ") {
		t.Errorf("a file that cannot be opened: %v", err)
	}
}

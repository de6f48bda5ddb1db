package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

// Check is one line of what the doctor command found.
type Check struct {
	// Name is what was looked at: "configuration", "database main".
	Name string `json:"name"`
	// State is "ok", "warn" or "fail".
	State string `json:"state"`
	// Detail is what was found.
	Detail string `json:"detail"`
	// Fix is what to do about it, for a warning or a failure. It may go on for
	// several lines, such as those of a script.
	Fix string `json:"fix,omitempty"`
}

type doctorCmd[C any] struct {
	Common  Config `embed:""`
	Service C      `embed:""`
	JSON    bool   `name:"json" help:"Print the checks as JSON."`
}

func (c *doctorCmd[C]) Run(in *invocation[C]) error {
	checks, valid := c.Common.check()
	said := new(complaints)
	log, err := logging.New(said, "warn", "json")
	if err != nil {
		return err
	}
	svc, err := in.open(in.ctx, c.Service, log)
	checks = append(checks, said.take()...)
	if err != nil {
		checks = append(checks, Check{"service", "fail", err.Error(), "correct the setting that it names"})
	} else {
		if closer, ok := svc.(io.Closer); ok {
			defer closer.Close()
		}
		checks = append(checks, examine(in.ctx, svc)...)
		if valid { // else New fails of the same
			checks = append(checks, c.guards(in, svc, log, said)...)
		}
	}
	failed := false
	for i, ch := range checks {
		failed = failed || ch.State == "fail"
		checks[i].Detail = logging.Redact(ch.Detail)
	}
	if c.JSON {
		if err := printJSON(in.p.stdout, checks); err != nil {
			return err
		}
	} else {
		printChecks(terminal.For(in.p.stdout, in.p.environ), checks)
	}
	if failed {
		return errFailed
	}
	return nil
}

// check looks at what every service has. valid tells whether a server can be
// made of it.
func (c Config) check() (checks []Check, valid bool) {
	checks = []Check{{Name: "build", State: "ok", Detail: Version() + " " + runtime.Version()}}
	err := c.validate()
	if err == nil {
		_, err = newPolicy(c)
	}
	if err != nil {
		return append(checks, Check{"configuration", "fail", err.Error(), "change the flag or variable that it names"}), false
	}
	checks = append(checks, Check{Name: "configuration", State: "ok", Detail: "flags and variables are valid"}, c.checkTransport())
	if c.AuditFile != "" {
		checks = append(checks, checkAudit(c.AuditFile))
	}
	if ways, _ := c.ways(); c.HTTP == "" && len(ways) > 0 && ways[0] != wayNone {
		checks = append(checks, Check{"callers", "warn", "API keys or an issuer are configured and not used: over stdio, the process that starts this one may call",
			"serve over HTTP with --http, or take them away"})
	}
	return checks, true
}

func (c Config) checkTransport() Check {
	if c.HTTP == "" {
		return Check{Name: "transport", State: "ok", Detail: "stdio; the process that starts this one may call"}
	}
	l, err := net.Listen("tcp", c.HTTP)
	// Beside a service that runs, as in its pod, the address is meant to be taken.
	if errors.Is(err, syscall.EADDRINUSE) {
		return Check{"transport", "warn", err.Error(), "nothing, if it is this service that runs there; else stop what uses the address, or give another one with --http"}
	}
	if err != nil {
		return Check{"transport", "fail", err.Error(), "give an address of this machine that is free, with --http"}
	}
	l.Close()
	where := "from this machine only"
	if !loopback(c.HTTP) {
		where = "from other machines too"
	}
	return Check{Name: "transport", State: "ok", Detail: "http://" + c.HTTP + "/mcp, " + where}
}

// checkAudit looks at the file without making it: a process with another user's
// rights would find it there.
func checkAudit(path string) Check {
	const name, fix = "audit file", "make its directory, let this user write there, or give another file with --audit-file"
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if fi, err = os.Stat(filepath.Dir(path)); err == nil && fi.IsDir() {
			return Check{Name: name, State: "ok", Detail: path + " will be made; its directory is there"}
		}
		if err == nil {
			err = fmt.Errorf("%s is no directory", filepath.Dir(path))
		}
	case err == nil && fi.Mode()&fs.ModeNamedPipe != 0:
		return Check{Name: name, State: "ok", Detail: path + " is a pipe"} // opening it would wait for a reader
	case err == nil:
		var f *os.File
		if f, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			f.Close()
			return Check{Name: name, State: "ok", Detail: path + " can be added to"}
		}
	}
	return Check{name, "fail", err.Error(), fix}
}

// guards looks at what stands before the service: who may call, and what the
// limits need. What starting logs as wrong is in said.
func (c *doctorCmd[C]) guards(in *invocation[C], svc Service, log *slog.Logger, said *complaints) []Check {
	common := c.Common
	common.AuditFile = "" // it is not this process's to write
	s, err := New(in.p.name, svc, common, log)
	if err != nil {
		return append(said.take(), Check{"start", "fail", err.Error(), "correct the setting that it names"})
	}
	defer s.release()
	var checks []Check
	// Before more is asked: what these checks find is said once, by them.
	logged := said.take()
	if common.RedisURL != "" || common.RedisURLFile != "" {
		ch := s.checkRedis()
		checks = append(checks, ch)
		logged = slices.DeleteFunc(logged, func(l Check) bool { return ch.State == "fail" && strings.Contains(l.Detail, ch.Detail) })
	}
	checks = append(checks, logged...)
	if common.HTTP != "" {
		checks = append(checks, s.checkCallers(in.ctx)...)
	}
	return checks
}

// checkRedis looks at what shares the rate limits.
func (s *Server) checkRedis() Check {
	shared, _, reason := s.limits.State()
	switch {
	case shared:
		return Check{Name: "Redis", State: "ok", Detail: "rate limits are shared through Redis"}
	case reason == "":
		return Check{"Redis", "warn", "it is not used: there is no rate limit", "give one with --rate-limit, or take the Redis away"}
	}
	return Check{"Redis", "fail", reason, "make it reachable from here, or correct --redis-url [MCP_REDIS_URL] or --redis-url-file; without it the rate limits are per replica"}
}

// checkCallers looks at who may call over HTTP.
func (s *Server) checkCallers(ctx context.Context) []Check {
	if s.auth == nil {
		if s.cfg.HTTP == "" || s.cfg.onlyHere() {
			return nil
		}
		return []Check{{"callers", "warn", "everybody who reaches " + s.cfg.reached() + " may call", "set MCP_API_KEY, give --api-keys-file or --oauth-issuer"}}
	}
	var checks []Check
	if n := s.auth.Keys(); n > 0 {
		checks = append(checks, Check{Name: "API keys", State: "ok", Detail: fmt.Sprintf("%d", n)})
	}
	wrong := s.auth.Probe(ctx)
	for _, issuer := range s.cfg.OAuthIssuers {
		if err := wrong[issuer]; err != nil {
			checks = append(checks, Check{"issuer " + issuer, "fail", err.Error(), "give the issuer exactly as it names itself, and let this machine reach it"})
		} else {
			checks = append(checks, Check{Name: "issuer " + issuer, State: "ok", Detail: "its keys can be fetched"})
		}
	}
	return checks
}

// complaints takes the lines of a JSON log and makes checks of them.
type complaints struct {
	mu     sync.Mutex
	checks []Check
}

// maxComplaints bounds what a service that is opened can fill the memory with.
const maxComplaints = 50

// Write implements [io.Writer] for whole lines.
func (c *complaints) Write(line []byte) (int, error) {
	var attrs map[string]any
	if err := json.Unmarshal(line, &attrs); err != nil {
		return 0, err
	}
	var more []string
	for _, k := range slices.Sorted(maps.Keys(attrs)) {
		if k != "time" && k != "level" && k != "msg" {
			more = append(more, fmt.Sprintf("%s=%v", k, attrs[k]))
		}
	}
	detail := fmt.Sprint(attrs["msg"])
	if len(more) > 0 {
		detail += " (" + strings.Join(more, ", ") + ")"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.checks) < maxComplaints {
		c.checks = append(c.checks, Check{Name: "log", State: "warn", Detail: detail})
	}
	return len(line), nil
}

// take returns what has come since the last call.
func (c *complaints) take() []Check {
	c.mu.Lock()
	defer c.mu.Unlock()
	checks := c.checks
	c.checks = nil
	return checks
}

// examine asks the service.
func examine(ctx context.Context, svc Service) []Check {
	if d, ok := svc.(interface{ Doctor(context.Context) []Check }); ok {
		return d.Doctor(ctx)
	}
	if r, ok := svc.(readier); ok {
		if err := r.Ready(ctx); err != nil {
			return []Check{{"service", "fail", err.Error(), "make what it names reachable"}}
		}
	}
	return []Check{{Name: "service", State: "ok", Detail: "opens and is ready"}}
}

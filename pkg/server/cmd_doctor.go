package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// Check is one line of what the doctor command found.
type Check struct {
	// Name is what was looked at: "configuration", "database main".
	Name string `json:"name"`
	// State is "ok", "warn" or "fail".
	State string `json:"state"`
	// Detail is what was found.
	Detail string `json:"detail"`
	// Fix is what to do about it, for a warning or a failure.
	Fix string `json:"fix,omitempty"`
}

type doctorCmd[C any] struct {
	Common  Config `embed:""`
	Service C      `embed:""`
	JSON    bool   `name:"json" help:"Print the checks as JSON."`
}

func (c *doctorCmd[C]) Run(in *invocation[C]) error {
	checks := c.Common.check()
	quiet := slog.New(slog.DiscardHandler)
	if svc, err := in.open(in.ctx, c.Service, quiet); err != nil {
		checks = append(checks, Check{"service", "fail", err.Error(), "correct the setting that it names"})
	} else {
		checks = append(checks, examine(in.ctx, svc)...)
		if c.Common.HTTP != "" {
			checks = append(checks, c.guards(in, svc)...)
		}
		if closer, ok := svc.(io.Closer); ok {
			defer closer.Close()
		}
	}
	failed := false
	for _, ch := range checks {
		failed = failed || ch.State == "fail"
	}
	if c.JSON {
		if err := printJSON(in.p.stdout, checks); err != nil {
			return err
		}
	} else {
		printChecks(in.p.stdout, checks)
	}
	if failed {
		return errFailed
	}
	return nil
}

// check looks at what every service has.
func (c Config) check() []Check {
	checks := []Check{{Name: "build", State: "ok", Detail: Version() + " " + runtime.Version()}}
	if err := c.validate(); err != nil {
		return append(checks, Check{"configuration", "fail", err.Error(), "change the flag or variable that it names"})
	}
	if _, err := newPolicy(c); err != nil {
		return append(checks, Check{"configuration", "fail", err.Error(), "change the flag or variable that it names"})
	}
	checks = append(checks, Check{Name: "configuration", State: "ok", Detail: "flags and variables are valid"})
	if c.HTTP == "" {
		return append(checks, Check{Name: "transport", State: "ok", Detail: "stdio; the process that starts this one may call"})
	}
	l, err := net.Listen("tcp", c.HTTP)
	if err != nil {
		return append(checks, Check{"transport", "fail", err.Error(), "stop what uses the address, or give another one with --http"})
	}
	l.Close()
	where := "from this machine only"
	if !loopback(c.HTTP) {
		where = "from other machines too"
	}
	return append(checks, Check{Name: "transport", State: "ok", Detail: "http://" + c.HTTP + "/mcp, " + where})
}

// guards looks at what stands before the service over HTTP: who may call, and
// what the limits need.
func (c *doctorCmd[C]) guards(in *invocation[C], svc Service) []Check {
	common := c.Common
	common.AuditFile = "" // it is not this process's to write
	s, err := New(in.p.name, svc, common, slog.New(slog.DiscardHandler))
	if err != nil {
		return []Check{{"configuration", "fail", logging.Redact(err.Error()), "correct the setting that it names"}}
	}
	defer s.release()
	var checks []Check
	switch {
	case s.auth != nil:
		if n := s.auth.Keys(); n > 0 {
			checks = append(checks, Check{Name: "API keys", State: "ok", Detail: fmt.Sprintf("%d", n)})
		}
		wrong := s.auth.Probe(in.ctx)
		for _, issuer := range common.OAuthIssuers {
			if err := wrong[issuer]; err != nil {
				checks = append(checks, Check{"issuer " + issuer, "fail", err.Error(), "give the issuer exactly as it names itself, and let this machine reach it"})
			} else {
				checks = append(checks, Check{Name: "issuer " + issuer, State: "ok", Detail: "its keys can be fetched"})
			}
		}
	case !loopback(common.HTTP):
		checks = append(checks, Check{"callers", "warn", "everybody who reaches " + common.HTTP + " may call", "set MCP_API_KEY, give --api-keys-file or --oauth-issuer"})
	}
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

func printChecks(w io.Writer, checks []Check) {
	for _, ch := range checks {
		fmt.Fprintf(w, "%-4s  %s: %s\n", ch.State, ch.Name, ch.Detail)
		if ch.Fix != "" {
			fmt.Fprintf(w, "      → %s\n", ch.Fix)
		}
	}
}

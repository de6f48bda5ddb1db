package server

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Config is what every service's process can be told, by flag or environment.
// The zero value of a field stands for its default.
type Config struct {
	HTTP           string        `name:"http" env:"MCP_HTTP_ADDR" placeholder:"ADDR" help:"Serve Streamable HTTP on this address, such as 127.0.0.1:8105, instead of stdio."`
	Admin          string        `env:"MCP_ADMIN_ADDR" placeholder:"ADDR" help:"Serve metrics, health and pprof on this address. Keep it off public networks: it has no authentication."`
	PublicURL      string        `name:"public-url" env:"MCP_PUBLIC_URL" placeholder:"URL" help:"The URL at which clients reach this service. Its host is allowed in requests."`
	Auth           string        `env:"MCP_AUTH" placeholder:"MODE" help:"Who may call over HTTP. none: everybody who reaches the address. It must be said for an address that other machines reach."`
	AllowedHosts   []string      `env:"MCP_ALLOWED_HOSTS" placeholder:"HOST" help:"Further Host names that requests may carry, separated by commas."`
	AllowedOrigins []string      `env:"MCP_ALLOWED_ORIGINS" placeholder:"ORIGIN" help:"Origins of web pages that may call this service from a browser, such as https://app.example.com."`
	LegacySessions string        `env:"MCP_LEGACY_SESSIONS" enum:"stateful,off" default:"stateful" help:"Sessions for clients before protocol 2026-07-28: stateful, or off to answer each of their requests by itself (${enum})."`
	SessionIdle    time.Duration `env:"MCP_SESSION_IDLE" default:"30m" help:"End a session after this long without a request."`
	MaxBody        Size          `env:"MCP_MAX_BODY" default:"4MiB" help:"The largest request."`
	MaxResult      Size          `env:"MCP_MAX_RESULT" default:"4MiB" help:"The largest result of a tool."`
	MaxConcurrency int           `env:"MCP_MAX_CONCURRENCY" default:"64" help:"How many tool calls may run at once; more wait their turn."`
	ToolDeadline   time.Duration `env:"MCP_TOOL_DEADLINE" default:"60s" help:"The longest a tool call may take, waiting included."`
	KeepAlive      time.Duration `env:"MCP_KEEP_ALIVE" default:"15s" help:"Send a comment on a silent event stream this often."`
	Drain          time.Duration `env:"MCP_DRAIN" default:"20s" help:"On SIGTERM, how long calls in flight may take to finish."`
	DrainDelay     time.Duration `env:"MCP_DRAIN_DELAY" default:"0s" help:"On SIGTERM, how long to go on accepting calls while load balancers notice that /readyz fails."`

	Collector string `env:"GOGC" hidden:"" help:"Set by people who tune Go's garbage collector themselves."`
}

// withDefaults fills the fields that are zero with the defaults of their flags.
func (c Config) withDefaults() Config {
	if err := kong.ApplyDefaults(&c); err != nil {
		panic("flag defaults: " + err.Error()) // a wrong struct tag
	}
	return c
}

// validate returns what is wrong with the combination of flags, and what to
// change.
func (c Config) validate() error {
	for _, f := range []struct{ flag, addr string }{{"--http", c.HTTP}, {"--admin", c.Admin}} {
		if f.addr == "" {
			continue
		}
		if _, port, err := net.SplitHostPort(f.addr); err != nil || port == "" {
			return fmt.Errorf("%s %q: give host:port, such as 127.0.0.1:8105", f.flag, f.addr)
		}
	}
	if c.Auth != "" && c.Auth != "none" {
		return fmt.Errorf("--auth %q: this version knows none only", c.Auth)
	}
	if c.HTTP != "" && !loopback(c.HTTP) && c.Auth != "none" {
		return fmt.Errorf("--http %s can be reached from other machines and no authentication is configured: "+
			"bind 127.0.0.1 instead, or say --auth=none [MCP_AUTH] to let everybody who reaches the address call", c.HTTP)
	}
	if c.MaxConcurrency < 1 {
		return fmt.Errorf("--max-concurrency %d: give at least 1", c.MaxConcurrency)
	}
	for _, f := range []struct {
		flag string
		d    time.Duration
	}{{"--tool-deadline", c.ToolDeadline}, {"--keep-alive", c.KeepAlive}, {"--session-idle", c.SessionIdle}, {"--drain", c.Drain}} {
		if f.d < time.Millisecond {
			return fmt.Errorf("%s %s: give a duration of at least 1ms, such as 30s", f.flag, f.d)
		}
	}
	if c.DrainDelay < 0 {
		return fmt.Errorf("--drain-delay %s: give a duration such as 5s, or 0s for none", c.DrainDelay)
	}
	return nil
}

// Size is a number of bytes, written with an optional unit: 512KiB, 4MiB, 1GB.
type Size int64

var units = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	for _, u := range units {
		digits, ok := strings.CutSuffix(string(text), u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 1 || n > (1<<40)/u.bytes {
			break
		}
		*s = Size(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q is not a size: give a number of bytes such as 4MiB", text)
}

// logFlags are the flags of every command.
type logFlags struct {
	Level  string `name:"log-level" env:"MCP_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"What to log: ${enum}."`
	Format string `name:"log-format" env:"MCP_LOG_FORMAT" enum:"json,text" default:"json" help:"How to log: ${enum}."`
}

package server

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
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
	PublicURL      string        `name:"public-url" env:"MCP_PUBLIC_URL" placeholder:"URL" help:"The URL at which clients reach this service. Its host is allowed in requests, and access tokens must be for it."`
	Auth           []string      `env:"MCP_AUTH" placeholder:"WAY" help:"Who may call over HTTP: keys, oauth, or both. none: everybody who reaches the address; it must be said for an address that other machines reach. The default is what is configured."`
	AllowedHosts   []string      `env:"MCP_ALLOWED_HOSTS" placeholder:"HOST" help:"Further Host names that requests may carry, separated by commas; *.example.com stands for all names below."`
	AllowedOrigins []string      `env:"MCP_ALLOWED_ORIGINS" placeholder:"ORIGIN" help:"Origins of web pages that may call this service from a browser, such as https://app.example.com."`
	LegacySessions string        `env:"MCP_LEGACY_SESSIONS" enum:"stateful,off" default:"stateful" help:"Sessions for clients before protocol 2026-07-28: stateful, or off to answer each of their requests by itself (${enum})."`
	SessionIdle    time.Duration `env:"MCP_SESSION_IDLE" default:"30m" help:"End a session after this long without a request."`
	MaxBody        Size          `env:"MCP_MAX_BODY" default:"4MiB" help:"The largest request."`
	MaxResult      Size          `env:"MCP_MAX_RESULT" default:"4MiB" help:"The largest result of a tool, resource or prompt."`
	MaxConcurrency int           `env:"MCP_MAX_CONCURRENCY" default:"64" help:"How many calls of tools, resources and prompts may run at once; more wait their turn."`
	ToolDeadline   time.Duration `env:"MCP_TOOL_DEADLINE" default:"60s" help:"The longest a call of a tool, resource or prompt may take, waiting for its turn included, and for a person's answer not."`
	KeepAlive      time.Duration `env:"MCP_KEEP_ALIVE" default:"15s" help:"Send a comment on a silent event stream this often."`
	Drain          time.Duration `env:"MCP_DRAIN" default:"20s" help:"On SIGTERM, how long calls in flight may take to finish."`
	DrainDelay     time.Duration `env:"MCP_DRAIN_DELAY" default:"0s" help:"On SIGTERM, how long to go on accepting calls while load balancers notice that /readyz fails."`

	MaxConnAge time.Duration `name:"max-conn-age" env:"MCP_MAX_CONN_AGE" default:"0s" help:"End HTTP connections that are older, give or take a tenth, after an answer, so that clients which keep theirs come to new replicas too. 0s: never."`

	APIKey      string `name:"api-key" env:"MCP_API_KEY" hidden:"" secret:"" help:"A key that may do everything."`
	APIKeyFile  string `name:"api-key-file" env:"MCP_API_KEY_FILE" placeholder:"FILE" help:"A file with a key that may do everything; MCP_API_KEY holds the key itself."`
	APIKeysFile string `name:"api-keys-file" env:"MCP_API_KEYS_FILE" placeholder:"FILE" help:"A file of keys, one a line: key=permission,permission or name:sha256:HEX=scope,scope as keygen prints it. It is read again when it changes."`

	OAuthIssuers          []string `name:"oauth-issuer" env:"MCP_OAUTH_ISSUER" placeholder:"URL" help:"An authorization server whose access tokens are accepted. May be repeated."`
	OAuthAudience         string   `name:"oauth-audience" env:"MCP_OAUTH_AUDIENCE" placeholder:"URI" help:"The audience that tokens must be for. The default is this service's own URL."`
	OAuthIntrospectionURL string   `name:"oauth-introspection-url" env:"MCP_OAUTH_INTROSPECTION_URL" placeholder:"URL" help:"Where to ask about tokens that are not JWTs (RFC 7662)."`
	OAuthClientIDFile     string   `name:"oauth-client-id-file" env:"MCP_OAUTH_CLIENT_ID_FILE" placeholder:"FILE" help:"The client id for asking there."`
	OAuthClientSecretFile string   `name:"oauth-client-secret-file" env:"MCP_OAUTH_CLIENT_SECRET_FILE" placeholder:"FILE" help:"The client secret for asking there."`

	RateLimit         string `env:"MCP_RATE_LIMIT" default:"100/s" placeholder:"N/s" help:"How many requests each caller may send: a number per s, m or h, such as 600/m. Twice a second's worth, and at least 10, may come at once; 600/m:50 says how many. off: no limit."`
	RedisURL          string `name:"redis-url" env:"MCP_REDIS_URL" secret:"url" placeholder:"URL" help:"A Redis that shares the rate limits between replicas. Give a URL that holds a password by environment or file."`
	RedisURLFile      string `name:"redis-url-file" env:"MCP_REDIS_URL_FILE" placeholder:"FILE" help:"A file with that URL."`
	CallerConcurrency int    `name:"caller-concurrency" env:"MCP_CALLER_CONCURRENCY" default:"16" help:"How many of them one caller may have running at once; some more wait, the rest are told to try later."`
	MaxSessions       int    `env:"MCP_MAX_SESSIONS" default:"1000" help:"How many sessions of older protocol revisions the process keeps."`
	CallerSessions    int    `name:"caller-sessions" env:"MCP_CALLER_SESSIONS" default:"64" help:"How many of them one caller may have; the one idle longest ends when another is begun."`
	CallerStreams     int    `name:"caller-streams" env:"MCP_CALLER_STREAMS" default:"32" help:"How many standing streams (subscriptions and the like) one caller may hold."`

	MaxSubscriptions    int `name:"max-subscriptions" env:"MCP_MAX_SUBSCRIPTIONS" default:"10000" help:"How many subscriptions to resources the process keeps."`
	CallerSubscriptions int `name:"caller-subscriptions" env:"MCP_CALLER_SUBSCRIPTIONS" default:"1000" help:"How many of them one caller may have."`

	ReadOnly     bool     `env:"MCP_READ_ONLY" help:"Offer only tools that change nothing."`
	Tools        []string `env:"MCP_TOOLS" placeholder:"NAME" help:"Offer only these tools; * stands for any letters, as in get_*."`
	ExcludeTools []string `env:"MCP_EXCLUDE_TOOLS" placeholder:"NAME" help:"Do not offer these tools."`
	Confirm      string   `env:"MCP_CONFIRM" enum:"always,destructive,never" default:"destructive" help:"Which writing tools ask a person before they run: ${enum}. A client that cannot ask is refused."`

	SigningKeyFile string `env:"MCP_SIGNING_KEY_FILE" placeholder:"FILE" help:"Keys that all replicas share, for session ids, cursors and confirmations, one a line, ID:BASE64 or BASE64 of 32 random bytes; the first seals. Without it each process makes its own."`
	ReplicaAddr    string `env:"MCP_REPLICA_ADDR" placeholder:"HOST:PORT" help:"Where the other replicas reach this one, to hand on requests of its sessions: host:port, or an IP address alone, such as its pod's, with the port of --http. Needs --signing-key-file."`

	AuditFile     string `env:"MCP_AUDIT_FILE" placeholder:"FILE" help:"Write the audit lines to this file instead of the log. A file that was moved away is made anew."`
	DebugProtocol bool   `env:"MCP_DEBUG" help:"Log direction, method, id, size and error of each message, and show the last ones at /debug/mcp of the admin listener."`
	OTLPEndpoint  string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" hidden:"" help:"Where traces and metrics are sent, with the other OTEL_ variables."`

	OTLPTracesEndpoint  string `name:"otlp-traces-endpoint" env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" hidden:"" help:"Where traces are sent, if it is another place."`
	OTLPMetricsEndpoint string `name:"otlp-metrics-endpoint" env:"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT" hidden:"" help:"Where metrics are sent, if it is another place."`
	OTLPProtocol        string `name:"otlp-protocol" env:"OTEL_EXPORTER_OTLP_PROTOCOL" hidden:"" help:"How they are sent: http/protobuf."`
	OTLPHeaders         string `name:"otlp-headers" env:"OTEL_EXPORTER_OTLP_HEADERS" hidden:"" secret:"" help:"Headers to send with them, name=value,name=value."`
	OTLPTracesHeaders   string `name:"otlp-traces-headers" env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS" hidden:"" secret:"" help:"Headers for traces alone."`
	OTLPMetricsHeaders  string `name:"otlp-metrics-headers" env:"OTEL_EXPORTER_OTLP_METRICS_HEADERS" hidden:"" secret:"" help:"Headers for metrics alone."`
	OTelTraces          string `name:"otel-traces" env:"OTEL_TRACES_EXPORTER" hidden:"" help:"none: no traces."`
	OTelMetrics         string `name:"otel-metrics" env:"OTEL_METRICS_EXPORTER" hidden:"" help:"none: no metrics but those of the admin listener."`
	OTelDisabled        string `name:"otel-disabled" env:"OTEL_SDK_DISABLED" hidden:"" help:"true: neither."`

	Collector string `env:"GOGC" hidden:"" help:"Set by people who tune Go's garbage collector themselves."`
}

// withDefaults fills the fields that are zero with the defaults of their flags.
// The environment, which a command line reads, has no say here.
func (c Config) withDefaults() Config {
	k, err := kong.New(&c)
	if err == nil {
		for _, f := range k.Model.Flags {
			f.Tag.Envs = nil
			err = errors.Join(err, f.ApplyDefault())
		}
	}
	if err != nil {
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
	if err := c.checkAuth(); err != nil {
		return err
	}
	for _, f := range []struct {
		flag string
		n    int
	}{{"--max-concurrency", c.MaxConcurrency}, {"--caller-concurrency", c.CallerConcurrency},
		{"--max-sessions", c.MaxSessions}, {"--caller-sessions", c.CallerSessions}, {"--caller-streams", c.CallerStreams},
		{"--max-subscriptions", c.MaxSubscriptions}, {"--caller-subscriptions", c.CallerSubscriptions}} {
		if f.n < 1 {
			return fmt.Errorf("%s %d: give at least 1", f.flag, f.n)
		}
	}
	for _, f := range []struct {
		flag string
		d    time.Duration
	}{{"--tool-deadline", c.ToolDeadline}, {"--keep-alive", c.KeepAlive}, {"--session-idle", c.SessionIdle}, {"--drain", c.Drain}} {
		if f.d < time.Millisecond {
			return fmt.Errorf("%s %s: give a duration of at least 1ms, such as 30s", f.flag, f.d)
		}
	}
	if err := c.validateReplica(); err != nil {
		return err
	}
	if c.DrainDelay < 0 {
		return fmt.Errorf("--drain-delay %s: give a duration such as 5s, or 0s for none", c.DrainDelay)
	}
	if c.MaxConnAge < 0 {
		return fmt.Errorf("--max-conn-age %s: give a duration such as 5m, or 0s for any age", c.MaxConnAge)
	}
	return nil
}

// replicaAddr is the replica's address with its port: if it is an IP address
// alone, that of the HTTP listener. Whoever has the address in a variable cannot
// write the brackets that IPv6 needs before a port.
func (c Config) replicaAddr() string {
	ip, err := netip.ParseAddr(c.ReplicaAddr)
	if err != nil {
		return c.ReplicaAddr
	}
	_, port, err := net.SplitHostPort(c.HTTP)
	if err != nil {
		return c.ReplicaAddr
	}
	return net.JoinHostPort(ip.String(), port)
}

// validateReplica checks the address that is sealed into session ids, and that
// the others can open them.
func (c Config) validateReplica() error {
	if c.ReplicaAddr == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(c.replicaAddr())
	if n, _ := strconv.ParseUint(port, 10, 16); err != nil || host == "" || n == 0 {
		return fmt.Errorf("--replica-addr %q: give host:port, such as 10.1.2.3:8080, or an IP address and a port with --http", c.ReplicaAddr)
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		return fmt.Errorf("--replica-addr %q: give the one address at which the other replicas reach this one", c.ReplicaAddr)
	}
	if c.SigningKeyFile == "" {
		return fmt.Errorf("--replica-addr %s: the other replicas need this one's keys: give all of them the same --signing-key-file", c.ReplicaAddr)
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

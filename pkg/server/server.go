package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/metric"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/limit"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/messages"
)

// Service is what a process serves. It may also have any of these methods:
//
//	Ready(ctx context.Context) error              // what /readyz reports; must be cheap. Strangers see the message of a toolerr.Error
//	Doctor(ctx context.Context) []Check           // what the doctor command checks
//	Start(ctx context.Context) error              // called once before a process serves, which an error keeps it from
//	Measure(m metric.Meter) error                 // adds the service's own metrics
//	Watch(ctx context.Context, uri string, changed func()) error
//	Close() error                                 // called once, after the last call has ended
//
// Watch makes resources subscribable: it calls changed after each change of
// uri until ctx ends. It returns once no further change is missed, or with an
// error if uri cannot be watched. A call of changed never waits. It is called
// for each caller who subscribes, whom [auth.CallerFrom] returns, unless the
// service has called [Registry.ShareWatches].
type Service interface {
	Register(*Registry)
}

type readier interface{ Ready(context.Context) error }

type starter interface{ Start(context.Context) error }

type measurer interface{ Measure(metric.Meter) error }

type watcher interface {
	Watch(ctx context.Context, uri string, changed func()) error
}

// Server is a service with the MCP server in front of it. Its methods are safe
// for concurrent use.
type Server struct {
	name   string
	cfg    Config
	log    *slog.Logger
	svc    Service
	reg    *Registry
	mcp    *mcp.Server
	policy *policy
	auth   *auth.Authenticator // nil if everybody may call
	who    func(*http.Request) (*auth.Caller, *auth.Refusal)
	local  *auth.Caller // who calls without HTTP
	open   exchanges
	prints *logging.Fingerprinter
	keys   *seal.Keys
	spent  spent

	meter    *meter
	tracing  *tracing          // nil when no traces are sent
	messages *messages.Log     // nil when the protocol is not debugged
	audits   *logging.AuditLog // nil when audit lines go to the log
	unwell   atomic.Bool       // the last audit line was not written to its file
	refusals [2]refusals       // of strangers, of known callers

	slots    *limit.Slots // for what runs a service's code
	rate     limit.Rate
	limits   *limit.Limiter // of requests over HTTP
	draining atomic.Bool    // readiness is withdrawn
	leaving  atomic.Bool    // idle sessions end with their next request
	drain    *ending        // ends listens and standing streams, with their results
	abort    *ending        // ends calls in flight, at the last moment
	watches  *watches
	roots    *clientRoots // nil unless the service asks for them

	readiness readiness

	relay    *relay // nil without keys that other replicas have
	sessions *sessions
	standing *standing              // streams
	inflight *standing              // requests
	conns    *connections           // over which clients send requests
	keyed    atomic.Pointer[ending] // ends streams that were opened with an API key
}

// New registers svc and returns the server of it. The zero Config is completed
// with the flags' defaults. Registration mistakes (a tool without a scope, a
// wrong struct tag, a name used twice) panic: they are mistakes in the program,
// found by the first test that opens the service.
func New(name string, svc Service, cfg Config, log *slog.Logger) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg.ReplicaAddr = cfg.replicaAddr()
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		name: name, cfg: cfg, log: log, svc: svc,
		prints: logging.NewFingerprinter(),
		slots:  limit.NewSlots(cfg.MaxConcurrency, cfg.CallerConcurrency, auth.Local, auth.Anonymous),
		drain:  newEnding(),
		abort:  newEnding(),
		local:  auth.Everything(auth.Local),

		conns:    &connections{maxAge: cfg.MaxConnAge, lastCall: lastCall},
		sessions: newSessions(cfg.MaxSessions, cfg.CallerSessions),
		standing: newStanding(cfg.CallerStreams, cfg.MaxSessions),
		inflight: newStanding(requestsPerCall*cfg.CallerConcurrency, requestsPerCall*cfg.MaxConcurrency),
	}
	s.keyed.Store(newEnding())
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// prepare makes what depends on the configuration and registers the service.
func (s *Server) prepare() error {
	var err error
	if s.policy, err = newPolicy(s.cfg); err != nil {
		return err
	}
	s.keys = seal.New()
	if s.cfg.SigningKeyFile != "" {
		if s.keys, err = seal.Open(s.cfg.SigningKeyFile, s.log); err != nil {
			return err
		}
		s.relay = newRelay(s.keys, s.name, s.cfg.ReplicaAddr, s.log)
	}
	s.reg = newRegistry(s.name)
	s.reg.relists = s.cfg.HTTP == ""
	s.reg.keys, s.reg.public = s.keys, s.cfg.public()
	if s.reg.choice, err = newChoice(s.cfg); err != nil {
		return err
	}
	s.svc.Register(s.reg)
	s.reg.checkViews()
	if err := s.reg.checkChoice(); err != nil {
		return err
	}
	if err := s.openLimits(); err != nil {
		return err
	}
	if err := s.observe(); err != nil {
		return err
	}
	if s.auth, err = s.openAuth(); err != nil {
		return err
	}
	if s.auth != nil {
		s.who = s.auth.Authenticate
		for _, u := range s.reg.rules {
			u.private = true // what a caller may read, a shared cache may not keep
		}
	} else {
		anonymous := auth.Everything(auth.Anonymous)
		s.who = func(*http.Request) (*auth.Caller, *auth.Refusal) { return anonymous, nil }
	}
	s.reg.guarded, s.reg.who = s.auth != nil, s.who
	s.mcp = s.build()
	return nil
}

// build makes the MCP server from what was registered.
func (s *Server) build() *mcp.Server {
	r := s.reg
	opts := &mcp.ServerOptions{
		Instructions: r.instructions,
		Logger:       slog.New(sdkLog{s.log.Handler()}),
		Capabilities: r.capabilities(),
		SetCacheable: r.setCacheable,
	}
	if len(r.completions) > 0 {
		opts.CompletionHandler = r.complete
	}
	if r.asksRoots {
		s.roots = newClientRoots()
		opts.RootsListChangedHandler = s.roots.changed
	}
	if w, ok := s.svc.(watcher); ok && len(r.resources) > 0 {
		s.watches = newWatches(w, s.cfg, s.log, func(key string) {
			// The error is about one client's connection; the SDK logs it.
			_ = s.mcp.ResourceUpdated(context.Background(), &mcp.ResourceUpdatedNotificationParams{URI: key})
		})
		s.watches.shared = r.sharesWatches
		s.watches.may = func(c *auth.Caller, uri string) bool {
			return c.Grants.Cover(r.need(target{method: methodSubscribe, uris: []string{uri}}))
		}
		opts.SubscribeHandler = func(context.Context, *mcp.SubscribeRequest) error { return nil }
		opts.UnsubscribeHandler = s.watches.unsubscribe
	}
	srv := mcp.NewServer(s.implementation(), opts)
	// One call: the SDK puts a later call's middleware outside of an earlier one's.
	srv.AddReceivingMiddleware(s.middleware()...)
	if s.watches != nil {
		srv.AddSendingMiddleware(s.watches.fan)
	}
	r.attach(s, srv)
	return srv
}

// middleware is what every request passes, outermost first, by whichever way it
// reaches its handler.
func (s *Server) middleware() []mcp.Middleware {
	m := []mcp.Middleware{s.operation, s.auditReads, s.gate, s.authorize, s.signsIn, s.bounded, s.endable, s.seated, s.rooted, s.resolveTool, s.sifted, s.viewed, s.listed}
	if s.watches != nil {
		m = append(m, s.subscriptions)
	}
	return m
}

// implementation is what the server calls itself, in few words: clients send it on.
func (s *Server) implementation() *mcp.Implementation {
	return &mcp.Implementation{Name: "mcp-" + s.name, Title: s.reg.title, Version: Version()}
}

// Connect serves one session over t, in this process. The session ends when its
// client closes it.
func (s *Server) Connect(ctx context.Context, t mcp.Transport) (*mcp.ServerSession, error) {
	return s.mcp.Connect(ctx, t, nil)
}

// Close ends subscriptions and closes the service. Transports are ended by
// whoever started them, before.
func (s *Server) Close() error {
	s.drain.end()
	s.abort.end()
	s.sessions.close()
	if s.watches != nil {
		s.watches.close()
	}
	var err error
	if c, ok := s.svc.(io.Closer); ok {
		err = c.Close()
	}
	return errors.Join(err, s.release())
}

// release gives back what prepare has taken, as far as it came.
func (s *Server) release() error {
	var err error
	if s.relay != nil {
		s.relay.close()
	}
	if s.auth != nil {
		err = s.auth.Close()
	}
	if s.keys != nil {
		err = errors.Join(err, s.keys.Close())
	}
	if s.limits != nil {
		s.limits.Close()
	}
	s.flush()
	return errors.Join(err, s.closeAudit())
}

// Ready reports why the service cannot take calls now, or nil. What the service
// says of itself is up to a second old.
func (s *Server) Ready(ctx context.Context) error {
	if s.draining.Load() {
		return errDraining
	}
	if r, ok := s.svc.(readier); ok {
		return s.readiness.of(ctx, s.log, r.Ready)
	}
	return nil
}

// sdkLog takes what the SDK logs as debugging: a notice for each connection, and
// a stateless request is one, or a complaint about what a client sent, which any
// client could fill the log with. Failures come back from the SDK as errors.
type sdkLog struct{ slog.Handler }

func (h sdkLog) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.Handler.Enabled(ctx, slog.LevelDebug)
}

func (h sdkLog) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return h.Handler.Handle(ctx, r)
}

func (h sdkLog) WithAttrs(attrs []slog.Attr) slog.Handler { return sdkLog{h.Handler.WithAttrs(attrs)} }

func (h sdkLog) WithGroup(name string) slog.Handler { return sdkLog{h.Handler.WithGroup(name)} }

package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

type serveCmd[C any] struct {
	Common  Config `embed:""`
	Service C      `embed:""`
}

func (c *serveCmd[C]) Run(in *invocation[C]) error {
	if err := c.Common.validate(); err != nil {
		return err
	}
	p := in.p
	limitMemory(p.log)
	tuneCollector(c.Common.Collector != "")
	logTelemetry(p.log)

	svc, err := in.open(in.ctx, c.Service, p.log)
	if err != nil {
		return err
	}
	s, err := New(p.name, svc, c.Common, p.log)
	if err != nil {
		return err
	}
	if st, ok := svc.(starter); ok {
		err = st.Start(in.ctx)
	}
	switch {
	case err != nil:
	case c.Common.HTTP != "":
		err = s.serveHTTP(in.ctx, nil)
	default:
		err = s.serveStdio(in.ctx, p)
	}
	return errors.Join(err, s.Close())
}

// serveStdio is stdio with the admin listener beside it, if there is one.
func (s *Server) serveStdio(ctx context.Context, p *process) error {
	if s.cfg.Admin != "" {
		l, err := listenFor("--admin", s.cfg.Admin)
		if err != nil {
			return err
		}
		admin := s.newHTTPServer(s.AdminHandler())
		go admin.Serve(l)
		defer admin.Close()
	}
	return s.ServeStdio(ctx, p.stdin, p.stdout)
}

// listenFor opens the address that a flag has.
func listenFor(flag, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: %w: end the program that has it, or give another port", flag, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return l, nil
}

// serveHTTP listens until ctx ends and then drains. listening, if it is not nil,
// is told the address.
func (s *Server) serveHTTP(ctx context.Context, listening func(addr string)) error {
	public, err := listenFor("--http", s.cfg.HTTP)
	if err != nil {
		return err
	}
	defer public.Close()
	servers := []*http.Server{s.newHTTPServer(s.Handler())}
	s.conns.account(servers[0])
	listeners := []net.Listener{public}
	if s.cfg.Admin != "" {
		admin, err := listenFor("--admin", s.cfg.Admin)
		if err != nil {
			return err
		}
		servers, listeners = append(servers, s.newHTTPServer(s.AdminHandler())), append(listeners, admin)
	}
	failed := make(chan error, len(servers))
	for i, srv := range servers {
		go func() {
			if err := srv.Serve(listeners[i]); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	s.log.Info("serving", "url", "http://"+public.Addr().String()+"/mcp", "version", Version())
	if len(listeners) > 1 {
		s.log.Info("serving operators", "url", "http://"+listeners[1].Addr().String()+"/metrics")
	}
	s.logAuth(s.log)
	if listening != nil {
		listening(public.Addr().String())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	s.drainHTTP(servers, public)
	return err
}

// drainHTTP ends the servers in the order that loses nothing: readiness first,
// and with it each connection that is answered on, then sessions, then streams
// and new connections, then calls in flight and what clients send on the
// connections that they still have.
func (s *Server) drainHTTP(servers []*http.Server, public net.Listener) {
	began := time.Now()
	s.draining.Store(true)
	s.log.Info("draining", "delay", s.cfg.DrainDelay.String(), "limit", s.cfg.Drain.String())
	last := min(s.cfg.DrainDelay/4, time.Second)
	<-time.After(s.cfg.DrainDelay - last)
	s.leaving.Store(true)
	<-time.After(last)
	s.drain.end()
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Drain)
	defer cancel()
	public.Close()
	s.conns.leave(ctx, began)
	if err := servers[0].Shutdown(ctx); err != nil {
		s.log.Warn("calls were still running at the end of the drain and are cancelled")
		s.abort.end()
		ctx, cancel := context.WithTimeout(context.Background(), abortGrace)
		defer cancel()
		// What has not ended by now ends with the process.
		_ = servers[0].Shutdown(ctx)
	}
	for _, srv := range servers {
		srv.Close()
	}
}

// abortGrace is how long cancelled calls have to answer that they were.
const abortGrace = 2 * time.Second

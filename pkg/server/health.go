package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/pprof"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var errDraining = errors.New("shutting down")

// health adds the endpoints that probes ask. They answer any Host, because a
// probe uses the address of the pod. Liveness touches nothing: a process that
// answers is alive.
func (s *Server) health(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		answerHealth(w, http.StatusOK, health{Status: "ok"})
	})
	ready := func(w http.ResponseWriter, r *http.Request) {
		status, h := s.state(r.Context())
		answerHealth(w, status, h)
	}
	mux.HandleFunc("GET /readyz", ready)
	mux.HandleFunc("GET /health", ready)
}

// health is what is told of a process's health.
type health struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

const (
	stateReady   = "ready"
	stateUnready = "not ready"
)

// state is what anybody may know of whether the service takes calls, and the HTTP
// status that says so.
func (s *Server) state(ctx context.Context) (int, health) {
	err := s.Ready(ctx)
	var told *toolerr.Error
	switch {
	case err == nil:
		return http.StatusOK, health{stateReady, s.limitsDetail()}
	case errors.Is(err, errDraining):
		return http.StatusServiceUnavailable, health{stateUnready, err.Error()}
	case errors.As(err, &told) && told.Code != toolerr.Internal:
		return http.StatusServiceUnavailable, health{stateUnready, told.Message} // it is made for callers
	}
	// What else the service says may name hosts and files: it is for the log.
	return http.StatusServiceUnavailable, health{stateUnready, "the service is not ready; its log says why"}
}

func answerHealth(w http.ResponseWriter, status int, h health) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A prober that hung up does not need the rest.
	_ = json.NewEncoder(w).Encode(h)
}

// AdminHandler returns the handler of the admin listener: metrics, health, pprof
// and, if the protocol is debugged, its last messages. It has no authentication and belongs on an address that only
// operators reach.
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	s.health(mux)
	mux.Handle("GET /metrics", s.meter.handler())
	if s.messages != nil {
		mux.Handle("GET /debug/mcp", s.messages)
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return s.outermost(mux)
}

package server

import (
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
		answerHealth(w, http.StatusOK, "ok", "")
	})
	ready := func(w http.ResponseWriter, r *http.Request) {
		err := s.Ready(r.Context())
		var told *toolerr.Error
		switch {
		case err == nil:
			answerHealth(w, http.StatusOK, "ready", s.limitsDetail())
		case errors.Is(err, errDraining):
			answerHealth(w, http.StatusServiceUnavailable, "not ready", err.Error())
		case errors.As(err, &told) && told.Code != toolerr.Internal:
			answerHealth(w, http.StatusServiceUnavailable, "not ready", told.Message) // it is made for callers
		default:
			// What else the service says may name hosts and files: it is for the log.
			answerHealth(w, http.StatusServiceUnavailable, "not ready", "the service is not ready; its log says why")
		}
	}
	mux.HandleFunc("GET /readyz", ready)
	mux.HandleFunc("GET /health", ready)
}

func answerHealth(w http.ResponseWriter, status int, state, detail string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A prober that hung up does not need the rest.
	_ = json.NewEncoder(w).Encode(struct {
		Status string `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{state, detail})
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

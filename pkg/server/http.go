package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	writeTimeout  = 30 * time.Second
	refuseTimeout = 2 * time.Second // for the rest of a body that is not wanted
	maxHeader     = 64 << 10
)

// newHTTPServer returns an http.Server with the time limits of the fleet. There
// is no write timeout for the whole of an answer: a stream lives as long as its
// client. Each write has one of its own.
func (s *Server) newHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Handler returns the public HTTP handler: POST /mcp and what older protocol
// revisions need on the same path, GET /, the health endpoints, and the routes of
// the service.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.health(mux)
	mux.Handle("/mcp", s.watched(s.policy.enforce(s.authenticate(newDispatcher(s)), s.refused)))
	if s.auth != nil {
		// Alone and before the path of the resource (RFC 9728 section 3.1): which
		// path clients see is up to the proxies in between.
		mux.HandleFunc("GET "+auth.MetadataPath, s.metadata)
		mux.HandleFunc("GET "+auth.MetadataPath+"/{path...}", s.metadata)
	}
	mux.HandleFunc("GET /{$}", s.newFront())
	s.routes(mux)
	return s.traced(mux, s.outermost(mux))
}

// outermost gives each request its correlation id, writes the access log and
// contains panics.
func (s *Server) outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := requestID(r.Header)
		r.Header.Set("X-Request-Id", id)
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		start := time.Now()
		if s.parting(r, start) {
			// A proxy must not send its next request on a connection that is about to close.
			w.Header().Set("Connection", "close")
		}
		rc := http.NewResponseController(w)
		// Errors mean that the connection has no deadlines, as in tests.
		_ = rc.SetWriteDeadline(time.Time{})
		if r.ContentLength != 0 {
			// To keep the connection, net/http reads on in a body that nobody has read,
			// before it answers and after: not for long, and not at all if it can.
			w.Header().Set("Connection", "close")
			_ = rc.SetReadDeadline(start.Add(refuseTimeout))
		}
		debug := s.log.Enabled(r.Context(), slog.LevelDebug)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { // net/http's own way to drop a connection
					panic(p)
				}
				s.log.Error("panic", "route", r.Pattern, "correlation_id", id, "error", panicked(p))
				refuse(w, http.StatusInternalServerError, "internal error; the log has it under "+id)
			}
			if debug {
				// The route, not the path: whoever sends it chooses that.
				s.log.Debug("request", "method", r.Method, "route", r.Pattern, "remote", r.RemoteAddr,
					"correlation_id", id, "duration_ms", float64(time.Since(start).Microseconds())/1000)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// metadata says where clients get credentials (RFC 9728).
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	if err := s.policy.host(r); err != nil {
		refuse(w, http.StatusForbidden, err.Error())
		return
	}
	s.auth.ServeMetadata(w, r)
}

// readBody reads a request's body, which must come within its time and size.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	// An error means that the connection has no deadlines, as in tests.
	_ = rc.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.cfg.MaxBody)))
	if err == nil {
		// A body that is late keeps its deadline: net/http still reads what is
		// left of it before it closes the connection.
		_ = rc.SetReadDeadline(time.Time{})
		if !s.parting(r, time.Now()) {
			w.Header().Del("Connection")
		}
	}
	return body, err
}

// withBody returns r with a body that was read before.
func withBody(r *http.Request, body []byte) *http.Request {
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// timedWriter is a response whose client must take each part of it in time.
type timedWriter struct{ http.ResponseWriter }

// Write passes p on.
func (w timedWriter) Write(p []byte) (int, error) {
	inTime(w.ResponseWriter)
	return w.ResponseWriter.Write(p)
}

// Unwrap serves [http.ResponseController].
func (w timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// inTime bounds how long the next write may take.
func inTime(w http.ResponseWriter) {
	// An error means that the connection has no deadlines, as in tests.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
}

// refuseBody answers a request whose body could not be read.
func (s *Server) refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Connection", "close")
	if tooBig := new(http.MaxBytesError); errors.As(err, &tooBig) {
		s.refused(r, refusedTooLarge, target{})
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the request body is above the limit of %d bytes", tooBig.Limit))
		return
	}
	refuse(w, http.StatusBadRequest, "the request body did not arrive whole")
}

// refuse answers with a JSON-RPC error that belongs to no request.
func refuse(w http.ResponseWriter, status int, message string) {
	refuseCode(w, status, codeOf(status), message)
}

func refuseCode(w http.ResponseWriter, status int, code int64, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(errorBody(code, message), '\n'))
}

// refuseBusy refuses a request because something is full or used up, and says
// when to come again.
func refuseBusy(w http.ResponseWriter, status int, after time.Duration, message string) {
	e := toolerr.New(toolerr.RateLimited, "%s", message).After(after)
	body, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": nil,
		"error": map[string]any{"code": codeOf(status), "message": message, "data": json.RawMessage(toolerr.Payload(e, ""))},
	})
	if err != nil {
		panic(err) // a number and strings
	}
	w.Header().Set("Retry-After", strconv.FormatInt(seconds(after), 10))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// seconds is a time to wait as headers say it, rounded up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// codeOf is the JSON-RPC code of a refusal with an HTTP status.
func codeOf(status int) int64 {
	if status >= 500 {
		return jsonrpc.CodeInternalError
	}
	return jsonrpc.CodeInvalidRequest
}

// errorBody is a JSON-RPC error that belongs to no request.
func errorBody(code int64, message string) []byte {
	body, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": nil,
		"error": map[string]any{"code": code, "message": message},
	})
	if err != nil {
		panic(err) // a number and a string
	}
	return body
}

// Package githubtest stands in for GitHub's API in tests: it answers what a test
// tells it to, keeps what it was asked, and fails the test for a request that
// nobody expected.
package githubtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Request is one that the server has had.
type Request struct {
	Method string
	// Path holds the query too: /repos/octocat/hello/issues?state=open.
	Path   string
	Header http.Header
	Body   string
}

// Server is a GitHub that a test scripts. It is safe for concurrent use.
type Server struct {
	// URL is what GITHUB_API_URL is set to.
	URL string

	mu       sync.Mutex
	requests []Request
	mux      *http.ServeMux
}

// New returns a server that ends with the test and answers nothing yet.
func New(t testing.TB) *Server {
	s := &Server{mux: http.NewServeMux()}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("GitHub was asked %s %s, which the test does not expect", r.Method, r.URL)
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
	})
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)})
		s.mu.Unlock()
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(ts.Close)
	s.URL = ts.URL
	return s
}

// Handle has h answer a pattern of http.ServeMux: "GET /repos/octocat/hello".
func (s *Server) Handle(pattern string, h http.HandlerFunc) { s.mux.HandleFunc(pattern, h) }

// JSON answers a pattern with a body, and with further header fields as name and
// value in turn.
func (s *Server) JSON(pattern string, status int, body string, header ...string) {
	s.Handle(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// Requests returns what the server was asked, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

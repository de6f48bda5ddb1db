package server

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestProbe(t *testing.T) {
	const token, wrong = "t0k3n-of-a-test", "another-t0k3n-of-a-test"
	file := private(t)
	key := file("key", token)
	open, keyed := newRig(t, Config{}), newRig(t, Config{APIKeyFile: key})
	stateless := newRig(t, Config{LegacySessions: "off"})
	down := newRig(t, Config{})
	down.draining.Store(true)
	at := func(r *rig, path string) string { return strings.TrimSuffix(r.url, "/mcp") + path }
	// older answers as a service does that knows only protocols with sessions.
	h := open.Handler()
	older := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Mcp-Protocol-Version") >= statelessSince {
			http.Error(w, "Bad Request: unsupported protocol version", http.StatusBadRequest)
			return
		}
		h.ServeHTTP(w, r)
	}))
	defer older.Close()
	moved := httptest.NewServer(http.RedirectHandler(at(open, "/readyz"), http.StatusFound))
	defer moved.Close()
	nobody := "http://127.0.0.1:1"

	for _, tt := range []struct {
		name    string
		environ []string // of the process, name and value
		argv    []string
		status  int
		want    string // on stdout if the status is 0, else on stderr
	}{
		{"alive", nil, []string{at(open, "/livez")}, 0, "ok " + at(open, "/livez") + ": ok\n"},
		{"ready", nil, []string{at(open, "/readyz")}, 0, "/readyz: ready\n"},
		{"healthy", nil, []string{at(open, "/health")}, 0, "/health: ready\n"},
		{"the default", []string{"MCP_HTTP_ADDR", strings.TrimPrefix(at(open, ""), "http://")}, nil, 0, "/readyz: ready\n"},
		{"the default of all interfaces", []string{"MCP_HTTP_ADDR", strings.Replace(strings.TrimPrefix(at(open, ""), "http://"), "127.0.0.1", "", 1)}, nil, 0, "ok " + at(open, "/readyz")},
		{"no default", []string{"MCP_HTTP_ADDR", ""}, nil, 1, "give a URL, or the address that the service listens on in MCP_HTTP_ADDR"},
		{"not ready", nil, []string{at(down, "/readyz")}, 1, "/readyz: the service answers 503 Service Unavailable: not ready: shutting down\n"},
		{"alive although not ready", nil, []string{at(down, "/livez")}, 0, "ok"},
		{"no such path", nil, []string{at(open, "/healthz")}, 1, "/healthz: the service answers 404 Not Found: it says nothing more\n"},
		{"elsewhere", nil, []string{moved.URL + "/readyz"}, 1, "/readyz: the service answers 302 Found"},
		{"nobody", nil, []string{nobody + "/readyz"}, 1, nobody + "/readyz: dial tcp 127.0.0.1:1: connect: connection refused\n"},

		{"a service", nil, []string{open.url}, 0, "ok " + open.url + ": mcp-demo devel, protocol 2026-07-28\n"},
		{"a service, with a session", nil, []string{open.url, "--era", "legacy"}, 0, "mcp-demo devel, protocol 2025-11-25\n"},
		{"a service, both ways", nil, []string{keyed.url, "--era", "both", "--token-file", key}, 0, "mcp-demo devel, protocol 2026-07-28 and 2025-11-25\n"},
		{"an older service", nil, []string{older.URL + "/mcp"}, 1, "it speaks protocol 2025-11-25, not 2026-07-28\n"},
		{"an older service, with a session", nil, []string{older.URL + "/mcp", "--era", "legacy"}, 0, "protocol 2025-11-25\n"},
		{"a service without sessions", nil, []string{stateless.url, "--era", "both"}, 0, "protocol 2026-07-28 and 2025-11-25\n"},
		{"a token from the environment", []string{"MCP_PROBE_TOKEN", token + "\n"}, []string{keyed.url}, 0, "protocol 2026-07-28\n"},
		{"no token", nil, []string{keyed.url}, 1, "401 Unauthorized: it wants a credential"},
		{"no token, with a session", nil, []string{keyed.url, "--era", "legacy"}, 1, "401 Unauthorized: it wants a credential"},
		{"a wrong token", []string{"MCP_PROBE_TOKEN", wrong}, []string{keyed.url}, 1, "401 Unauthorized: the key or token in MCP_PROBE_TOKEN is unknown"},
		{"a file before the environment", []string{"MCP_PROBE_TOKEN", wrong}, []string{keyed.url, "--token-file", key}, 0, "ok"},
		{"no such file", nil, []string{keyed.url, "--token-file", key + "-none"}, 1, "--token-file: open"},
		{"no service", nil, []string{nobody + "/mcp"}, 1, "connection refused"},
		{"no service there", nil, []string{at(open, "/files/mcp")}, 1, "no MCP service is at"},

		{"strangers are refused", []string{"MCP_PROBE_TOKEN", token}, []string{keyed.url, "--unauthorized"}, 0, "it refuses a request without a credential\n"},
		{"strangers are let in", nil, []string{open.url, "--unauthorized"}, 1, "to a request without a credential, not 401\n"},
		{"strangers are refused, and nobody is there", nil, []string{nobody + "/mcp", "--unauthorized"}, 1, "connection refused\n"},
		{"strangers with a token", nil, []string{keyed.url, "--unauthorized", "--token-file", key}, 1, "leave out --token-file"},

		{"a host", nil, []string{"127.0.0.1:8080/readyz"}, 1, "give a whole URL"},
		{"another scheme", nil, []string{"ftp://h/mcp"}, 1, "give a whole URL"},
		{"a password in the URL", nil, []string{"http://user:" + token + "@127.0.0.1:1/mcp"}, 1, "connection refused"},
		{"a token on the command line", nil, []string{keyed.url, "--token", token}, 2, "set MCP_PROBE_TOKEN instead, or give --token-file"},
		{"an era of a health endpoint", nil, []string{at(open, "/livez"), "--era", "both"}, 1, "go with the URL of a service"},
		{"no time", nil, []string{at(open, "/livez"), "--timeout", "0s"}, 1, "--timeout 0s: give a duration"},
		{"no such era", nil, []string{open.url, "--era", "new"}, 2, "must be one of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := 0; i < len(tt.environ); i += 2 {
				t.Setenv(tt.environ[i], tt.environ[i+1])
			}
			status, stdout, stderr := command(t, nil, append([]string{"probe"}, tt.argv...)...)
			said, silent := stdout, stderr
			if status != 0 {
				said, silent = stderr, stdout
			}
			if status != tt.status || !strings.Contains(said, tt.want) || silent != "" || strings.Contains(stdout+stderr, token) || strings.Contains(stderr, wrong) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
			}
		})
	}
}

// TestProbeHasATime probes what accepts connections and says nothing.
func TestProbeHasATime(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var held []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
				break
			}
			held = append(held, c)
		}
		for _, c := range held {
			c.Close()
		}
	}()
	for _, argv := range [][]string{{"/readyz"}, {"/mcp"}, {"/mcp", "--era", "legacy"}, {"/mcp", "--unauthorized"}} {
		argv[0] = "http://" + l.Addr().String() + argv[0]
		status, _, stderr := command(t, nil, append([]string{"probe", "--timeout", "50ms"}, argv...)...)
		if status != 1 || !strings.Contains(stderr, argv[0]+": no answer within 50ms\n") {
			t.Errorf("%v: status %d\nstderr: %s", argv, status, stderr)
		}
	}
	l.Close()
	<-ended
}

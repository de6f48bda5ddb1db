//go:build e2e

package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// modest fails the test if the process has ever used more memory than limit.
func (s *server) modest(t *testing.T, limit int64)  { t.Helper(); modest(t, s.Process, limit) }
func (s *session) modest(t *testing.T, limit int64) { t.Helper(); modest(t, s.Process, limit) }

func modest(t *testing.T, p *proc.Process, limit int64) {
	t.Helper()
	most, err := p.PeakMemory()
	if err != nil {
		t.Fatal(err)
	}
	if most > limit {
		t.Errorf("the process has used %d MiB, more than %d MiB", most>>20, limit>>20)
	}
}

// dial opens a connection to write what no HTTP client would.
func (s *server) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// head is the beginning of a call, up to and without the empty line.
func (s *server) head(more string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST /mcp HTTP/1.1\r\nHost: %s\r\n", s.address())
	for k, v := range headers {
		fmt.Fprintf(&b, "%s: %s\r\n", k, v)
	}
	return b.String() + more
}

func TestHugeRequests(t *testing.T) {
	t.Parallel()
	const size, piece = 100 << 20, 1 << 20
	x := strings.Repeat("x", piece)
	for _, h := range []struct {
		name, head, piece string
		status            int
	}{
		{"Content-Length", fmt.Sprintf("Content-Length: %d\r\n\r\n", size), x, http.StatusRequestEntityTooLarge},
		{"chunked", "Transfer-Encoding: chunked\r\n\r\n", fmt.Sprintf("%x\r\n%s\r\n", piece, x), http.StatusRequestEntityTooLarge},
		{"a header", "X-Long: ", x, http.StatusRequestHeaderFieldsTooLarge},
		{"many headers", "", strings.Repeat("X: y\r\n", piece/6), http.StatusRequestHeaderFieldsTooLarge},
	} {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			conn := s.dial(t)
			if _, err := io.WriteString(conn, s.head(h.head)); err != nil {
				t.Fatal(err)
			}
			// The server may hang up in the middle: what it answers decides.
			go func() {
				for range size / piece {
					if _, err := io.WriteString(conn, h.piece); err != nil {
						return
					}
				}
			}()
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != h.status {
				t.Errorf("answered with %s", res.Status)
			}
			s.works(t)
			s.modest(t, 96<<20)
		})
	}
}

func TestHostileBodies(t *testing.T) {
	t.Parallel()
	s := serve(t)
	batch := "[" + strings.TrimSuffix(strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, 90_000), ",") + "]"
	for _, h := range []struct{ name, version, body string }{
		{"arrays", "2026-07-28", strings.Repeat("[", 100_000)},
		{"objects", "2026-07-28", strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)},
		{"a batch", "2026-07-28", batch},
		{"a batch of the revision that has them", "2025-03-26", batch},
		{"garbage", "2026-07-28", "}{garbage"},
		{"nothing", "2026-07-28", ""},
	} {
		t.Run(h.name, func(t *testing.T) {
			req := s.request(t, h.body)
			req.Header.Set("Mcp-Protocol-Version", h.version)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if text, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusBadRequest || len(text) > 1<<10 {
				t.Errorf("answered with %s: %.500s, %v", res.Status, text, err)
			}
			s.works(t)
			s.modest(t, 192<<20)
		})
	}
}

// Batches are of a revision that the server still speaks: it runs them, and
// nobody else waits for that.
func TestBatchFlood(t *testing.T) {
	t.Parallel()
	const floods, calls = 32, 100
	s := serve(t, "--rate-limit", "off")
	var batch strings.Builder
	for i := range calls {
		fmt.Fprintf(&batch, `,{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"calculate","arguments":{"expression":"6*7"}}}`, i)
	}
	body := "[" + batch.String()[1:] + "]"
	statuses := make(chan string, floods)
	for range floods {
		req := s.request(t, body)
		req.Header.Set("Mcp-Protocol-Version", "2025-03-26")
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				statuses <- err.Error()
				return
			}
			defer res.Body.Close()
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				statuses <- err.Error()
				return
			}
			statuses <- res.Status
		}()
		s.works(t)
	}
	for range floods {
		if got := <-statuses; got != "200 OK" {
			t.Errorf("a batch is answered with %s", got)
		}
	}
	s.works(t)
	s.modest(t, 256<<20)
}

func TestEvilOriginAndHost(t *testing.T) {
	t.Parallel()
	s := serve(t)
	_, port, err := net.SplitHostPort(s.address())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []struct {
		name, host string
		header     http.Header
		status     int
	}{
		{"another site", "", http.Header{"Origin": {"https://evil.example"}}, http.StatusForbidden},
		{"a name that begins like ours", "", http.Header{"Origin": {"http://127.0.0.1.evil.example"}}, http.StatusForbidden},
		{"another port of this machine", "", http.Header{"Origin": {"http://127.0.0.1:1"}}, http.StatusForbidden},
		{"a sandboxed page", "", http.Header{"Origin": {"null"}}, http.StatusForbidden},
		{"no Origin but cross-site", "", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		{"a rebound name", "evil.example:" + port, nil, http.StatusForbidden},
		{"a rebound name, same origin", "evil.example:" + port, http.Header{"Origin": {"http://evil.example:" + port}}, http.StatusForbidden},
		{"a name with ours in it", "127.0.0.1.evil.example", nil, http.StatusForbidden},
		{"this machine's name", "localhost:" + port, nil, http.StatusOK},
		{"its own page", "", http.Header{"Origin": {"http://127.0.0.1:" + port}}, http.StatusOK},
	} {
		t.Run(h.name, func(t *testing.T) {
			req := s.request(t, callMessage(1, "6 * 7", ""))
			req.Host = h.host
			for k, v := range h.header {
				req.Header[k] = v
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != h.status {
				t.Errorf("answered with %s: %s, %v", res.Status, body, err)
			}
			if computed := strings.Contains(string(body), `"42"`); computed != (h.status == http.StatusOK) {
				t.Errorf("the answer is %s", body)
			}
			if got := res.Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("pages of %s may read the answer", got)
			}
			s.works(t)
		})
	}
}

// A request that is begun and not finished is given up, and keeps nobody
// waiting meanwhile. All kinds wait at once: the time they are given is long.
func TestUnfinishedRequests(t *testing.T) {
	t.Parallel()
	const each = 20
	kinds := []struct{ name, begin, trickle, answer string }{
		{"a silent body", "Content-Length: 200\r\n\r\n{", "", "HTTP/1.1 400 "},
		{"a body byte by byte", "Content-Length: 200000\r\n\r\n{", " ", "HTTP/1.1 400 "},
		{"a silent chunk", "Transfer-Encoding: chunked\r\n\r\n100\r\n{", "", "HTTP/1.1 400 "},
		{"silent headers", "X-A: b\r\n", "", ""},
		{"headers one by one", "", "X-A: b\r\n", ""},
	}
	s := serve(t)
	var all sync.WaitGroup
	for _, k := range kinds {
		for range each {
			conn := s.dial(t)
			if _, err := io.WriteString(conn, s.head(k.begin)); err != nil {
				t.Fatal(err)
			}
			if k.trickle != "" {
				go trickle(t, conn, k.trickle)
			}
			all.Go(func() {
				if got := readToEnd(conn); !strings.HasPrefix(got, k.answer) || k.answer == "" && got != "" {
					t.Errorf("%s was given up with %q; want %q", k.name, got, k.answer)
				}
			})
		}
	}
	s.works(t)
	all.Wait()
	s.works(t)
	s.modest(t, 96<<20)
}

// readToEnd reads until the server hangs up, and notes it if it does not.
func readToEnd(conn net.Conn) string {
	got, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Sprintf("%v after %q", err, got)
	}
	return string(got) // hanging up on unread bytes is a reset
}

// trickle writes text again and again until the connection is closed.
func trickle(t *testing.T, conn net.Conn, text string) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			return
		}
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
	}
}

// Clients that hang up stop what they asked for: it would take a minute to
// compute it all.
func TestHangUpDuringCalls(t *testing.T) {
	t.Parallel()
	const conns = 200
	s := serve(t, "--keep-alive", "10ms", "--timeout", "10s")
	expression, _ := lasting(20)
	var all sync.WaitGroup
	for i := range conns {
		conn := s.dial(t)
		token := ""
		if i%2 == 0 {
			token = "token"
		}
		body := callMessage(1, expression, token)
		all.Go(func() {
			defer conn.Close()
			if _, err := fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", s.head(""), len(body), body); err != nil {
				t.Error(err)
			}
			if token != "" {
				signOfLife(t, conn)
			}
		})
	}
	all.Wait()
	s.works(t)
	// Not all: a call whose client is gone before it begins is not one.
	records, err := s.Await(wait(t), "tool call", conns*3/4)
	if err != nil {
		t.Fatal(err)
	}
	cancelled := 0
	for _, r := range records {
		if r.Text("outcome") == "CANCELLED" {
			cancelled++
		}
	}
	if cancelled < conns/2 {
		t.Errorf("%d of %d calls were cancelled: %v", cancelled, len(records), records)
	}
	s.works(t)
	s.modest(t, 512<<20)
}

// signOfLife reads until the server has sent the first comment of a stream,
// which it does while it computes or waits to.
func signOfLife(t *testing.T, conn net.Conn) {
	lines := bufio.NewScanner(conn)
	var seen []string
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), ":") {
			return
		}
		seen = append(seen, lines.Text())
	}
	t.Errorf("no sign of life in %q: %v", slices.Clip(seen), lines.Err())
}

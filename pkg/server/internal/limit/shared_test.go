package limit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns a limiter and its log.
func open(t *testing.T, rate, url string) (*Limiter, *journal) {
	t.Helper()
	j := newJournal()
	l, err := Open(mustRate(t, rate), "calculator", url, slog.New(j))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l, j
}

// await waits until the log has one more record.
func (j *journal) await(t *testing.T) {
	t.Helper()
	select {
	case <-j.more:
	case <-time.After(time.Minute):
		t.Fatalf("nothing more in the log after %q", j.taken())
	}
}

// degraded fails the test unless the limiter is on its own, for the reason.
func degraded(t *testing.T, l *Limiter, why string) {
	t.Helper()
	if shared, _, reason := l.State(); shared || reason != why {
		t.Errorf("shared %t, because %q; want %q", shared, reason, why)
	}
}

// gate passes connections on, unless it is shut, when it is silent.
type gate struct {
	net.Listener
	to   string
	shut sync.RWMutex
}

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{Listener: l, to: to}
	var all sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			all.Go(func() { g.pass(in, out) })
			all.Go(func() { g.pass(out, in) })
		}
	})
	return g
}

func (g *gate) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		g.shut.RLock()
		_, err = to.Write(buf[:n])
		g.shut.RUnlock()
		if err != nil {
			return
		}
	}
}

func (g *gate) url() string { return "redis://" + g.Addr().String() }

func TestSharedBucket(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	m.SetTime(time.Unix(1_800_000_000, 123_457_000))
	url := "redis://" + m.Addr() + "/3"
	a, _ := open(t, "10/s:5", url)
	b, _ := open(t, "10/s:5", url)
	if got := take(a, "alice@example.com", 3) + take(b, "alice@example.com", 20); got != 5 {
		t.Errorf("%d granted by two, want 5", got)
	}
	if ok, wait := b.Take(t.Context(), "alice@example.com", 1); ok || wait <= 0 || wait > 100*time.Millisecond {
		t.Errorf("an empty bucket: %t, %s", ok, wait)
	}
	if got := take(a, "bob@example.com", 20); got != 5 {
		t.Errorf("%d granted to another, want 5", got)
	}

	m.SetTime(time.Unix(1_800_000_000, 323_457_000))
	if got := take(a, "alice@example.com", 20); got != 2 {
		t.Errorf("%d granted after 200 ms, want 2", got)
	}
	m.SetTime(time.Unix(1_700_000_000, 0))
	if got := take(b, "carol@example.com", 20); got != 5 {
		t.Errorf("%d granted after the clock was set back, want 5", got)
	}

	buckets := regexp.MustCompile(`^mcpfleet:calculator:rate:([\w-]{22}|probe)$`)
	keys := m.DB(3).Keys()
	if len(keys) != 4 {
		t.Errorf("keys %q: want those of three buckets and of the probe", keys)
	}
	for _, key := range keys {
		if ttl := m.DB(3).TTL(key); !buckets.MatchString(key) || ttl <= 0 || ttl > 501*time.Millisecond {
			t.Errorf("%s is kept for %s; a full bucket is needless", key, ttl)
		}
	}
}

func TestRedisNotThere(t *testing.T) {
	t.Parallel()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for url, why := range map[string]string{
		"redis://:canary@" + gone.Addr().String():       "nothing listens at the address of Redis",
		"redis://:canary@" + silent.Addr().String():     "Redis does not answer in time",
		"rediss://u:canary@" + silent.Addr().String():   "Redis does not answer in time",
		"redis://:canary@name.invalid":                  "the host of Redis is not found",
		"unix://:canary@" + t.TempDir() + "/redis.sock": "nothing listens at the address of Redis",
	} {
		start := time.Now()
		l, j := open(t, "10/s:5", url)
		if got := take(l, "a", 20); got != 5 {
			t.Errorf("%s: %d granted, want 5", url, got)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: took %s", url, d)
		}
		degraded(t, l, why)
		if diff := cmp.Diff([]string{"WARN rate limits are per replica reason=" + why}, j.taken()); diff != "" {
			t.Error(url, diff)
		}
	}
}

func TestRedisGoesAway(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	l, j := open(t, "1/h:5", "redis://"+m.Addr())
	if got := take(l, "a", 20); got != 5 {
		t.Fatalf("%d granted, want 5", got)
	}
	m.Close()
	if got := take(l, "b", 20); got != 5 {
		t.Errorf("%d granted while Redis is away, want 5", got)
	}
	if got := take(l, "a", 20); got != 0 {
		t.Errorf("%d granted because Redis is away", got)
	}
	j.await(t)
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	j.await(t)
	m.FlushAll()
	if shared, _, _ := l.State(); !shared || take(l, "c", 20) != 5 || len(m.Keys()) != 1 {
		t.Errorf("after the restart: shared %t, keys %q", shared, m.Keys())
	}
}

func TestRedisFreezes(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	g := newGate(t, m.Addr())
	l, j := open(t, "1/h:200", g.url())
	take(l, "a", 1)
	g.shut.Lock()
	var all sync.WaitGroup
	longest := make(chan time.Duration, 64)
	for range cap(longest) { // more than there are connections
		all.Go(func() {
			start := time.Now()
			if ok, _ := l.Take(t.Context(), "b", 1); !ok {
				t.Error("a call is refused because Redis is silent")
			}
			longest <- time.Since(start)
		})
	}
	all.Wait()
	for range cap(longest) {
		if d := <-longest; d > 3*answerTimeout {
			t.Errorf("a call was delayed by %s", d)
		}
	}
	degraded(t, l, "Redis does not answer in time")
	if got := take(l, "b", 1000); got != 200-cap(longest) {
		t.Errorf("%d granted, want what is left of the burst", got)
	}
	j.await(t)
	g.shut.Unlock()
	j.await(t)
	if shared, _, _ := l.State(); !shared {
		t.Error("not shared again")
	}
}

func TestRedisRefuses(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	l, j := open(t, "1/h:5", "redis://"+m.Addr())
	m.SetError("OOM canary")
	if got := take(l, "a", 20); got != 5 {
		t.Errorf("%d granted, want 5", got)
	}
	degraded(t, l, "Redis refuses with OOM")
	j.await(t)
	m.SetError("")
	j.await(t)
	want := []string{"WARN rate limits are per replica reason=Redis refuses with OOM", back}
	if diff := cmp.Diff(want, j.taken()); diff != "" {
		t.Error(diff)
	}
}

func TestRedisCredentials(t *testing.T) {
	t.Parallel()
	m := miniredis.RunT(t)
	m.RequireUserAuth("alice", "right")
	l, _ := open(t, "10/s:5", "redis://alice:right@"+m.Addr())
	if shared, _, reason := l.State(); !shared {
		t.Errorf("with the password: %s", reason)
	}
	l, j := open(t, "10/s:5", "redis://alice:canary@"+m.Addr())
	degraded(t, l, "Redis refuses with WRONGPASS")
	if got := strings.Join(j.taken(), "\n"); strings.Contains(got, "canary") || strings.Contains(got, m.Addr()) {
		t.Error(got)
	}
}

func TestRedisTLS(t *testing.T) {
	t.Parallel()
	https := httptest.NewTLSServer(nil)
	defer https.Close()
	m, err := miniredis.RunTLS(&tls.Config{Certificates: https.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	l, _ := open(t, "10/s:5", "rediss://:canary@"+m.Addr())
	degraded(t, l, "the certificate of Redis is not trusted")
	l, _ = open(t, "10/s:5", "rediss://"+m.Addr()+"?skip_verify=true")
	if shared, _, reason := l.State(); !shared {
		t.Error(reason)
	}
}

// redisError is what a server answers.
type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

func TestReason(t *testing.T) {
	for want, errs := range map[string][]error{
		"Redis refuses with NOPERM":      {redisError("NOPERM User canary may not"), redisError("NOPERM")},
		"Redis refuses":                  {redisError("canary"), redisError(""), redisError("Ab x"), redisError(" x"), redisError(strings.Repeat("A", 100))},
		"the host of Redis is not found": {&net.OpError{Op: "dial", Err: &net.DNSError{Name: "canary"}}},
		"the connection to Redis fails":  {io.EOF, errors.New("canary"), &net.OpError{Op: "read", Err: syscall.ECONNRESET}},
		"Redis does not answer in time":  {context.DeadlineExceeded, fmt.Errorf("canary: %w", os.ErrDeadlineExceeded), redis.ErrPoolTimeout},
	} {
		for _, err := range errs {
			if got := reason(err); got != want {
				t.Errorf("%v: %q, want %q", err, got, want)
			}
		}
	}
}

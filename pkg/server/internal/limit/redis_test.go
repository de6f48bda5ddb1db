//go:build e2e

package limit

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/mcpfleet/mcpfleet/pkg/servertest/redistest"
)

// mostDelay is more than the longest that Redis may delay a call, by what a busy
// machine may.
const mostDelay = answerTimeout + 150*time.Millisecond

// client returns a connection to a real server for what a test does to it.
func client(t *testing.T, s *redistest.Server) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(opts)
	t.Cleanup(func() { c.Close() })
	return c
}

// sharing fails the test unless the limiter uses Redis.
func sharing(t *testing.T, l *Limiter) {
	t.Helper()
	if shared, _, reason := l.State(); !shared {
		t.Fatal(reason)
	}
}

// quick is take that fails the test if a call is delayed.
func quick(t *testing.T, l *Limiter, principal string, tries int) (granted int) {
	t.Helper()
	var longest time.Duration
	for range tries {
		start := time.Now()
		granted += take(l, principal, 1)
		longest = max(longest, time.Since(start))
	}
	if longest > mostDelay {
		t.Errorf("a call was delayed by %s", longest)
	}
	return granted
}

func TestReplicasShareTheBudget(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	a, _ := open(t, "50/s:20", s.URL)
	b, _ := open(t, "50/s:20", "unix://:"+s.Password+"@"+s.Socket)
	sharing(t, a)
	sharing(t, b)
	var granted atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for _, l := range []*Limiter{a, b, a, b} {
		all.Go(func() {
			for time.Since(start) < time.Second {
				ok, wait := l.Take(t.Context(), "alice", 1)
				if ok {
					granted.Add(1)
				} else {
					<-time.After(wait)
				}
			}
		})
	}
	all.Wait()
	budget := 20 + int64(time.Since(start)*50/time.Second)
	if got := granted.Load(); got > budget || got < budget*3/4 {
		t.Errorf("two replicas granted %d of %d", got, budget)
	}
	sharing(t, a)
	sharing(t, b)
}

func TestExactWithoutTime(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	var granted atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		l, _ := open(t, "1/h:1000", s.URL)
		sharing(t, l)
		for range 4 {
			all.Go(func() {
				for range 50 {
					if ok, _ := l.Take(t.Context(), "alice", 2); ok {
						granted.Add(2)
					}
				}
			})
		}
	}
	all.Wait()
	if got := granted.Load(); got != 1000 {
		t.Errorf("four replicas granted %d of 1000", got)
	}
}

func TestServerIsKilled(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	l, j := open(t, "1/h:5", s.URL)
	if got := quick(t, l, "a", 10); got != 5 {
		t.Errorf("%d granted", got)
	}
	s.Kill()
	if got := quick(t, l, "b", 1000); got != 5 {
		t.Errorf("%d granted without Redis, want 5", got)
	}
	if got := quick(t, l, "a", 10); got != 0 {
		t.Errorf("%d granted anew without Redis", got)
	}
	j.await(t)
	s.Restart()
	j.await(t)
	sharing(t, l)
	if got := quick(t, l, "c", 10); got != 5 {
		t.Errorf("%d granted after the restart, want 5", got)
	}
	sharing(t, l)
	if got := strings.Join(j.taken(), "\n"); strings.Contains(got, s.Password) || strings.Contains(got, "127.0.0.1") {
		t.Error(got)
	}
}

// A restart while nobody calls must be noticed by nobody.
func TestServerIsRestarted(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	l, j := open(t, "1/h:5", s.URL)
	quick(t, l, "a", 1)
	s.Restart()
	if got := quick(t, l, "b", 10); got != 5 {
		t.Errorf("%d granted, want 5", got)
	}
	sharing(t, l)
	if got := j.taken(); len(got) > 0 {
		t.Error(got)
	}
}

func TestServerFreezes(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	l, j := open(t, "1/h:1000", s.URL)
	quick(t, l, "a", 1)
	s.Freeze()
	var all sync.WaitGroup
	var granted atomic.Int64
	for range 100 {
		all.Go(func() { granted.Add(int64(quick(t, l, "b", 20))) })
	}
	all.Wait()
	if got := granted.Load(); got != 1000 {
		t.Errorf("%d of 1000 granted while Redis is frozen", got)
	}
	degraded(t, l, "Redis does not answer in time")
	j.await(t)
	s.Thaw()
	j.await(t)
	sharing(t, l)
	if got := quick(t, l, "c", 10); got != 10 {
		t.Errorf("%d of 10 granted after the thaw", got)
	}
}

func TestServerForgets(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	c := client(t, s)
	l, j := open(t, "1/h:5", s.URL)
	other, _ := open(t, "1/h:5", s.URL)
	for _, forget := range []func(context.Context) *redis.StatusCmd{c.ScriptFlush, c.FlushAll} {
		quick(t, l, "a", 2)
		if err := forget(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if got := quick(t, l, "a", 10); got != 1 {
		t.Errorf("%d granted by who knows better than Redis, want 1", got)
	}
	if got := quick(t, other, "a", 10); got != 4 {
		t.Errorf("%d granted by who does not, want 4", got)
	}
	sharing(t, l)
	if got := j.taken(); len(got) > 0 {
		t.Error(got)
	}
}

func TestServerWithoutMemory(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, "--maxmemory-policy", "noeviction")
	c := client(t, s)
	l, j := open(t, "1/h:5", s.URL)
	quick(t, l, "a", 1)
	if err := c.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if got := quick(t, l, "b", 20); got != 5 {
		t.Errorf("%d granted, want 5", got)
	}
	degraded(t, l, "Redis refuses with OOM")
	// The probe must not be content with a server that answers and cannot write.
	<-time.After(firstPause + firstPause/2)
	degraded(t, l, "Redis refuses with OOM")
	j.await(t)
	if err := c.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	j.await(t)
	sharing(t, l)
}

func TestServerKeepsLittle(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	c := client(t, s)
	l, _ := open(t, "100/s", s.URL)
	for _, p := range []string{"a", "b", "c"} {
		quick(t, l, p, 5)
	}
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if ttl := c.PTTL(t.Context(), key).Val(); ttl > 51*time.Millisecond || ttl == -1 {
			t.Errorf("%s is kept for %s", key, ttl)
		}
	}
	for deadline := time.Now().Add(time.Minute); c.DBSize(t.Context()).Val() > 0; <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("buckets that are full are kept")
		}
	}
}

func TestServerOfAnotherKind(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	wrong := strings.Replace(s.URL, s.Password, "canary", 1)
	l, j := open(t, "1/h:5", wrong)
	degraded(t, l, "Redis refuses with WRONGPASS")
	l, _ = open(t, "1/h:5", s.URL+"/99")
	degraded(t, l, "Redis refuses with ERR")
	if got := strings.Join(j.taken(), "\n"); strings.Contains(got, "canary") {
		t.Error(got)
	}
	c := client(t, s)
	if err := c.ReplicaOf(t.Context(), "127.0.0.1", "1").Err(); err != nil {
		t.Fatal(err)
	}
	l, _ = open(t, "1/h:5", s.URL)
	degraded(t, l, "Redis refuses with READONLY")
}

func BenchmarkRedis(b *testing.B) {
	s := redistest.Start(b)
	l, err := Open(mustRate(b, "1000000/s:1000000"), "calculator", s.URL, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.Close)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Take(context.Background(), "alice", 1)
		}
	})
}

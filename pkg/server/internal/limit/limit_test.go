package limit

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// journal keeps the records of a log.
type journal struct {
	mu      sync.Mutex
	records []string
	more    chan struct{} // has a value after each record
}

func newJournal() *journal { return &journal{more: make(chan struct{}, 1000)} }

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }
func (j *journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j *journal) WithGroup(string) slog.Handler            { return j }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, line)
	j.more <- struct{}{}
	return nil
}

// taken returns the records since it was last called.
func (j *journal) taken() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	records := j.records
	j.records = nil
	return records
}

const (
	away = "WARN rate limits are per replica reason=the connection to Redis fails"
	back = "INFO rate limits are shared again"
)

// fake stands for Redis.
type fake struct {
	*Local

	mu     sync.Mutex
	broken error // what it fails with
	deaf   bool  // it fails but answers probes
	asked  int
	probes []time.Duration // when, since start
	start  time.Time
}

func (f *fake) take(_ context.Context, principal string, rate Rate, n int) (wait, debt time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.deaf {
		return 0, 0, errors.New("deaf")
	}
	if f.broken != nil {
		return 0, 0, f.broken
	}
	_, wait = f.Local.Take(principal, n, time.Now())
	return wait, f.wait(principal, rate.burst, time.Now()), nil
}

func (f *fake) probe(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.probes = append(f.probes, time.Since(f.start))
	return f.broken
}

// set changes what the fake does, and begins to count anew.
func (f *fake) set(broken error, deaf bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken, f.deaf, f.asked, f.probes, f.start = broken, deaf, 0, nil, time.Now()
}

// seen is how often it was asked and when it was probed, since the last set.
func (f *fake) seen() (asked int, probes []time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked, slices.Clone(f.probes)
}

// openFake returns a limiter in front of a fake.
func openFake(t *testing.T, rate string, err error) (*Limiter, *fake, *journal) {
	j := newJournal()
	l := newLimiter(mustRate(t, rate), slog.New(j))
	f := &fake{Local: NewLocal(l.rate)}
	f.set(err, false)
	l.take, l.probe, l.drop = f.take, f.probe, func() {}
	l.begin()
	t.Cleanup(l.Close)
	return l, f, j
}

func take(l *Limiter, principal string, tries int) (granted int) {
	for range tries {
		if ok, _ := l.Take(context.Background(), principal, 1); ok {
			granted++
		}
	}
	return granted
}

func TestLimiterDegradesAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, j := openFake(t, "10/s:5", nil)
		if shared, _, reason := l.State(); !shared || reason != "" {
			t.Fatalf("at first: %t, %q", shared, reason)
		}
		if got := take(l, "a", 20); got != 5 {
			t.Fatalf("%d granted, want 5", got)
		}
		f.set(errors.New("dial redis://:canary@example.com: lost"), false)
		if got := take(l, "b", 20); got != 5 {
			t.Errorf("%d granted without Redis, want 5", got)
		}
		if got := take(l, "a", 20); got != 0 {
			t.Errorf("%d granted to who has used up its burst while Redis was there", got)
		}
		began := time.Now()
		<-time.After(1500 * time.Millisecond)
		if asked, _ := f.seen(); asked != 1 {
			t.Errorf("%d calls asked a Redis that is away, want the first", asked)
		}
		f.set(nil, false)
		shared, since, reason := l.State()
		if shared || !since.Equal(began) || reason != "the connection to Redis fails" {
			t.Errorf("in between: %t, %s ago, %q", shared, time.Since(since), reason)
		}
		<-time.After(2 * time.Second)
		if shared, since, reason := l.State(); !shared || time.Since(since) != 500*time.Millisecond || reason != "" {
			t.Errorf("at last: %t, %s ago, %q", shared, time.Since(since), reason)
		}
		take(l, "a", 1)
		if asked, _ := f.seen(); asked == 0 {
			t.Error("Redis is not asked again")
		}
		if diff := cmp.Diff([]string{away, back}, j.taken()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLimiterProbesLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, f, j := openFake(t, "10/s", errors.New("away"))
		<-time.After(70 * time.Second)
		_, probes := f.seen()
		var at []time.Duration
		for _, s := range []int{0, 1, 3, 7, 15, 30, 45, 60} {
			at = append(at, time.Duration(s)*time.Second)
		}
		if diff := cmp.Diff(at, probes); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{away}, j.taken()); diff != "" {
			t.Error(diff)
		}
	})
}

// A Redis that answers probes and fails calls must not be asked every second,
// nor fill the log.
func TestLimiterThatFlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, j := openFake(t, "1000/s", nil)
		f.set(nil, true)
		for range 6000 {
			take(l, "a", 1)
			<-time.After(10 * time.Millisecond)
		}
		if _, probes := f.seen(); len(probes) > 8 {
			t.Errorf("probes at %v", probes)
		}
		if records := j.taken(); len(records) > 16 {
			t.Errorf("%d records in a minute", len(records))
		}
		// Once it was well for a while, a failure is a first one.
		f.set(nil, false)
		<-time.After(time.Minute)
		f.set(nil, true)
		take(l, "a", 1)
		f.set(nil, false)
		<-time.After(time.Minute)
		if _, probes := f.seen(); !slices.Equal(probes, []time.Duration{time.Second}) {
			t.Errorf("probes at %v, want one after a second", probes)
		}
	})
}

// What is known here about a bucket must be enough to refuse, and never refuse
// what Redis would grant.
func TestLimiterAsksOnlyWhatItDoesNotKnow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := openFake(t, "10/s:5", nil)
		got := take(l, "a", 1000)
		if asked, _ := f.seen(); got != 5 || asked != 5 {
			t.Errorf("%d granted, Redis was asked %d times; want 5 and 5", got, asked)
		}
		// Another replica uses the bucket too.
		<-time.After(time.Second)
		f.Local.Take("a", 5, time.Now())
		ok, wait := l.Take(t.Context(), "a", 1)
		if ok || wait != 100*time.Millisecond {
			t.Errorf("what another replica took is granted: %t, %s", ok, wait)
		}
		<-time.After(wait)
		if ok, _ := l.Take(t.Context(), "a", 1); !ok {
			t.Error("refused after the time to wait")
		}
	})
}

// A Redis that loses its buckets must not make a replica grant what it has
// granted already.
func TestLimiterRemembersWhatItGranted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := openFake(t, "10/s:5", nil)
		granted := 0
		for range 20 {
			f.Local = NewLocal(l.rate)
			granted += take(l, "a", 1)
		}
		if granted != 5 {
			t.Errorf("%d granted, want 5", granted)
		}
	})
}

func TestLimiterBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := openFake(t, "10/s:5", nil)
		if ok, wait := l.Take(t.Context(), "a", 6); ok || wait != 0 {
			t.Errorf("more than a burst: %t, %s", ok, wait)
		}
		if ok, _ := l.Take(t.Context(), "a", 0); !ok {
			t.Error("nothing is refused")
		}
		if asked, _ := f.seen(); asked != 0 {
			t.Errorf("Redis was asked %d times about what it cannot change", asked)
		}
		if ok, _ := l.Take(t.Context(), "a", 5); !ok {
			t.Error("a burst is refused")
		}
	})
}

func TestLimiterWithoutRedis(t *testing.T) {
	for _, c := range []struct {
		rate, url string
		granted   int
	}{{"1/h:5", "", 5}, {"off", "", 20}, {"off", "redis://127.0.0.1:1", 20}} {
		l, err := Open(mustRate(t, c.rate), "calculator", c.url, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if shared, _, reason := l.State(); shared || reason != "" {
			t.Errorf("%+v: %t, %q; want nothing to tell", c, shared, reason)
		}
		if got := take(l, "a", 20); got != c.granted {
			t.Errorf("%+v: %d granted", c, got)
		}
		l.Close()
		l.Close()
		if got := take(l, "b", 20); got != c.granted {
			t.Errorf("%+v: %d granted after Close", c, got)
		}
	}
}

func TestMalformedURL(t *testing.T) {
	for _, url := range []string{
		"canary", "localhost:6379", "http://canary@example.com", "redis:canary", "redis://:canary#@example.com", "redis://:canary/@example.com:6379",
		"redis://example.com/canary", "redis://example.com/1/canary", "redis://example.com:canary", "redis://example.com?canary=1",
		"redis://:can\x00ary@example.com", "unix://", "rediss://example.com?db=canary", "redis://%zzcanary@example.com", " redis://canary",
	} {
		l, err := Open(mustRate(t, "1/s"), "calculator", url, slog.New(slog.DiscardHandler))
		if err == nil {
			l.Close()
			t.Errorf("%s is no error", url)
		} else if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "example.com") || !strings.Contains(err.Error(), "redis://host:6379/0") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

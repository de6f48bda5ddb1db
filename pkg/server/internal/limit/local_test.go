package limit

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// drain takes tokens one by one and returns how many were granted.
func drain(l *Local, principal string, now time.Time, tries int) (granted int) {
	for range tries {
		if ok, _ := l.Take(principal, 1, now); ok {
			granted++
		}
	}
	return granted
}

// size is the number of buckets.
func (l *Local) size() (n int) {
	for i := range l.shards {
		n += len(l.shards[i].buckets)
	}
	return n
}

func TestLocalBucket(t *testing.T) {
	now := time.Now()
	l := NewLocal(mustRate(t, "10/s:5"))
	if got := drain(l, "a", now, 20); got != 5 {
		t.Fatalf("%d at once, want the burst of 5", got)
	}
	ok, wait := l.Take("a", 1, now)
	if ok || wait != 100*time.Millisecond {
		t.Fatalf("an empty bucket: %t, %s", ok, wait)
	}
	if ok, left := l.Take("a", 1, now.Add(wait-1)); ok || left != 1 {
		t.Errorf("a nanosecond early: %t, %s", ok, left)
	}
	if ok, _ := l.Take("a", 1, now.Add(wait)); !ok {
		t.Error("refused after the time to wait")
	}
	if got := drain(l, "a", now.Add(time.Hour), 20); got != 5 {
		t.Errorf("%d at once after an hour, want 5", got)
	}
}

func TestLocalBatch(t *testing.T) {
	now := time.Now()
	l := NewLocal(mustRate(t, "10/s:5"))
	if ok, wait := l.Take("a", 6, now); ok || wait != 0 {
		t.Errorf("more than ever fits: %t, %s; want a refusal without a time", ok, wait)
	}
	if ok, _ := l.Take("a", 3, now); !ok {
		t.Fatal("3 of 5 are refused")
	}
	if ok, wait := l.Take("a", 5, now); ok || wait != 300*time.Millisecond {
		t.Errorf("5 where 2 are left: %t, %s; want to wait for 3", ok, wait)
	}
	if ok, _ := l.Take("a", 2, now); !ok {
		t.Error("a refused batch took something")
	}
	for _, n := range []int{0, -1} {
		if ok, wait := l.Take("a", n, now); !ok || wait != 0 {
			t.Errorf("%d of an empty bucket: %t, %s", n, ok, wait)
		}
	}
}

func TestLocalWithoutRate(t *testing.T) {
	now := time.Now()
	if got := drain(NewLocal(mustRate(t, "off")), "a", now, 1000); got != 1000 {
		t.Errorf("off: %d of 1000", got)
	}
	if got := drain(NewLocal(Rate{}), "a", now, 1000); got != 0 {
		t.Errorf("the zero Rate grants %d", got)
	}
}

// The buckets must be those of an implementation that is too simple to be wrong,
// as long as all are remembered.
func TestLocalIsABucketPerPrincipal(t *testing.T) {
	type bucket struct {
		tokens float64
		at     time.Time
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rate := mustRate(t, "100/s:20")
	l, now := NewLocal(rate), time.Now()
	model := make(map[string]*bucket)
	for i := range 200_000 {
		now = now.Add(time.Duration(rng.IntN(4)) * time.Millisecond)
		principal, n := strconv.Itoa(rng.IntN(50)), 1+rng.IntN(4)
		b := model[principal]
		if b == nil {
			b = &bucket{20, now}
			model[principal] = b
		}
		b.tokens, b.at = min(20, b.tokens+now.Sub(b.at).Seconds()*100), now
		// The model rounds; times are whole milliseconds, and a token takes ten.
		want := b.tokens > float64(n)-0.001
		if want {
			b.tokens -= float64(n)
		}
		if got, _ := l.Take(principal, n, now); got != want {
			t.Fatalf("step %d: %d for %s with %.3f tokens: %t", i, n, principal, b.tokens, got)
		}
	}
}

func TestLocalNeverGrantsMore(t *testing.T) {
	l := NewLocal(mustRate(t, "1000/s:50"))
	start := time.Now()
	var granted atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for time.Since(start) < 100*time.Millisecond {
				if ok, _ := l.Take("a", 1, time.Now()); ok {
					granted.Add(1)
				}
			}
		})
	}
	all.Wait()
	most := 50 + int64(time.Since(start)/time.Millisecond)
	if got := granted.Load(); got < 50 || got > most {
		t.Errorf("%d granted, want from 50 to %d", got, most)
	}
}

func TestLocalIsFair(t *testing.T) {
	l := NewLocal(mustRate(t, "10/s:5"))
	now := time.Now()
	var flood sync.WaitGroup
	for range 4 {
		flood.Go(func() { drain(l, "flood", now, 10_000) })
	}
	for i := range 1000 {
		if got := drain(l, strconv.Itoa(i), now, 10); got != 5 {
			t.Errorf("%d is granted %d, want 5", i, got)
		}
	}
	flood.Wait()
}

func TestLocalForgetsFullBuckets(t *testing.T) {
	l := NewLocal(mustRate(t, "10/s:5"))
	now := time.Now()
	for i := range 20_000 {
		l.Take(strconv.Itoa(i), 1, now.Add(time.Duration(i)*time.Millisecond))
	}
	// A bucket that lacks one token is full after 100 ms, when 100 others came.
	if got := l.size(); got > 300 {
		t.Errorf("%d buckets where 100 lack something", got)
	}
}

func TestLocalMemory(t *testing.T) {
	const principals = 1_000_000
	l := NewLocal(mustRate(t, "10/h"))
	now := time.Now()
	drain(l, "flood", now, 10)
	before := heap()
	for i := range principals {
		l.Take(fmt.Sprintf("https://id.example.com|%d", i), 1, now)
	}
	if got := l.size(); got != Remembered {
		t.Errorf("%d buckets, want %d", got, Remembered)
	}
	if got := heap() - before; got > 8<<20 {
		t.Errorf("%d MiB for %d principals", got>>20, principals)
	}
	if ok, _ := l.Take("flood", 1, now); ok {
		t.Error("who lacks most was forgotten for those who lack least")
	}
	for i := range l.shards {
		l.shards[i].check(t)
	}
	runtime.KeepAlive(l)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// check fails the test if the parts of a shard do not fit.
func (s *shard) check(t *testing.T) {
	t.Helper()
	if len(s.buckets) != len(s.heap) || len(s.buckets) != len(s.index) {
		t.Fatalf("%d buckets, %d in the heap, %d in the index", len(s.buckets), len(s.heap), len(s.index))
	}
	for place, i := range s.heap {
		b := s.buckets[i]
		if int(b.place) != place || s.index[b.key] != i {
			t.Fatalf("bucket %d at %d: %+v", i, place, b)
		}
		if place > 0 && s.before(int32(place), int32(place-1)/2) {
			t.Fatalf("bucket %d is before its parent", i)
		}
	}
}

func TestLocalClockSetBack(t *testing.T) {
	l := NewLocal(mustRate(t, "10/s:5"))
	now := time.Now()
	drain(l, "a", now, 5)
	drain(l, "b", now, 1)

	back := now.Add(-24 * time.Hour)
	if ok, wait := l.Take("a", 1, back); ok || wait != 100*time.Millisecond {
		t.Errorf("an empty bucket: %t, %s; want 100ms", ok, wait)
	}
	if got := drain(l, "b", back.Add(500*time.Millisecond), 20); got > 5 {
		t.Errorf("%d granted", got)
	}
	if ok, _ := l.Take("c", 1, back); !ok {
		t.Error("a new principal is refused")
	}
	// Calls in parallel may come in another order than their times.
	drain(l, "d", now, 5)
	for range 1000 {
		if ok, _ := l.Take("d", 1, now.Add(-time.Millisecond)); ok {
			t.Fatal("a late call fills the bucket")
		}
	}
	if ok, wait := l.Take("d", 1, now); ok || wait != 100*time.Millisecond {
		t.Errorf("after late calls: %t, %s", ok, wait)
	}
}

func BenchmarkLocal(b *testing.B) {
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("https://id.example.com|user-%d", i)
	}
	l := NewLocal(mustRate(b, "1000/s"))
	b.Run("granted", func(b *testing.B) {
		b.ReportAllocs()
		l := NewLocal(mustRate(b, "1000000/s:1000000"))
		for b.Loop() {
			l.Take(names[0], 1, time.Now())
		}
	})
	b.Run("one caller", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Take(names[0], 1, time.Now())
		}
	})
	b.Run("a thousand callers", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			l.Take(names[i%len(names)], 1, time.Now())
		}
	})
	b.Run("one caller in parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				l.Take(names[0], 1, time.Now())
			}
		})
	})
	b.Run("a thousand callers in parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := rand.IntN(len(names)); pb.Next(); i++ {
				l.Take(names[i%len(names)], 1, time.Now())
			}
		})
	})
	b.Run("new callers", func(b *testing.B) {
		b.ReportAllocs()
		l := NewLocal(mustRate(b, "10/h"))
		name := []byte("https://id.example.com|00000000")
		for i := 0; b.Loop(); i++ {
			strconv.AppendInt(name[:24], int64(i), 10)
			l.Take(string(name), 1, time.Now())
		}
	})
}

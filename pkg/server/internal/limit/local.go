package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

// Remembered is the number of principals that a [Local] keeps buckets of.
const Remembered = shards * perShard

const (
	shards   = 16
	perShard = 4096
)

// Local is a token bucket for each principal, in this process. It grants a
// principal at most a burst and what the rate gives back since. Its methods are
// safe for concurrent use, and it needs no closing.
//
// It keeps as many buckets as there are principals who lack tokens, and at most
// [Remembered]: a full bucket is as good as none and makes room first. When all
// of them lack some, the one nearest to full makes room, which gives away the
// least. A principal who sends much is therefore never forgotten for the sake of
// many who send little.
type Local struct {
	rate   Rate
	start  time.Time
	seed   maphash.Seed
	shards [shards]shard
}

// NewLocal returns a Local in which all buckets are full.
func NewLocal(rate Rate) *Local {
	l := &Local{rate: rate, start: time.Now(), seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].index = make(map[uint64]int32)
	}
	return l
}

// Take takes n tokens of the principal's bucket, all or none. If it is refused,
// retryAfter is how long it takes until there are n, which is zero if there
// never are because n is above the burst. Nothing is taken for n below 1.
func (l *Local) Take(principal string, n int, now time.Time) (ok bool, retryAfter time.Duration) {
	if l.rate.off || n < 1 {
		return true, 0
	}
	if n > l.rate.burst {
		return false, 0
	}
	at := now.Sub(l.start)
	key, s := l.find(principal)
	s.mu.Lock()
	defer s.mu.Unlock()
	debt := s.debt(key, at, l.rate) + l.rate.cost(n)
	if wait := debt - l.rate.capacity(); wait > 0 {
		return false, wait
	}
	s.set(key, at+debt, at)
	return true, 0
}

// wait is how long it takes until the bucket has n tokens. It takes none.
func (l *Local) wait(principal string, n int, now time.Time) time.Duration {
	at := now.Sub(l.start)
	key, s := l.find(principal)
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, s.debt(key, at, l.rate)+l.rate.cost(n)-l.rate.capacity())
}

// learn takes n tokens that were granted elsewhere, where the bucket now lacks
// debt.
func (l *Local) learn(principal string, n int, debt time.Duration, now time.Time) {
	at := now.Sub(l.start)
	key, s := l.find(principal)
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.debt(key, at, l.rate)
	if debt = max(debt, known+l.rate.cost(n)); debt > known {
		s.set(key, at+debt, at)
	}
}

// find returns the principal's key and shard. Callers do not know the seed, so
// they cannot choose principals that share either. That two of all remembered
// share a key by chance, and so a bucket, has a probability of 2⁻³³.
func (l *Local) find(principal string) (uint64, *shard) {
	key := maphash.String(l.seed, principal)
	return key, &l.shards[key%shards]
}

// shard has the buckets of some principals.
type shard struct {
	mu      sync.Mutex
	index   map[uint64]int32 // of a key in buckets
	buckets []bucket
	heap    []int32 // of indexes, by bucket.full: the first is the first to be full
}

type bucket struct {
	key   uint64
	full  time.Duration // when it is full, since the start of the limiter
	place int32         // in the heap
}

// debt is how long the rate takes to fill a bucket.
func (s *shard) debt(key uint64, at time.Duration, rate Rate) time.Duration {
	i, ok := s.index[key]
	if !ok {
		return 0
	}
	debt := s.buckets[i].full - at
	// No bucket lacks more than everything, so the clock was set back, by more
	// than calls in parallel differ. Without a clamp they would all be refused
	// until it is again where it was.
	if debt > rate.capacity()+time.Second {
		debt = rate.capacity()
	}
	return max(0, debt)
}

// set makes a bucket full at a later time. If it is not there, it takes the
// place of the first that is full, or of the first to be if there is no room.
func (s *shard) set(key uint64, full, at time.Duration) {
	i, ok := s.index[key]
	switch {
	case ok:
	case len(s.heap) == perShard, len(s.heap) > 0 && s.buckets[s.heap[0]].full <= at:
		i = s.heap[0]
		delete(s.index, s.buckets[i].key)
		s.buckets[i].key = key
		s.index[key] = i
	default:
		i = int32(len(s.buckets))
		s.buckets = append(s.buckets, bucket{key: key, place: i})
		s.heap = append(s.heap, i)
		s.index[key] = i
	}
	s.buckets[i].full = full
	s.sink(s.buckets[i].place)
	s.rise(s.buckets[i].place)
}

func (s *shard) rise(place int32) {
	for place > 0 {
		parent := (place - 1) / 2
		if !s.before(place, parent) {
			return
		}
		s.swap(place, parent)
		place = parent
	}
}

func (s *shard) sink(place int32) {
	for n := int32(len(s.heap)); ; {
		child := 2*place + 1
		if child >= n {
			return
		}
		if child+1 < n && s.before(child+1, child) {
			child++
		}
		if !s.before(child, place) {
			return
		}
		s.swap(place, child)
		place = child
	}
}

func (s *shard) before(a, b int32) bool {
	return s.buckets[s.heap[a]].full < s.buckets[s.heap[b]].full
}

func (s *shard) swap(a, b int32) {
	s.heap[a], s.heap[b] = s.heap[b], s.heap[a]
	s.buckets[s.heap[a]].place = a
	s.buckets[s.heap[b]].place = b
}

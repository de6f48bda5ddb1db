package directory

import (
	"hash/maphash"
	"strings"
	"time"
)

// overhead is about what an entry takes beside its text: the slot, two places in
// maps, and what the allocator rounds up.
const overhead = 120

// maxKey is the longest word that is kept, in bytes.
const maxKey = 1000

// key is a word as some eyes see it.
type key struct {
	eyes uint64
	word string
}

// index finds slots by the hash of a key: a map of keys would take three times as
// much. Where two keys have the same hash the later one is found, and whoever looks
// compares.
type index map[uint64]int32

// slot is an entry. Its text is one string, of which the words of keys are parts: a
// struct of strings would take twice as much.
type slot struct {
	data       string
	eyes       uint64
	since      int64 // Unix seconds
	prev, next int32
	id         uint16 // length of the id, the text's beginning
	flags      uint16
}

// packed is what a slot is made from.
type packed struct {
	data  string
	id    int // length of the id
	flags uint16
}

// shelf holds entries by id and by name, the newest use first. The zero slot is the
// ring's beginning.
type shelf struct {
	seed   maphash.Seed
	life   time.Duration
	most   int
	held   int
	slots  []slot
	free   []int32
	byID   index
	byName index
}

func newShelf(life time.Duration, most int) *shelf {
	return &shelf{seed: maphash.MakeSeed(), life: life, most: most, slots: make([]slot, 1), byID: make(index), byName: make(index)}
}

func (s *shelf) hash(k key) uint64 { return maphash.Comparable(s.seed, k) }

// withID returns the slot of an id.
func (s *shelf) withID(k key) (int32, bool) {
	i, ok := s.byID[s.hash(k)]
	return i, ok && s.slots[i].eyes == k.eyes && s.slots[i].word() == k.word
}

// named returns the slot of a name.
func (s *shelf) named(k key) (int32, bool) {
	i, ok := s.byName[s.hash(k)]
	return i, ok && s.slots[i].eyes == k.eyes && s.slots[i].name() == k.word
}

// get returns the slot that was found, and how long it has been held; nil if it is
// too old.
func (s *shelf) get(i int32, found bool) (*slot, time.Duration) {
	if !found {
		return nil, 0
	}
	age := time.Since(time.Unix(s.slots[i].since, 0))
	if age >= s.life {
		s.drop(i)
		return nil, 0
	}
	s.unlink(i)
	s.link(i)
	return &s.slots[i], age
}

// keep reports whether something was dropped to have room for it.
func (s *shelf) keep(eyes uint64, p packed) (dropped bool) {
	size := len(p.data) + overhead
	if size > s.most || p.id == 0 || p.id > maxKey {
		return false
	}
	entry := slot{data: p.data, eyes: eyes, since: time.Now().Unix(), id: uint16(p.id), flags: p.flags}
	name := key{eyes, entry.name()}
	id := key{eyes, entry.word()}
	if i, ok := s.withID(id); ok {
		if s.slots[i].name() == name.word {
			entry.flags |= s.slots[i].flags & shared
		}
		s.drop(i)
	}
	for s.held+size > s.most {
		s.drop(s.slots[0].prev)
		dropped = true
	}
	var i int32
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
	} else {
		i = int32(len(s.slots))
		s.slots = append(s.slots, slot{})
	}
	s.slots[i] = entry
	s.held += size
	s.link(i)
	s.byID[s.hash(id)] = i
	if name.word != "" {
		s.name(i, name)
	}
	return dropped
}

// name gives a name to an entry. Of two that bear it one that is gone, archived
// or deactivated, makes way; if neither is, the name says nothing.
func (s *shelf) name(i int32, k key) {
	if j, taken := s.named(k); taken {
		other := &s.slots[j]
		switch {
		case s.slots[i].flags&gone != 0 && other.flags&gone == 0:
			return
		case other.flags&gone == s.slots[i].flags&gone && time.Since(time.Unix(other.since, 0)) < s.life:
			s.slots[i].flags |= shared
		}
	}
	s.byName[s.hash(k)] = i
}

func (s *shelf) forget(k key) {
	if i, ok := s.withID(k); ok {
		s.drop(i)
	}
}

func (s *shelf) drop(i int32) {
	e := &s.slots[i]
	if h := s.hash(key{e.eyes, e.word()}); s.byID[h] == i {
		delete(s.byID, h)
	}
	if h := s.hash(key{e.eyes, e.name()}); s.byName[h] == i {
		delete(s.byName, h)
	}
	s.held -= len(e.data) + overhead
	s.unlink(i)
	*e = slot{}
	s.free = append(s.free, i)
}

func (s *shelf) link(i int32) {
	e, ring := &s.slots[i], &s.slots[0]
	e.prev, e.next = 0, ring.next
	s.slots[ring.next].prev = i
	ring.next = i
}

func (s *shelf) unlink(i int32) {
	e := &s.slots[i]
	s.slots[e.prev].next = e.next
	s.slots[e.next].prev = e.prev
}

func (s *shelf) each(eyes uint64, see func(*slot) bool) {
	for i := s.slots[0].next; i != 0; i = s.slots[i].next {
		e := &s.slots[i]
		if e.eyes == eyes && time.Since(time.Unix(e.since, 0)) < s.life && !see(e) {
			return
		}
	}
}

// word is the entry's id.
func (e *slot) word() string { return e.data[:e.id] }

// name is what the entry is looked for by.
func (e *slot) name() string {
	_, rest, ok := strings.Cut(e.data, separator)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, separator)
	return strings.ToLower(name)
}

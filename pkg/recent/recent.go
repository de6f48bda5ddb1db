// Package recent keeps lists of words for a short time, so that what a person
// types letter by letter is asked for once, and finds those that fit. Its size is
// bounded by the bytes of the words.
//
// Start with New.
package recent

import (
	"container/list"
	"strings"
	"sync"
	"time"
)

// Lists keeps lists under keys. It is safe for concurrent use.
type Lists struct {
	life  time.Duration
	bytes int

	mu    sync.Mutex
	held  int
	order *list.List // of *entry, the oldest first
	byKey map[string]*list.Element
}

type entry struct {
	key   string
	words []string
	size  int
	until time.Time
}

// New returns an empty Lists that keeps what it is given for life, and bytes of it
// at most.
func New(life time.Duration, bytes int) *Lists {
	return &Lists{life: life, bytes: bytes, order: list.New(), byKey: make(map[string]*list.Element)}
}

// Get returns the list of a key, and whether there is one. It must not be changed.
func (l *Lists) Get(key string) ([]string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byKey[key]
	if e == nil {
		return nil, false
	}
	if held := e.Value.(*entry); time.Now().Before(held.until) {
		return held.words, true
	}
	l.drop(e)
	return nil, false
}

// Put keeps the list of a key, in the place of one it has. What is larger than
// all that may be held is not kept.
func (l *Lists) Put(key string, words []string) {
	const overhead = 64 // of an entry, and a string's header
	size := overhead + len(key)
	for _, w := range words {
		size += 16 + len(w)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byKey[key]; e != nil {
		l.drop(e)
	}
	if size > l.bytes {
		return
	}
	for l.held+size > l.bytes {
		l.drop(l.order.Front())
	}
	l.held += size
	l.byKey[key] = l.order.PushBack(&entry{key, words, size, time.Now().Add(l.life)})
}

func (l *Lists) drop(e *list.Element) {
	held := l.order.Remove(e).(*entry)
	delete(l.byKey, held.key)
	l.held -= held.size
}

// MaxMatching is how many words are proposed at most: one more than a client
// takes, so that it hears of others.
const MaxMatching = 101

// Matching returns the words that begin with what was typed, and behind them those
// that have it elsewhere, MaxMatching at most. Case does not matter. The list is
// the caller's own.
func Matching(typed string, words []string) []string {
	typed = strings.ToLower(typed)
	var first, other []string
	for _, w := range words {
		switch at := strings.Index(strings.ToLower(w), typed); {
		case at == 0:
			first = append(first, w)
		case at > 0 && len(other) < MaxMatching:
			other = append(other, w)
		}
		if len(first) == MaxMatching {
			break
		}
	}
	all := append(first, other...)
	return all[:min(len(all), MaxMatching)]
}

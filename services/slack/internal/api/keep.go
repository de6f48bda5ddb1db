package api

import (
	"container/list"
	"net/url"
	"slices"
	"sync"
	"time"
)

const (
	// maxTokens bounds of how many tokens the workspace is known.
	maxTokens = 4096
	// pageLife is how long a page of a restricted app is good for: there is no other
	// in that time. maxPages bounds how many are kept, of 15 messages each.
	pageLife, maxPages = time.Minute, 64
)

// recency is a map that forgets what was not used for the longest time. The zero
// value is not useful; max is how much it keeps.
type recency[K comparable, V any] struct {
	max   int
	mu    sync.Mutex
	order *list.List // of pair, the latest first
	byKey map[K]*list.Element
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

func newRecency[K comparable, V any](max int) *recency[K, V] {
	return &recency[K, V]{max: max, order: list.New(), byKey: make(map[K]*list.Element)}
}

func (m *recency[K, V]) get(k K) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.byKey[k]
	if !ok {
		return v, false
	}
	m.order.MoveToFront(e)
	return e.Value.(pair[K, V]).value, true
}

func (m *recency[K, V]) set(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.byKey[k]; ok {
		m.order.Remove(e)
	}
	m.byKey[k] = m.order.PushFront(pair[K, V]{k, v})
	for m.order.Len() > m.max {
		last := m.order.Back()
		delete(m.byKey, last.Value.(pair[K, V]).key)
		m.order.Remove(last)
	}
}

// teams are the workspaces of tokens, by the ID of their credential.
type teams struct{ *recency[string, string] }

func newTeams() *teams { return &teams{newRecency[string, string](maxTokens)} }

// pages are what restricted apps have read, for the token that read it.
type pages struct{ *recency[string, page] }

type page struct {
	MessagePage
	until time.Time
}

func newPages() *pages { return &pages{newRecency[string, page](maxPages)} }

func (p *pages) get(token, method string, form url.Values) (MessagePage, bool) {
	kept, ok := p.recency.get(token + " " + method + " " + form.Encode())
	if !ok || time.Now().After(kept.until) {
		return MessagePage{}, false
	}
	kept.Messages = slices.Clone(kept.Messages)
	return kept.MessagePage, true
}

func (p *pages) put(token, method string, form url.Values, got MessagePage) {
	got.Messages = slices.Clone(got.Messages)
	p.recency.set(token+" "+method+" "+form.Encode(), page{got, time.Now().Add(pageLife)})
}

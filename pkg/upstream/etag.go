package upstream

import (
	"container/list"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// key is what an answer depends on. What one credential may see is never shown to
// another.
type key struct {
	cred                 [sha256.Size]byte
	url, accept, version string
}

func newKey(r *http.Request) key {
	return key{CredentialFrom(r.Context()).sum, r.URL.String(), r.Header.Get("Accept"), r.Header.Get("X-Github-Api-Version")}
}

// shareable says whether the answer of r may be kept, and be that of an equal
// request: a read of JSON, on which the library sets no conditions of its own.
func shareable(r *http.Request) bool {
	if r.Method != http.MethodGet || r.Body != nil && r.Body != http.NoBody || r.Context().Value(unfollowedKey{}) != nil {
		return false
	}
	for _, name := range []string{"Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	accept := r.Header.Get("Accept")
	return (accept == "" || strings.Contains(accept, "json") || strings.Contains(accept, "*/*")) &&
		!strings.Contains(accept, ".raw") && !noStore(r.Header)
}

func noStore(h http.Header) bool {
	for _, v := range h.Values("Cache-Control") {
		if strings.Contains(strings.ToLower(v), "no-store") {
			return true
		}
	}
	return false
}

// cache keeps answers that the upstream can say are still true, up to a number of
// bytes; the one that was used last the longest ago makes room.
type cache struct {
	max, each int

	mu      sync.Mutex
	size    int
	entries map[key]*list.Element
	order   *list.List // of *entry, the latest first
	writes  int
}

// entry is an answer. It does not change, but for checked.
type entry struct {
	key     key
	at      place
	header  http.Header
	body    []byte
	cost    int
	checked time.Time // when it was asked for that is known to be true; guarded by the cache
}

func newCache(bytes, each int) *cache {
	return &cache{max: bytes, each: each, entries: make(map[key]*list.Element), order: list.New()}
}

func (c *cache) find(k key) *entry {
	e, ok := c.entries[k]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*entry)
}

// fresh returns the answer of r if its context is content with its age.
func (c *cache) fresh(k key, r *http.Request) *http.Response {
	d, _ := r.Context().Value(freshKey{}).(time.Duration)
	if d <= 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(k)
	if e == nil || e.checked.IsZero() || time.Since(e.checked) > d {
		return nil
	}
	return e.response(e.header.Clone())
}

// conditions asks in h for an answer only if it differs from the entry that it
// returns.
func (c *cache) conditions(k key, h http.Header) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(k)
	if e == nil {
		return nil
	}
	if tag := e.header.Get("Etag"); tag != "" {
		h.Set("If-None-Match", tag)
	} else {
		h.Set("If-Modified-Since", e.header.Get("Last-Modified"))
	}
	return e
}

// written counts what was written, to tell an answer that may be older.
func (c *cache) written() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

// confirm returns what an entry has, with the headers of the answer that says that
// it did not change.
func (c *cache) confirm(e *entry, resp *http.Response, writes int) *http.Response {
	c.mu.Lock()
	if c.writes == writes {
		e.checked = time.Now()
	}
	c.mu.Unlock()
	h := e.header.Clone()
	for name, v := range resp.Header {
		if !strings.HasPrefix(name, "Content-") && name != "Transfer-Encoding" {
			h[name] = v
		}
	}
	out := e.response(h)
	out.Proto, out.ProtoMajor, out.ProtoMinor, out.TLS = resp.Proto, resp.ProtoMajor, resp.ProtoMinor, resp.TLS
	return out
}

func (e *entry) response(h http.Header) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: newMemory(e.body), ContentLength: int64(len(e.body)),
	}
}

// store keeps an answer with the header if it may and can.
func (c *cache) store(k key, u *url.URL, resp *http.Response, header http.Header, writes int) {
	m, ok := resp.Body.(*memory)
	if !ok || resp.StatusCode != http.StatusOK || resp.Header.Get("Etag") == "" && resp.Header.Get("Last-Modified") == "" || noStore(resp.Header) {
		return
	}
	e := &entry{key: k, at: placeOf(u), header: header, body: m.all, checked: time.Now()}
	e.cost = cap(m.all) + len(k.url) + len(k.accept) + 512
	for name, v := range e.header {
		e.cost += len(name) + 64
		for _, s := range v {
			e.cost += len(s)
		}
	}
	if e.cost > c.each || e.cost > c.max {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writes != writes {
		e.checked = time.Time{}
	}
	if old, ok := c.entries[k]; ok {
		c.drop(old)
	}
	c.entries[k] = c.order.PushFront(e)
	c.size += e.cost
	for c.size > c.max {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(el *list.Element) {
	e := el.Value.(*entry)
	c.order.Remove(el)
	delete(c.entries, e.key)
	c.size -= e.cost
}

// bytes is what the cache takes.
func (c *cache) bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(c.size)
}

// place is what a URL names, without its query.
type place struct{ host, path string }

func placeOf(u *url.URL) place {
	return place{strings.ToLower(u.Host), strings.TrimSuffix(u.Path, "/")}
}

// touches says whether a write at p may change what q shows: one holds the other.
func (p place) touches(q place) bool {
	return p.host == q.host && (p.path == q.path || strings.HasPrefix(q.path, p.path+"/") || strings.HasPrefix(p.path, q.path+"/"))
}

// forget drops what a write at p may have changed.
func (c *cache) forget(p place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	for el := c.order.Front(); el != nil; {
		next := el.Next()
		if p.touches(el.Value.(*entry).at) {
			c.drop(el)
		}
		el = next
	}
}

// forget drops what a write to u may have changed, and lets no later read join one
// that began before.
func (c *Client) forget(u *url.URL) {
	p := placeOf(u)
	c.cache.forget(p)
	c.flights.forget(p)
}

package upstream

import (
	"bytes"
	"cmp"
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Rate is what an upstream last said of one of its limits.
type Rate struct {
	// Resource is what the limit is for: "core", "search".
	Resource string `json:"resource"`
	// Limit is the requests of a window, Remaining what is left of them.
	Limit     int `json:"limit"`
	Remaining int `json:"remaining"`
	// Reset is when the window ends.
	Reset time.Time `json:"reset"`
}

// Limits is how an upstream tells its rate limits. The zero value is GitHub's way.
type Limits struct {
	// LimitHeader and the others name what an answer has of its window; Reset is in
	// seconds since 1970. The defaults are X-RateLimit-Limit, -Remaining, -Reset
	// and -Resource.
	LimitHeader, RemainingHeader, ResetHeader, ResourceHeader string
	// Resource is what a request counts as, before an answer says so. The default
	// is "core" for all.
	Resource func(*http.Request) string
	// Read replaces the headers, for what tells its windows in another way.
	Read func(*http.Response) (Rate, bool)
	// Separate says that a refusal without a window is for its resource only, not
	// for the credential.
	Separate bool
}

func (l Limits) defaults() Limits {
	or(&l.LimitHeader, "X-RateLimit-Limit")
	or(&l.RemainingHeader, "X-RateLimit-Remaining")
	or(&l.ResetHeader, "X-RateLimit-Reset")
	or(&l.ResourceHeader, "X-RateLimit-Resource")
	if l.Resource == nil {
		l.Resource = func(*http.Request) string { return "core" }
	}
	if l.Read == nil {
		l.Read = l.headers
	}
	return l
}

func (l Limits) headers(resp *http.Response) (Rate, bool) {
	r := Rate{Resource: resp.Header.Get(l.ResourceHeader)}
	var err1, err2 error
	r.Limit, _ = strconv.Atoi(resp.Header.Get(l.LimitHeader))
	r.Remaining, err1 = strconv.Atoi(resp.Header.Get(l.RemainingHeader))
	reset, err2 := strconv.ParseInt(resp.Header.Get(l.ResetHeader), 10, 64)
	r.Reset = time.Unix(reset, 0).UTC()
	return r, err1 == nil && err2 == nil
}

// strip takes away what a library would keep for all users together.
func (l Limits) strip(h http.Header) {
	h.Del(l.RemainingHeader)
	h.Del(l.ResetHeader)
}

// LimitError is returned for a request that the upstream refused for its rate, or
// would refuse: then it was not sent.
type LimitError struct {
	// Resource is what the limit is for.
	Resource string
	// Secondary says that it is a limit on behaviour, not the one that is counted down.
	Secondary bool
	// After is how long to wait, zero if it is not known.
	After time.Duration

	unsent bool
}

// Error names the limit.
func (e *LimitError) Error() string {
	if e.Secondary {
		return "requests came too fast"
	}
	return fmt.Sprintf("the rate limit for %s is reached", e.Resource)
}

// Rates returns what is known of the limits of a credential, by resource. It asks
// nobody.
func (c *Client) Rates(cred Credential) []Rate { return c.limits.rates(cred) }

// The bounds of what a tracker keeps.
const (
	maxUsers     = 4096
	maxResources = 64
)

// How long a refusal without a time lasts: twice as long each time, until none
// came for a while.
const (
	firstBlock  = time.Minute
	longBlock   = 8 * time.Minute
	forgotten   = 10 * time.Minute
	maxHonoured = time.Hour
)

// tracker keeps what the upstream said of its limits to each credential.
type tracker struct {
	limits   Limits
	patience time.Duration
	burst    time.Duration // of writes

	mu    sync.Mutex
	users map[[sha256.Size]byte]*list.Element
	order *list.List // of *usage, the latest first
}

type usage struct {
	cred    [sha256.Size]byte
	windows map[string]window
	blocks  map[string]block
	paced   time.Time // when what was written so far is over, at its pace
}

// window is a rate with its end by the clock of this machine.
type window struct {
	Rate
	end time.Time
}

type block struct {
	end     time.Time
	strikes int
}

func newTracker(cfg Config) *tracker {
	return &tracker{limits: cfg.Limits, patience: cfg.LimitWait, burst: cfg.WriteBurst, users: make(map[[sha256.Size]byte]*list.Element), order: list.New()}
}

// of returns the usage of a credential, nil if there is none and it is not to be
// made. The lock is held.
func (t *tracker) of(cred Credential, make bool) *usage {
	if e, ok := t.users[cred.sum]; ok {
		t.order.MoveToFront(e)
		return e.Value.(*usage)
	}
	if !make {
		return nil
	}
	if t.order.Len() >= maxUsers {
		last := t.order.Back()
		delete(t.users, last.Value.(*usage).cred)
		t.order.Remove(last)
	}
	u := &usage{cred: cred.sum, windows: map[string]window{}, blocks: map[string]block{}}
	t.users[cred.sum] = t.order.PushFront(u)
	return u
}

func (t *tracker) rates(cred Credential) []Rate {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.of(cred, false)
	if u == nil {
		return nil
	}
	out := make([]Rate, 0, len(u.windows))
	for _, w := range u.windows {
		out = append(out, w.Rate)
	}
	slices.SortFunc(out, func(a, b Rate) int { return cmp.Compare(a.Resource, b.Resource) })
	return out
}

// admit waits for a limit that is reached if that is short, and refuses otherwise.
func (t *tracker) admit(ctx context.Context, cred Credential, resource string, fits func(time.Duration) bool) error {
	left := t.patience
	for {
		reached := t.reached(cred, resource)
		if reached == nil {
			return nil
		}
		if reached.After > left || !fits(reached.After) {
			return reached
		}
		left -= reached.After
		if err := sleep(ctx, reached.After); err != nil {
			return err
		}
	}
}

// reached returns the limit that a request would meet.
func (t *tracker) reached(cred Credential, resource string) *LimitError {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.of(cred, false)
	if u == nil {
		return nil
	}
	if d := time.Until(u.blocks[t.scope(resource)].end); d > 0 {
		return &LimitError{Resource: resource, Secondary: true, After: d, unsent: true}
	}
	w := u.windows[resource]
	if d := time.Until(w.end); d > 0 && w.Remaining == 0 {
		return &LimitError{Resource: resource, After: d, unsent: true}
	}
	return nil
}

// scope is what a refusal without a window is for.
func (t *tracker) scope(resource string) string {
	if t.limits.Separate {
		return resource
	}
	return ""
}

// note keeps what an answer says, and returns the limit that it refuses for.
func (t *tracker) note(cred Credential, resource string, resp *http.Response) *LimitError {
	rate, ok := t.limits.Read(resp)
	if ok {
		rate.Resource = cmp.Or(rate.Resource, resource)
		t.count(cred, rate, resp.Header)
	}
	if resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusTooManyRequests {
		return nil
	}
	var said []byte
	if m, in := resp.Body.(*memory); in {
		said = bytes.ToLower(m.all[:min(len(m.all), 4<<10)])
	}
	after, told := retryAfter(resp.Header)
	secondary := has(said, "secondary rate limit", "secondary-rate-limit", "abuse detection", "abuse-rate-limit")
	used := ok && rate.Remaining == 0 && (resp.StatusCode == http.StatusTooManyRequests || has(said, "rate limit"))
	switch {
	case used && !secondary:
		return &LimitError{Resource: rate.Resource, After: min(max(until(rate.Reset, resp.Header), time.Second), maxHonoured)}
	case secondary || told || resp.StatusCode == http.StatusTooManyRequests:
		return &LimitError{Resource: resource, Secondary: true, After: t.block(cred, t.scope(resource), after, told)}
	}
	return nil
}

func has(said []byte, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(said, []byte(w)) })
}

// count keeps a window. Answers come in any order: within a window the fewest are
// the latest.
func (t *tracker) count(cred Credential, rate Rate, h http.Header) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, now := t.of(cred, true), time.Now()
	old, ok := u.windows[rate.Resource]
	if ok && old.end.After(now) && (rate.Reset.Before(old.Reset) || rate.Reset.Equal(old.Reset) && rate.Remaining > old.Remaining) {
		return
	}
	if !ok && len(u.windows) >= maxResources {
		maps.DeleteFunc(u.windows, func(_ string, w window) bool { return w.end.Before(now) })
		if len(u.windows) >= maxResources {
			return
		}
	}
	u.windows[rate.Resource] = window{rate, now.Add(min(until(rate.Reset, h), maxHonoured))}
}

// block keeps a refusal, and returns how long it lasts.
func (t *tracker) block(cred Credential, scope string, after time.Duration, told bool) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	u, now := t.of(cred, true), time.Now()
	b := u.blocks[scope]
	if b.end.After(now) && !told {
		// It is one refusal, however many requests were under way.
		return b.end.Sub(now)
	}
	if now.Sub(b.end) >= forgotten {
		b.strikes = 0
	}
	wait := min(after, maxHonoured)
	if !told {
		wait = min(firstBlock<<b.strikes, longBlock)
		b.strikes = min(b.strikes+1, 10)
	}
	if len(u.blocks) >= maxResources {
		maps.DeleteFunc(u.blocks, func(_ string, b block) bool { return now.Sub(b.end) > forgotten })
	}
	if end := now.Add(wait); end.After(b.end) && len(u.blocks) < maxResources {
		b.end = end
		u.blocks[scope] = b
	}
	return wait
}

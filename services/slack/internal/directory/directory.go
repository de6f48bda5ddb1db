// Package directory remembers the people and channels of workspaces for a while,
// so that a name is asked for once. Nothing is asked here and nothing is kept
// before somebody needed it.
//
// Each entry is kept for the eyes that saw it: what one token was shown is never
// told to another. The size is bounded in bytes, the oldest use goes first.
//
// Start with New.
package directory

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// How long an entry is good for.
const (
	peopleFor   = 24 * time.Hour
	channelsFor = time.Hour
	missingFor  = time.Minute
	wholeFor    = 10 * time.Minute
)

// Directory holds people, channels and what was looked for in vain. It is safe for
// concurrent use.
type Directory struct {
	seed    maphash.Seed
	flights flights

	mu                        sync.Mutex
	people, channels, missing *shelf
	whole                     *shelf // whose people all are here
}

// New returns an empty Directory that holds at most about so many bytes.
func New(bytes int) *Directory {
	return &Directory{
		seed: maphash.MakeSeed(), flights: flights{going: make(map[string]*flight)},
		people: newShelf(peopleFor, bytes/2), channels: newShelf(channelsFor, bytes/2-bytes/32), missing: newShelf(missingFor, bytes/64),
		whole: newShelf(wholeFor, bytes/64),
	}
}

// Bytes returns about how much is held.
func (d *Directory) Bytes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.people.held + d.channels.held + d.missing.held + d.whole.held
}

// Len returns how many people and channels are held.
func (d *Directory) Len() (people, channels int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.people.byID), len(d.channels.byID)
}

func (d *Directory) eyes(key string) uint64 { return maphash.String(d.seed, key) }

// Channel returns a channel of an id, with neither topic, purpose nor members, and
// how long it has been known.
func (d *Directory) Channel(eyes, id string) (ch api.Channel, age time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, age := d.channels.get(d.channels.withID(key{d.eyes(eyes), id}))
	if s == nil {
		return api.Channel{}, 0, false
	}
	return s.channel(), age, true
}

// ChannelNamed is Channel by name, in whatever case. It knows none where two that
// are not archived bear the name.
func (d *Directory) ChannelNamed(eyes, name string) (ch api.Channel, age time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, age := d.channels.get(d.channels.named(key{d.eyes(eyes), strings.ToLower(name)}))
	if s == nil || s.flags&shared != 0 {
		return api.Channel{}, 0, false
	}
	return s.channel(), age, true
}

// KeepChannels keeps channels in the place of what was known of them: one that was
// renamed is no longer found by its old name.
func (d *Directory) KeepChannels(eyes string, list ...api.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.eyes(eyes)
	for i := range list {
		d.channels.keep(e, packChannel(&list[i]))
	}
}

// Channels calls see with each channel that is known, until it returns false. It
// must not use d.
func (d *Directory) Channels(eyes string, see func(api.Channel) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.channels.each(d.eyes(eyes), func(s *slot) bool { return see(s.channel()) })
}

// ForgetChannel forgets one, so that it is asked for anew.
func (d *Directory) ForgetChannel(eyes, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.channels.forget(key{d.eyes(eyes), id})
}

// Person returns a person of an id, without a time zone.
func (d *Directory) Person(eyes, id string) (api.User, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, _ := d.people.get(d.people.withID(key{d.eyes(eyes), id}))
	if s == nil {
		return api.User{}, false
	}
	return s.person(), true
}

// PersonNamed is Person by handle. It knows none where two bear it.
func (d *Directory) PersonNamed(eyes, handle string) (api.User, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, _ := d.people.get(d.people.named(key{d.eyes(eyes), strings.ToLower(handle)}))
	if s == nil || s.flags&shared != 0 {
		return api.User{}, false
	}
	return s.person(), true
}

// KeepPeople keeps people in the place of what was known of them.
func (d *Directory) KeepPeople(eyes string, list ...api.User) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.eyes(eyes)
	for i := range list {
		if d.people.keep(e, packPerson(&list[i])) {
			d.whole = newShelf(wholeFor, d.whole.most)
		}
	}
}

// KeepWhole remembers that all people have been kept.
func (d *Directory) KeepWhole(eyes string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.whole.keep(d.eyes(eyes), packed{data: "people", id: len("people")})
}

// Whole reports whether all people are here, as of some minutes ago.
func (d *Directory) Whole(eyes string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, _ := d.whole.get(d.whole.withID(key{d.eyes(eyes), "people"}))
	return s != nil
}

// People calls see with each person who is known, until it returns false. It must
// not use d.
func (d *Directory) People(eyes string, see func(api.User) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people.each(d.eyes(eyes), func(s *slot) bool { return see(s.person()) })
}

// Missing reports whether what was looked for in vain within the last minute.
func (d *Directory) Missing(eyes, what string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, _ := d.missing.get(d.missing.withID(key{d.eyes(eyes), what}))
	return s != nil
}

// KeepMissing remembers that what was looked for in vain.
func (d *Directory) KeepMissing(eyes, what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.missing.keep(d.eyes(eyes), packed{data: what, id: len(what)})
}

package slack

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// census looks at people one after the other and keeps those who fit a name best.
type census struct {
	word   string // folded
	most   int
	enough bool // it may end with so many who fit, and the best not among them
	hits   []hit
	seen   int
	whole  bool // there are no more people
}

// hit is somebody whose name fits: the lower the rank, the better.
type hit struct {
	api.User
	rank int
}

// The ranks of hits.
const (
	byHandle = iota
	byName
	byPrefix
	byWord
	byPart
	noHit
)

func newCensus(name string, most int) *census {
	return &census{word: directory.Fold(strings.TrimPrefix(strings.TrimSpace(name), "@")), most: most}
}

// see looks at one person.
func (c *census) see(u api.User) {
	c.seen++
	rank := noHit
	for i, s := range [...]string{u.Handle, u.DisplayName, u.RealName, u.Email} {
		s = directory.Fold(s)
		at := strings.Index(s, c.word)
		switch {
		case at < 0 || s == "":
			continue
		case len(s) == len(c.word) && i == 0:
			rank = min(rank, byHandle)
		case len(s) == len(c.word):
			rank = min(rank, byName)
		case at == 0:
			rank = min(rank, byPrefix)
		case strings.Contains(s, " "+c.word):
			rank = min(rank, byWord)
		default:
			rank = min(rank, byPart)
		}
	}
	if rank == noHit {
		return
	}
	if u.Deleted {
		rank += noHit // behind everybody who is here
	}
	c.hits = append(c.hits, hit{u, rank})
	if len(c.hits) >= 4*c.most+100 {
		c.sort()
		c.hits = c.hits[:c.most]
	}
}

func (c *census) sort() {
	slices.SortFunc(c.hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Handle, b.Handle), cmp.Compare(a.ID, b.ID))
	})
	c.hits = slices.CompactFunc(c.hits, func(a, b hit) bool { return a.ID == b.ID })
}

// users are the best, the first the best of all.
func (c *census) users() []api.User {
	c.sort()
	list := make([]api.User, min(c.most, len(c.hits)))
	for i := range list {
		list[i] = c.hits[i].User
	}
	return list
}

// exact are those who have the very handle, else those who have the very name.
func (c *census) exact() []api.User {
	c.sort()
	var list []api.User
	for _, h := range c.hits {
		if h.rank <= byName && h.rank == c.hits[0].rank {
			list = append(list, h.User)
		}
	}
	return list
}

// found reports whether somebody has the very handle: then there is no other.
func (c *census) found() bool {
	return slices.ContainsFunc(c.hits, func(h hit) bool { return h.rank == byHandle })
}

// census looks through those who are known if they are all, else through Slack's
// list from a cursor on, until somebody has the very handle. It returns where it
// may go on.
func (w *workspace) census(ctx context.Context, c *census, cursor string, pages int) (next string, err error) {
	dir, eyes := w.svc.directory, w.key()
	if cursor == "" && dir.Whole(eyes) {
		dir.People(eyes, func(u api.User) bool { c.see(u); return true })
		c.whole = true
		return "", nil
	}
	ctx, cancel := context.WithTimeout(ctx, huntFor)
	defer cancel()
	begun, size := cursor == "", peoplePage
	if begun {
		size = firstPeople
	}
	for range pages {
		page, next, err := w.reads.Users(ctx, size, cursor)
		if err != nil {
			return cursor, err
		}
		size = peoplePage
		dir.KeepPeople(eyes, page...)
		for _, u := range page {
			c.see(u)
		}
		if cursor = next; next == "" {
			if c.whole = begun; begun {
				dir.KeepWhole(eyes)
			}
			break
		}
		if c.found() || len(c.hits) >= c.most && c.enough {
			break
		}
	}
	return cursor, nil
}

package text

import (
	"cmp"
	"container/list"
	"slices"
	"sync"
)

const (
	mostIndexed   = 32   // files whose lines are remembered
	mostPositions = 4096 // of one file
	indexEvery    = 1 << 20
)

type indexKey struct {
	id  ID
	end ender
}

// index remembers where some lines begin, of the files read last.
type index struct {
	mu    sync.Mutex
	files map[indexKey]*list.Element // of *indexed
	order list.List                  // the file used last is first
}

type indexed struct {
	key       indexKey
	positions []position  // ascending, at least indexEvery apart
	recent    [8]position // where pages ended
	next      int
}

// before returns the last position known that is not behind line, the zero
// position if there is none.
func (x *index) before(key indexKey, line int64) (best position) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.files[key]
	if e == nil {
		return best
	}
	x.order.MoveToFront(e)
	f := e.Value.(*indexed)
	i, found := slices.BinarySearchFunc(f.positions, line, func(p position, line int64) int { return cmp.Compare(p.line, line) })
	if found {
		return f.positions[i]
	}
	if i > 0 {
		best = f.positions[i-1]
	}
	for _, p := range f.recent {
		if p.line <= line && p.line > best.line {
			best = p
		}
	}
	return best
}

// add remembers a position.
func (x *index) add(key indexKey, p position) {
	if key.id == (ID{}) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.files[key]
	if e == nil {
		if x.files == nil {
			x.files = make(map[indexKey]*list.Element)
		}
		e = x.order.PushFront(&indexed{key: key})
		x.files[key] = e
		if x.order.Len() > mostIndexed {
			last := x.order.Back()
			x.order.Remove(last)
			delete(x.files, last.Value.(*indexed).key)
		}
	}
	x.order.MoveToFront(e)
	f := e.Value.(*indexed)
	f.recent[f.next%len(f.recent)] = p
	f.next++
	every := max(indexEvery, key.id.Size/mostPositions)
	i, _ := slices.BinarySearchFunc(f.positions, p.offset, func(q position, off int64) int { return cmp.Compare(q.offset, off) })
	if len(f.positions) < mostPositions && (i == 0 || p.offset >= f.positions[i-1].offset+every) &&
		(i == len(f.positions) || p.offset+every <= f.positions[i].offset) {
		f.positions = slices.Insert(f.positions, i, p)
	}
}

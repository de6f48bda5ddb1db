package watch

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// workers is how many nodes are looked at at once.
const workers = 3

// A look that takes longer than costly is paid for by a pause of ten times as
// long, up to maxPause: who writes without end to large files gets less of the
// processor than who writes to small ones.
const (
	costly   = 5 * time.Millisecond
	maxPause = 2 * time.Second
)

// plan puts a node into the queue, for when it is to be looked at. The lock is
// held.
func (m *Manager) plan(n *node) {
	now := time.Now()
	wait := audit + rand.N(audit)
	switch {
	case n.dirty:
		wait = max(coalesce, between-now.Sub(n.last))
		if n.cost > costly {
			wait = max(wait, min(10*n.cost, maxPause)-now.Sub(n.last))
		}
	case n.known.partial:
		wait = coalesce
	case n.polled:
		wait = m.opts.Poll + rand.N(m.opts.Poll)
	}
	n.due = now.Add(wait)
	m.queue.put(n)
	if m.queue[0] == n {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
}

// schedule hands nodes to the workers as they become due.
func (m *Manager) schedule() {
	timer := time.NewTimer(audit)
	defer timer.Stop()
	for {
		n, wait := m.head()
		if n != nil {
			select {
			case m.work <- n:
				continue
			case <-m.done:
				m.settle(n, time.Now(), false, nil)
				return
			}
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-m.wake:
		case <-m.done:
			return
		}
	}
}

// head takes the first node from the queue if it is due, else it returns how
// long that takes.
func (m *Manager) head() (*node, time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return nil, audit
	}
	n := m.queue[0]
	if wait := time.Until(n.due); wait > 0 {
		return nil, wait
	}
	m.queue.remove(n)
	n.running = true
	return n, 0
}

// serve looks at nodes.
func (m *Manager) serve() {
	for {
		select {
		case n := <-m.work:
			m.look(n)
		case <-m.done:
			return
		}
	}
}

// queue is a heap of nodes, the one that is due first first.
type queue []*node

func (q *queue) put(n *node) {
	if n.place >= 0 {
		heap.Fix(q, n.place)
	} else {
		heap.Push(q, n)
	}
}

func (q *queue) remove(n *node) {
	if n.place >= 0 {
		heap.Remove(q, n.place)
	}
}

// Len implements [heap.Interface].
func (q queue) Len() int { return len(q) }

// Less implements [heap.Interface].
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }

// Swap implements [heap.Interface].
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push implements [heap.Interface].
func (q *queue) Push(x any) {
	n := x.(*node)
	n.place = len(*q)
	*q = append(*q, n)
}

// Pop implements [heap.Interface].
func (q *queue) Pop() any {
	last := len(*q) - 1
	n := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	n.place = -1
	return n
}

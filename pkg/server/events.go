package server

import (
	"container/list"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The most streams that are kept for clients that resume them, of one session
// and of all. A session opens one with each request, and none is ever closed:
// its client may come back for it.
const (
	maxStreams     = 16_384
	sessionStreams = 256
)

// eventCost is what an event takes besides its data. One that begins a stream
// has none.
const eventCost = 128

// events keeps what sessions sent, so that clients can resume streams that
// broke. It is bounded, whatever the number of sessions and streams: the oldest
// events make room for new ones, and the streams opened first for new streams,
// but for each session's standing stream. What was dropped cannot be resumed;
// its client begins anew.
type events struct {
	most int // bytes

	mu       sync.Mutex
	size     int
	sessions map[string]*sessionEvents
	kept     list.List // of event, oldest first
	streams  list.List // of *streamEvents, without the standing ones, opened first first
}

type sessionEvents struct {
	byID   map[string]*streamEvents
	opened []*streamEvents // without the standing one
}

type streamEvents struct {
	session *sessionEvents
	id      string
	first   int             // index of the first event that is kept
	kept    []*list.Element // in events.kept
	place   *list.Element   // in events.streams; nil for a standing stream
}

type event struct {
	stream *streamEvents
	data   []byte
}

func newEvents(most int) *events {
	return &events{most: most, sessions: make(map[string]*sessionEvents)}
}

// Open implements [mcp.EventStore]. A session begins with its standing stream,
// which has no id: another stream without a session is one of a session that
// has just ended, and is not kept.
func (e *events) Open(_ context.Context, sessionID, streamID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.sessions[sessionID]
	switch {
	case s == nil && streamID != "":
		return nil
	case s == nil:
		s = &sessionEvents{byID: make(map[string]*streamEvents)}
		e.sessions[sessionID] = s
	case s.byID[streamID] != nil:
		return nil
	}
	st := &streamEvents{session: s, id: streamID}
	s.byID[streamID] = st
	if streamID == "" {
		return nil
	}
	if len(s.opened) == sessionStreams {
		e.drop(s.opened[0])
	}
	if e.streams.Len() == maxStreams {
		e.drop(e.streams.Front().Value.(*streamEvents))
	}
	s.opened = append(s.opened, st)
	st.place = e.streams.PushBack(st)
	return nil
}

// Append implements [mcp.EventStore]. An event of a stream that was dropped is
// an error, which the SDK minds only if nobody reads the stream.
func (e *events) Append(_ context.Context, sessionID, streamID string, data []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	st, err := e.find(sessionID, streamID)
	if err != nil {
		return err
	}
	st.kept = append(st.kept, e.kept.PushBack(event{st, data}))
	e.size += len(data) + eventCost
	// The newest is kept however large it is: it is what a client misses first.
	for e.size > e.most && e.kept.Len() > 1 {
		oldest := e.kept.Front().Value.(event).stream
		e.forget(oldest.kept[0])
		oldest.kept[0] = nil
		oldest.kept = oldest.kept[1:]
		oldest.first++
	}
	return nil
}

// After implements [mcp.EventStore].
func (e *events) After(_ context.Context, sessionID, streamID string, index int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		missed, err := e.after(sessionID, streamID, index)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, data := range missed {
			if !yield(data, nil) {
				return
			}
		}
	}
}

func (e *events) after(sessionID, streamID string, index int) (missed [][]byte, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	st, err := e.find(sessionID, streamID)
	if err != nil {
		return nil, err
	}
	if index+1 < st.first {
		return nil, fmt.Errorf("the events before %d: %w", st.first, mcp.ErrEventsPurged)
	}
	for _, place := range st.kept[min(index+1-st.first, len(st.kept)):] {
		missed = append(missed, place.Value.(event).data)
	}
	return missed, nil
}

// SessionClosed implements [mcp.EventStore].
func (e *events) SessionClosed(_ context.Context, sessionID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.sessions[sessionID]; s != nil {
		for _, st := range s.byID {
			e.clear(st)
		}
		delete(e.sessions, sessionID)
	}
	return nil
}

// find returns a stream that is kept. The lock is held.
func (e *events) find(sessionID, streamID string) (*streamEvents, error) {
	if s := e.sessions[sessionID]; s != nil && s.byID[streamID] != nil {
		return s.byID[streamID], nil
	}
	return nil, fmt.Errorf("the stream: %w", mcp.ErrEventsPurged)
}

// drop forgets a stream that is not a standing one. The lock is held.
func (e *events) drop(st *streamEvents) {
	e.clear(st)
	delete(st.session.byID, st.id)
	st.session.opened = slices.DeleteFunc(st.session.opened, func(o *streamEvents) bool { return o == st })
}

// clear forgets what the lists have of a stream. The lock is held.
func (e *events) clear(st *streamEvents) {
	for _, place := range st.kept {
		e.forget(place)
	}
	if st.place != nil {
		e.streams.Remove(st.place)
	}
}

// forget forgets one event. The lock is held.
func (e *events) forget(place *list.Element) {
	e.size -= len(e.kept.Remove(place).(event).data) + eventCost
}

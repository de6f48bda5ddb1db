package server

import (
	"context"
	"errors"
	"maps"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// outbox is what a session is still to be told. It holds each resource once,
// however often that changes while its client does not read, and has a
// goroutine while it holds any: a slow client delays nobody else.
type outbox struct {
	waiting map[letter]struct{}
	queue   []letter // those waiting, longest first
	busy    bool     // a goroutine sends them
	now     update   // what it sends
}

// letter says that a resource has changed.
type letter struct {
	about *watch
	to    *listen // nil: to all that hold the resource
	sure  bool    // to the session itself, whether it holds the resource or not
}

// update is one notification, for each listen that holds the resource.
type update struct {
	uri   string
	ids   []any // of listens
	plain bool  // a subscription without an id holds it too
	ends  []context.CancelFunc
}

// changed tells each session that holds x that it has changed. It never waits
// for a client.
func (w *watches) changed(x *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for h := range x.holders {
		w.post(h, letter{about: x})
	}
}

// post puts a letter into a session's outbox. The lock is held.
func (w *watches) post(h *holding, m letter) {
	if _, ok := h.waiting[m]; !ok {
		if h.waiting == nil {
			h.waiting = make(map[letter]struct{})
		}
		h.waiting[m] = struct{}{}
		h.queue = append(h.queue, m)
	}
	if !h.busy {
		h.busy = true
		go w.deliver(h)
	}
}

// deliver sends what is in the outbox until it is empty.
func (w *watches) deliver(h *holding) {
	for w.next(h) {
		w.send(h.key)
	}
}

// next takes the next notification from the outbox. What only listens hold that
// are not acknowledged yet is kept for them.
func (w *watches) next(h *holding) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(h.queue) > 0 {
		m := h.queue[0]
		h.queue = h.queue[1:]
		delete(h.waiting, m)
		x, u := m.about, update{uri: m.about.uri, plain: m.sure && !h.ended}
		for _, l := range x.holders[h] {
			switch {
			case m.sure, m.to != nil && l != m.to:
			case l == nil:
				u.plain = true
			case l.id != nil:
				u.ids, u.ends = append(u.ids, l.id), append(u.ends, l.end)
			case l.missed == nil:
				l.missed = map[*watch]struct{}{x: {}}
			default:
				l.missed[x] = struct{}{}
			}
		}
		if u.plain || len(u.ids) > 0 {
			h.now = u
			return true
		}
	}
	h.waiting, h.queue, h.busy = nil, nil, false
	return false
}

// fan makes what the SDK sends to a session with a key what that session is to
// be told, and an acknowledgement name what was asked for.
func (w *watches) fan(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		session, _ := req.GetSession().(*mcp.ServerSession)
		switch p := req.GetParams().(type) {
		case *mcp.SubscriptionsAcknowledgedParams:
			l := listenOf(ctx)
			if l == nil || len(p.Notifications.ResourceSubscriptions) == 0 {
				break
			}
			q := *p
			q.Notifications.ResourceSubscriptions = l.uris
			res, err := next(ctx, method, &mcp.ServerRequest[*mcp.SubscriptionsAcknowledgedParams]{Session: session, Params: &q})
			if err == nil {
				w.acknowledged(session, l, p.Meta[mcp.MetaKeySubscriptionID])
			}
			return res, err
		case *mcp.ResourceUpdatedNotificationParams:
			if h := w.holding(session); h != nil && h.key == p.URI {
				return h.now.send(ctx, method, session, p, next)
			}
		}
		return next(ctx, method, req)
	}
}

// acknowledged lets a listen have its notifications: none may come before the
// client knows of it.
func (w *watches) acknowledged(session *mcp.ServerSession, l *listen, id any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l.id = id
	if h := w.held[session]; h != nil {
		for x := range l.missed {
			w.post(h, letter{about: x, to: l})
		}
	}
	l.missed = nil
}

// send sends the notification to each listen that holds its resource. The SDK
// would send one to each session, with the id of the listen that came last,
// which may have ended. A listen whose client cannot be told ends, so that it
// does not rely on it.
func (u update) send(ctx context.Context, method string, session *mcp.ServerSession, p *mcp.ResourceUpdatedNotificationParams, next mcp.MethodHandler) (res mcp.Result, err error) {
	one := func(meta mcp.Meta) error {
		_, err := next(ctx, method, &mcp.ServerRequest[*mcp.ResourceUpdatedNotificationParams]{Session: session,
			Params: &mcp.ResourceUpdatedNotificationParams{Meta: meta, URI: u.uri}})
		return err
	}
	for i, id := range u.ids {
		meta := make(mcp.Meta)
		maps.Copy(meta, p.Meta)
		meta[mcp.MetaKeySubscriptionID] = id
		if failed := one(meta); failed != nil {
			err = errors.Join(err, failed)
			u.ends[i]()
		}
	}
	if u.plain {
		err = errors.Join(err, one(p.Meta))
	}
	return nil, err
}

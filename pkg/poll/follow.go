package poll

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// patience bounds one question.
	patience = time.Minute
	// settle is the least time between questions that Tell causes, if the other side
	// wants no more.
	settle = 5 * time.Second
)

// follow asks about a subject until its context ends.
func (p *Poller) follow(ctx context.Context, x *subject) {
	defer x.cancel()
	a, err := p.question(ctx, x)
	x.err = err
	close(x.ready)
	if err != nil {
		p.mu.Lock()
		p.drop(x)
		p.mu.Unlock()
		return
	}
	state, wait, last, least := a.State, p.cfg.Every, time.Now(), a.After
	timer := time.NewTimer(jitter(max(wait, a.After)))
	defer timer.Stop()
	for {
		told := false
		select {
		case <-ctx.Done():
			return
		case <-x.told:
			if time.Since(last) < max(settle, least) {
				continue
			}
			told = true
		case <-timer.C:
		}
		a, err := p.question(ctx, x)
		last, least = time.Now(), a.After
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && p.cfg.Lost(err):
			wait = p.cfg.Most
			if p.setLost(x, true) {
				p.cfg.Failed(x.key, err, true)
				p.notify(x)
			}
		case err != nil:
			wait = longer(wait, p.cfg.Most)
			p.cfg.Failed(x.key, err, false)
		default:
			back := p.setLost(x, false)
			if a.State == state && !back {
				wait = longer(wait, p.cfg.Most)
				if told {
					wait = p.cfg.Every // it may only not show yet
				}
				break
			}
			state, wait = a.State, p.cfg.Every
			// Those who watch have heard of it from Tell.
			if !told || back {
				p.notify(x)
			}
		}
		timer.Reset(jitter(max(wait, a.After)))
	}
}

func (p *Poller) question(ctx context.Context, x *subject) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return x.ask(ctx)
}

// Tell says that a subject has changed: all who watch it hear of it at once,
// whoever's eyes they watch with, but for those that lost sight of it.
func (p *Poller) Tell(subject string) {
	p.mu.Lock()
	var list []*watcher
	for key, x := range p.subs {
		if key.Subject != subject || x.lost {
			continue
		}
		for w := range x.watchers {
			list = append(list, w)
		}
		select {
		case x.told <- struct{}{}:
		default:
		}
	}
	p.mu.Unlock()
	for _, w := range list {
		w.changed()
	}
}

func (p *Poller) notify(x *subject) {
	p.mu.Lock()
	list := make([]*watcher, 0, len(x.watchers))
	for w := range x.watchers {
		list = append(list, w)
	}
	p.mu.Unlock()
	for _, w := range list {
		w.changed()
	}
}

// setLost reports whether it has changed something.
func (p *Poller) setLost(x *subject, lost bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	changes := x.lost != lost
	x.lost = lost
	return changes
}

// Len returns how many subjects are watched.
func (p *Poller) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.subs)
}

// Close ends all watches and waits for the questions that are being asked.
func (p *Poller) Close() error {
	p.mu.Lock()
	p.end()
	p.mu.Unlock()
	p.run.Wait()
	return nil
}

// longer is the time between questions after one more that brought nothing new.
func longer(wait, most time.Duration) time.Duration { return min(wait+wait/4, most) }

// jitter spreads what would be asked at the same time. It never asks early.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/10+1) }

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// startLimit is how long a service may take until it answers.
	startLimit = 30 * time.Second
	// demoLimit is how long it may take if a demo command must first get what it
	// serves, perhaps from far away.
	demoLimit = 5 * time.Minute
	// settleLimit is how long one that answers may take until it is ready.
	settleLimit = 5 * time.Second
	// askEvery is how often it is asked meanwhile.
	askEvery = 20 * time.Millisecond
)

// state is what has become of a service that was started.
type state struct {
	up, ready bool
	// detail is what it says of itself, or what is known of it.
	detail string
}

// awaitAll returns the states of the services, in their order, once each is
// ready, says that it lacks something, has ended or has had its time. It says what
// it waits for if that takes long.
func awaitAll(ctx context.Context, out *screen, parts []*part) []state {
	states := make([]state, len(parts))
	var mu sync.Mutex
	waiting := make(map[string]bool)
	for _, p := range parts {
		waiting[p.Name] = true
	}
	stop := progress(out, func(after time.Duration) string {
		mu.Lock()
		defer mu.Unlock()
		var list []string
		for _, p := range parts {
			if waiting[p.Name] {
				list = append(list, p.Name)
			}
		}
		return fmt.Sprintf("waiting for %s, %s", strings.Join(list, ", "), after)
	})
	defer stop()
	var all sync.WaitGroup
	for i, p := range parts {
		all.Go(func() {
			states[i] = await(ctx, p)
			mu.Lock()
			defer mu.Unlock()
			delete(waiting, p.Name)
		})
	}
	all.Wait()
	return states
}

// await returns the state of one. A service that answers without being ready is
// given a moment, unless it is known to lack something.
func await(ctx context.Context, p *part) state {
	limit := startLimit
	if p.instead != "" {
		limit = demoLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	var settled <-chan time.Time // nil until it answers
	now := state{detail: fmt.Sprintf("it has not answered in %s", limit)}
	for {
		if said, ok := ask(ctx, "http://"+address(p.Port)+"/readyz"); ok {
			now = said
			if now.ready || p.lacks != "" {
				return now
			}
			if settled == nil {
				settled = time.After(settleLimit)
			}
		}
		select {
		case <-p.ended:
			return state{detail: fmt.Sprintf("it has ended (%v): what it said is above", p.failure)}
		case <-settled:
			return now
		case <-ctx.Done():
			return now
		case <-tick.C:
		}
	}
}

// ask asks a service for its readiness. ok is whether it has answered.
func ask(ctx context.Context, url string) (now state, ok bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return state{}, false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return state{}, false
	}
	defer res.Body.Close()
	var said struct {
		Detail string `json:"detail"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&said); err != nil {
		return state{}, false
	}
	return state{up: true, ready: res.StatusCode == http.StatusOK, detail: said.Detail}, true
}

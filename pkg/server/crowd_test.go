package server

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestCrowdWaitsAMoment(t *testing.T) {
	for _, p := range places {
		synctest.Test(t, func(t *testing.T) {
			c, began := newCrowd(p), time.Now()
			const proxy = "192.0.2.1"
			enter := func(address string) func() {
				t.Helper()
				leave, ok := c.enter(t.Context(), address)
				if !ok {
					t.Fatalf("%s: %s is not let in", p.prefix, address)
				}
				return leave
			}
			var inside []func()
			for range p.each {
				inside = append(inside, enter(proxy))
			}
			// Each that comes when there is no room goes on when one has left.
			done := make(chan time.Duration, p.queue)
			for range p.each {
				go func() {
					leave, ok := c.enter(t.Context(), proxy)
					if ok {
						defer leave()
						done <- time.Since(began)
					}
				}()
			}
			synctest.Wait()
			time.Sleep(time.Second)
			inside[0]()
			for range p.each {
				if at := <-done; at != time.Second {
					t.Errorf("%s: one went on after %s", p.prefix, at)
				}
			}
			synctest.Wait()
			inside[0] = enter(proxy)

			// Nobody waits longer than that, or for who has left.
			before := time.Now()
			if _, ok := c.enter(t.Context(), proxy); ok || time.Since(before) != crowdWait {
				t.Errorf("%s: %t after %s", p.prefix, ok, time.Since(before))
			}
			gone, leave := context.WithCancel(t.Context())
			leave()
			before = time.Now()
			if _, ok := c.enter(gone, proxy); ok || time.Since(before) > 0 {
				t.Errorf("%s: one that left: %t after %s", p.prefix, ok, time.Since(before))
			}

			// No more wait than the queue has room for, whatever their addresses.
			for i := len(inside); i < p.atOnce; i++ {
				inside = append(inside, enter(fmt.Sprintf("198.51.100.%d", i)))
			}
			refused := make(chan time.Duration, 2*p.queue)
			before = time.Now()
			for i := range 2 * p.queue {
				go func() {
					if _, ok := c.enter(t.Context(), fmt.Sprintf("203.0.113.%d", i)); !ok {
						refused <- time.Since(before)
					}
				}()
			}
			counts := map[time.Duration]int{}
			for range 2 * p.queue {
				counts[<-refused]++
			}
			if counts[0] != p.queue || counts[crowdWait] != p.queue {
				t.Errorf("%s: %v were refused", p.prefix, counts)
			}
			for _, leave := range inside {
				leave()
			}
			if len(c.by) != 0 || c.waiting != 0 || !c.all.TryAcquire(int64(p.atOnce)) {
				t.Errorf("%s: %d addresses are remembered, %d wait", p.prefix, len(c.by), c.waiting)
			}
		})
	}
}

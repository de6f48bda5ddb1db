package rates_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/rates"
)

func passes() (time.Duration, bool) { return 0, false }

// after is the wait that err tells of, -1 if it is no *rates.Error.
func after(err error) time.Duration {
	var e *rates.Error
	if !errors.As(err, &e) {
		return -1
	}
	return e.After
}

func TestTiers(t *testing.T) {
	for method, perMinute := range map[string]int{
		"conversations.list": 20, "search.messages": 20, "users.conversations": 50, "conversations.history": 50, "users.info": 100, "some.method": 50,
	} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := rates.New(0)
				k := rates.Key{Team: "T1", Method: method}
				count := func() (n int) {
					for l.Do(t.Context(), k, passes) == nil {
						n++
					}
					return n
				}
				for range 1000 {
					if err := l.Do(t.Context(), k, passes); err != nil {
						t.Fatalf("before a refusal: %v", err)
					}
				}
				_ = l.Do(t.Context(), k, func() (time.Duration, bool) { return time.Second, true })
				time.Sleep(2 * time.Minute)
				if n := count(); n != perMinute {
					t.Errorf("%d at once after a refusal", n)
				}
				time.Sleep(30 * time.Second)
				if n := count(); n != perMinute/2 {
					t.Errorf("%d in half a minute", n)
				}
				time.Sleep(10 * time.Minute)
				for range 1000 {
					if err := l.Do(t.Context(), k, passes); err != nil {
						t.Fatalf("when it is forgotten: %v", err)
					}
				}
				if err := l.Do(t.Context(), rates.Key{Team: "T2", Method: method}, passes); err != nil {
					t.Errorf("another team: %v", err)
				}
			})
		})
	}
}

func TestMessagesToAChannelComeOneASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rates.New(15 * time.Second)
		began := time.Now()
		for range 15 {
			if err := l.Do(t.Context(), rates.Key{Team: "T1", Method: "chat.postMessage", Channel: "C1"}, passes); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(began).Round(time.Second); d != 10*time.Second {
			t.Errorf("15 messages took %s", d)
		}
		if err := l.Do(t.Context(), rates.Key{Team: "T1", Method: "chat.postMessage", Channel: "C2"}, passes); err != nil || time.Since(began).Round(time.Second) != 10*time.Second {
			t.Errorf("another channel: %v after %s", err, time.Since(began))
		}
	})
}

func TestARefusalIsWaitedForWithinTheBudget(t *testing.T) {
	for _, tt := range []struct {
		name         string
		wait         time.Duration
		deadline     time.Duration
		sent         int
		took, missed time.Duration
	}{
		{"short", 3 * time.Second, time.Minute, 2, 3 * time.Second, -1},
		{"as long as the budget", 15 * time.Second, time.Minute, 2, 15 * time.Second, -1},
		{"longer", 16 * time.Second, time.Minute, 1, 0, 16 * time.Second},
		{"past the deadline", 5 * time.Second, 4 * time.Second, 1, 0, 5 * time.Second},
		{"up to the deadline", 5 * time.Second, 5 * time.Second, 1, 0, 5 * time.Second},
		{"no time", 0, time.Minute, 2, time.Second, -1},
		{"absurd", 1000 * time.Hour, time.Minute, 1, 0, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := rates.New(15 * time.Second)
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()
				began, sent := time.Now(), 0
				err := l.Do(ctx, rates.Key{Team: "T1", Method: "users.info"}, func() (time.Duration, bool) {
					sent++
					return tt.wait, sent == 1
				})
				if sent != tt.sent || time.Since(began) != tt.took || after(err) != tt.missed || tt.missed < 0 && err != nil {
					t.Errorf("sent %d times in %s: %v", sent, time.Since(began), err)
				}
			})
		})
	}
}

func TestARefusalHoldsForAllOfTheTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rates.New(0)
		k := rates.Key{Team: "T1", Method: "users.info"}
		_ = l.Do(t.Context(), k, func() (time.Duration, bool) { return 10 * time.Second, true })
		time.Sleep(4 * time.Second)
		err := l.Do(t.Context(), k, func() (time.Duration, bool) { t.Error("it was sent"); return 0, false })
		if after(err) != 6*time.Second {
			t.Error(err)
		}
		if err := l.Do(t.Context(), rates.Key{Team: "T1", Method: "users.list"}, passes); err != nil {
			t.Errorf("another method: %v", err)
		}
		time.Sleep(6 * time.Second)
		if err := l.Do(t.Context(), k, passes); err != nil {
			t.Errorf("when it is over: %v", err)
		}
	})
}

// A refusal of a message may be for its channel or for the workspace.
func TestARefusalHoldsForAllChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rates.New(0)
		post := func(channel string) rates.Key {
			return rates.Key{Team: "T1", Method: "chat.postMessage", Channel: channel}
		}
		_ = l.Do(t.Context(), post("C1"), func() (time.Duration, bool) { return 10 * time.Second, true })
		time.Sleep(4 * time.Second)
		for _, channel := range []string{"C1", "C2"} {
			err := l.Do(t.Context(), post(channel), func() (time.Duration, bool) { t.Error("it was sent"); return 0, false })
			if after(err) != 6*time.Second {
				t.Errorf("%s: %v", channel, err)
			}
		}
		if err := l.Do(t.Context(), rates.Key{Team: "T2", Method: "chat.postMessage", Channel: "C3"}, passes); err != nil {
			t.Errorf("another team: %v", err)
		}
		time.Sleep(6 * time.Second)
		for _, channel := range []string{"C1", "C2"} {
			if err := l.Do(t.Context(), post(channel), passes); err != nil {
				t.Errorf("%s, when it is over: %v", channel, err)
			}
			time.Sleep(time.Second)
		}
	})
}

// What waits for its channel takes nothing from the others.
func TestWhatWaitsTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rates.New(0)
		wide := rates.Key{Team: "T1", Method: "chat.postMessage"}
		_ = l.Do(t.Context(), wide, func() (time.Duration, bool) { return time.Second, true })
		time.Sleep(2 * time.Minute) // for a hundred messages, as its tier is
		busy, sent := rates.Key{Team: "T1", Method: wide.Method, Channel: "C1"}, 0
		for range 200 {
			if l.Do(t.Context(), busy, passes) == nil {
				sent++
			}
		}
		for l.Do(t.Context(), wide, passes) == nil {
			sent++
		}
		if sent != 100 {
			t.Errorf("%d were sent", sent)
		}
	})
}

func TestOneRequestIsMadeAFewTimesAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		err := rates.New(time.Hour).Do(t.Context(), rates.Key{Team: "T1", Method: "users.info"}, func() (time.Duration, bool) { sent++; return time.Second, true })
		if sent != 4 || after(err) != time.Second {
			t.Errorf("%d times: %v", sent, err)
		}
	})
}

func TestACallerWhoLeavesIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rates.New(15 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		began := time.Now()
		err := l.Do(ctx, rates.Key{Team: "T1", Method: "users.info"}, func() (time.Duration, bool) { return 10 * time.Second, true })
		if !errors.Is(err, context.Canceled) || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestRestricted(t *testing.T) {
	history := rates.Key{Team: "T1", Method: "conversations.history"}
	page := func(limit, got int, more bool) func(*rates.Limiter, rates.Key) {
		return func(l *rates.Limiter, k rates.Key) { l.Page(k, limit, got, more) }
	}
	refused := func(d time.Duration) func(*rates.Limiter, rates.Key) {
		return func(l *rates.Limiter, k rates.Key) {
			_ = l.Do(context.Background(), k, func() (time.Duration, bool) { return d, true })
		}
	}
	for _, tt := range []struct {
		name string
		k    rates.Key
		seen func(*rates.Limiter, rates.Key)
		want bool
	}{
		{"15 of 50", history, page(50, 15, true), true},
		{"15 of 50, and no more", history, page(50, 15, false), false},
		{"15 of 15", history, page(15, 15, true), false},
		{"12 of 50", history, page(50, 12, true), false},
		{"50 of 50", history, page(50, 50, true), false},
		{"a thread", rates.Key{Team: "T1", Method: "conversations.replies"}, page(50, 16, true), true},
		{"a minute", history, refused(time.Minute), true},
		{"30 seconds", history, refused(30 * time.Second), true},
		{"29 seconds", history, refused(29 * time.Second), false},
		{"people", rates.Key{Team: "T1", Method: "users.list"}, refused(time.Minute), false},
		{"another team", rates.Key{Team: "T2", Method: "conversations.history"}, page(50, 15, true), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := rates.New(0)
			tt.seen(l, tt.k)
			if got := l.Restricted("T1"); got != tt.want {
				t.Errorf("restricted: %t", got)
			}
		})
	}
}

func TestARestrictedAppReadsOneAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rates.New(15 * time.Second)
		history, replies := rates.Key{Team: "T1", Method: "conversations.history"}, rates.Key{Team: "T1", Method: "conversations.replies"}
		l.Page(history, 100, 15, true)
		if err := l.Do(t.Context(), history, passes); err != nil || !l.Restricted("T1") {
			t.Fatalf("after a short page: restricted %t, %v", l.Restricted("T1"), err)
		}
		_ = l.Do(t.Context(), history, func() (time.Duration, bool) { return time.Minute, true })
		time.Sleep(20 * time.Second)
		err := l.Do(t.Context(), history, passes)
		var e *rates.Error
		if !errors.As(err, &e) || !e.Restricted || e.After.Round(time.Second) != 40*time.Second {
			t.Errorf("the next page: %+v", err)
		}
		if err := l.Do(t.Context(), replies, passes); err != nil {
			t.Errorf("a thread: %v", err)
		}
		if d := after(l.Do(t.Context(), replies, passes)); d.Round(time.Second) != time.Minute {
			t.Errorf("the next thread: %s", d)
		}
		began := time.Now()
		time.Sleep(30 * time.Second)
		if err := l.Do(t.Context(), history, passes); err != nil || time.Since(began).Round(time.Second) != 40*time.Second {
			t.Errorf("the next page: %v after %s", err, time.Since(began))
		}
		time.Sleep(time.Hour)
		if l.Restricted("T1") {
			t.Error("it is believed for ever")
		}
	})
}

func TestRetryAfter(t *testing.T) {
	date := "Wed, 21 Oct 2026 07:28:00 GMT"
	for _, tt := range []struct {
		retry, date string
		want        time.Duration
	}{
		{"30", "", 30 * time.Second},
		{" 7 ", "", 7 * time.Second},
		{"0", "", time.Second},
		{"1.2", "", 2 * time.Second},
		{"Wed, 21 Oct 2026 07:28:25 GMT", date, 25 * time.Second},
		{"Wed, 21 Oct 2026 07:27:00 GMT", date, time.Second},
		{"999999999999", "", time.Hour},
		{"1e300", "", time.Hour},
		{"", "", 20 * time.Second},
		{"soon", "", 20 * time.Second},
		{"-5", "", 20 * time.Second},
		{"NaN", "", 20 * time.Second},
	} {
		h := http.Header{"Retry-After": {tt.retry}, "Date": {tt.date}}
		if got := rates.RetryAfter(h); got != tt.want {
			t.Errorf("%q: %s", tt.retry, got)
		}
	}
	if got := rates.RetryAfter(http.Header{}); got != 20*time.Second {
		t.Errorf("without: %s", got)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	l := rates.New(0)
	for i := range 10_000 {
		k := rates.Key{Team: fmt.Sprint("T", i), Method: "conversations.history"}
		if err := l.Do(t.Context(), k, passes); err != nil {
			t.Fatal(err)
		}
		l.Page(k, 100, 15, true)
	}
	if buckets, teams := l.Kept(); buckets != 4096 || teams != 1024 {
		t.Errorf("%d buckets, %d teams", buckets, teams)
	}
}

package directory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

const eyes = "a token"

func TestKeep(t *testing.T) {
	d := directory.New(1 << 20)
	ch := api.Channel{ID: "C000000001", Name: "General", Private: true, Archived: true, Member: true, External: true}
	dm := api.Channel{ID: "D000000001", User: "U000000001", Direct: true, Member: true}
	d.KeepChannels(eyes, ch, dm)
	for _, want := range []api.Channel{ch, dm} {
		if got, _, ok := d.Channel(eyes, want.ID); !ok || !cmp.Equal(got, want) {
			t.Errorf("%+v, %v", got, ok)
		}
	}
	if got, _, ok := d.ChannelNamed(eyes, "gENERAL"); !ok || got.ID != ch.ID {
		t.Errorf("%+v, %v", got, ok)
	}
	u := api.User{ID: "U000000001", Handle: "mona", RealName: "Mona Lisa", DisplayName: "mona l", Email: "mona@example.com", Title: "Octocat", Bot: true, Deleted: true, Guest: true, Stranger: true}
	d.KeepPeople(eyes, u)
	if got, ok := d.PersonNamed(eyes, "Mona"); !ok || !cmp.Equal(got, u) {
		t.Errorf("%+v, %v", got, ok)
	}
	if _, _, ok := d.Channel("another token", ch.ID); ok {
		t.Error("what one token was shown is told to another")
	}
	if _, ok := d.Person("another token", u.ID); ok {
		t.Error("what one token was shown is told to another")
	}
}

func TestRenamed(t *testing.T) {
	d := directory.New(1 << 20)
	d.KeepChannels(eyes, api.Channel{ID: "C000000001", Name: "team"})
	d.KeepChannels(eyes, api.Channel{ID: "C000000001", Name: "team-old"}, api.Channel{ID: "C000000002", Name: "team"})
	if got, _, _ := d.ChannelNamed(eyes, "team"); got.ID != "C000000002" {
		t.Errorf("%+v", got)
	}
	if got, _, _ := d.ChannelNamed(eyes, "team-old"); got.ID != "C000000001" {
		t.Errorf("%+v", got)
	}
}

func TestSharedNames(t *testing.T) {
	d := directory.New(1 << 20)
	d.KeepChannels(eyes, api.Channel{ID: "C000000001", Name: "team"}, api.Channel{ID: "C000000002", Name: "team", Archived: true})
	if got, _, _ := d.ChannelNamed(eyes, "team"); got.ID != "C000000001" {
		t.Errorf("an archived channel is in the way: %+v", got)
	}
	two := []api.Channel{{ID: "C000000001", Name: "team"}, {ID: "C000000003", Name: "team"}}
	for range 2 {
		d.KeepChannels(eyes, two...)
		if got, _, ok := d.ChannelNamed(eyes, "team"); ok {
			t.Errorf("one of two: %+v", got)
		}
	}
}

func TestForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := directory.New(1 << 20)
		d.KeepChannels(eyes, api.Channel{ID: "C000000001", Name: "team"})
		d.KeepPeople(eyes, api.User{ID: "U000000001", Handle: "mona"})
		d.KeepMissing(eyes, "#nothing")
		known := func() string {
			_, _, ch := d.ChannelNamed(eyes, "team")
			_, u := d.PersonNamed(eyes, "mona")
			return fmt.Sprint(ch, u, d.Missing(eyes, "#nothing"))
		}
		for _, step := range []struct {
			wait time.Duration
			want string
		}{
			{0, "true true true"}, {59 * time.Second, "true true true"}, {time.Second, "true true false"},
			{58 * time.Minute, "true true false"}, {time.Minute, "false true false"}, {23 * time.Hour, "false false false"},
		} {
			time.Sleep(step.wait)
			if got := known(); got != step.want {
				t.Errorf("after %v: %s, want %s", step.wait, got, step.want)
			}
		}
		if n := d.Bytes(); n != 0 {
			t.Errorf("%d bytes of nothing", n)
		}
	})
}

func TestBounded(t *testing.T) {
	const most = 1 << 20
	d := directory.New(most)
	long := strings.Repeat("é", 10_000)
	for i := range 20_000 {
		d.KeepPeople(eyes, api.User{ID: fmt.Sprintf("U%09d", i), Handle: fmt.Sprint("h", i), RealName: "A B"})
		d.KeepChannels(eyes, api.Channel{ID: fmt.Sprintf("C%09d", i), Name: fmt.Sprint("c", i)})
		d.KeepMissing(eyes, fmt.Sprint("#", i))
		if i%1000 == 0 {
			d.KeepPeople(eyes, api.User{ID: fmt.Sprint("W", i, long), Handle: long, RealName: long, DisplayName: long + "x", Email: long, Title: long})
			d.KeepMissing(eyes, long)
		}
		d.Person(eyes, "U000000000")
	}
	if n := d.Bytes(); n > most {
		t.Errorf("%d bytes", n)
	}
	people, channels := d.Len()
	if people < 1000 || channels < 1000 {
		t.Errorf("only %d people and %d channels", people, channels)
	}
	if _, ok := d.Person(eyes, "U000000000"); !ok {
		t.Error("who is asked for most is forgotten")
	}
	if _, ok := d.Person(eyes, "U000000001"); ok {
		t.Error("the oldest is still there")
	}
	n := 0
	d.People(eyes, func(api.User) bool { n++; return true })
	if n != people {
		t.Errorf("%d of %d people", n, people)
	}
}

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := directory.New(1 << 20)
		first, leave := context.WithCancel(t.Context())
		var asked atomic.Int32
		ask := func(ctx context.Context) (string, error) {
			asked.Add(1)
			select {
			case <-time.After(time.Minute):
				return "found", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		var g sync.WaitGroup
		g.Go(func() {
			if _, err := directory.Do(first, d, eyes, "x", ask); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		g.Go(func() {
			if got, err := directory.Do(t.Context(), d, eyes, "x", ask); err != nil || got != "found" {
				t.Errorf("%q, %v", got, err)
			}
		})
		synctest.Wait()
		leave()
		g.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}

		alone, leave := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		g.Go(func() {
			_, _ = directory.Do(alone, d, eyes, "y", func(ctx context.Context) (string, error) {
				<-ctx.Done()
				ended <- ctx.Err()
				return "", ctx.Err()
			})
		})
		synctest.Wait()
		leave()
		if err := <-ended; err == nil {
			t.Error("nobody waits, and it goes on")
		}
		g.Wait()
	})
}

func TestDoSurvivesPanic(t *testing.T) {
	d := directory.New(1 << 20)
	_, err := directory.Do(t.Context(), d, eyes, "x", func(context.Context) (int, error) { panic("a defect") })
	if err == nil || !strings.Contains(err.Error(), "a defect") {
		t.Error(err)
	}
	if n, err := directory.Do(t.Context(), d, eyes, "x", func(context.Context) (int, error) { return 1, nil }); n != 1 || err != nil {
		t.Error(n, err)
	}
}

package recent_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/recent"
)

func TestListsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := recent.New(time.Minute, 1<<20)
		l.Put("a", []string{"one"})
		time.Sleep(time.Minute - 1)
		if got, ok := l.Get("a"); !ok || got[0] != "one" {
			t.Errorf("%v, %v", got, ok)
		}
		time.Sleep(time.Nanosecond)
		if got, ok := l.Get("a"); ok {
			t.Errorf("%v after a minute", got)
		}
	})
}

func TestListsAreBounded(t *testing.T) {
	l := recent.New(time.Hour, 1000)
	for i := range 100 {
		l.Put(fmt.Sprint(i), []string{strings.Repeat("x", 100)})
	}
	held := 0
	for i := range 100 {
		if _, ok := l.Get(fmt.Sprint(i)); ok {
			held++
		}
	}
	if _, newest := l.Get("99"); held != 5 || !newest {
		t.Errorf("%d lists are held, the newest: %v", held, newest)
	}
	l.Put("99", []string{strings.Repeat("x", 2000)})
	if got, ok := l.Get("99"); ok {
		t.Errorf("a list larger than all is held: %d", len(got))
	}
	l.Put("98", nil)
	if got, ok := l.Get("98"); !ok || len(got) != 0 {
		t.Errorf("%v, %v", got, ok)
	}
}

func TestMatching(t *testing.T) {
	words := []string{"random", "Dev-ops", "general", "devices", "old-dev"}
	if got := strings.Join(recent.Matching("DEV", words), " "); got != "Dev-ops devices old-dev" {
		t.Error(got)
	}
	if got := recent.Matching("nothing", words); len(got) != 0 {
		t.Error(got)
	}
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf("a%d", i), fmt.Sprintf("ba%d", i))
	}
	if got := recent.Matching("a", many); len(got) != recent.MaxMatching || got[100] != "a100" {
		t.Errorf("%d, the last is %s", len(got), got[100])
	}
	if got := recent.Matching("b", many); len(got) != recent.MaxMatching {
		t.Errorf("%d", len(got))
	}
	recent.Matching("", words)[0] = "changed"
	if words[0] != "random" {
		t.Error("the words themselves were changed")
	}
}

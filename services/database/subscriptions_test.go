package database

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

func TestParseURI(t *testing.T) {
	var dbs []*database
	for _, name := range []string{"shop", "archive"} {
		dbs = append(dbs, &database{set: setting{Config: postgres.Config{Name: name}}})
	}
	s := &Service{databases: dbs}
	for _, tt := range []struct {
		uri  string
		want place
		err  string
	}{
		{"db://archive/public/orders", place{dbs[1], "public", "orders", ""}, ""},
		{"db://archive/public/orders/7", place{dbs[1], "public", "orders", "7"}, ""},
		{"db://orders/7", place{dbs[0], "", "orders", "7"}, ""},
		{"db://order_items/17,2", place{dbs[0], "", "order_items", "17,2"}, ""},
		{"db://shop/public/a%2Fb%20%22/c%25", place{dbs[0], "public", `a/b "`, "c%"}, ""},
		{"db://nowhere/schema", place{dbs[0], "", "nowhere", "schema"}, ""},
		{"db://shop/stats/%70ool", place{dbs[0], "stats", "pool", ""}, ""},
		{"db://databases", place{}, "cannot be watched"},
		{"db://shop/schema", place{}, "cannot be watched"},
		{"db://shop/stats/pool", place{}, "cannot be watched"},
		{"db://nowhere/public/orders", place{}, `none called "nowhere"`},
		{"db://shop", place{}, "write db://"},
		{"db://", place{}, "write db://"},
		{"db://shop//orders", place{}, "write db://"},
		{"db://shop/public/orders/7/8", place{}, "write db://"},
		{"db://shop/public/%zz", place{}, "write db://"},
		{"file:///shop/public/orders", place{}, "write db://"},
		{"", place{}, "write db://"},
	} {
		got, err := s.parseURI(tt.uri)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v", tt.uri, err)
			}
		} else if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v", tt.uri, got, err)
		}
	}
}

func TestCalmly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		fn := calmly(t.Context(), quiet, func() { calls.Add(1) })
		check := func(what string, want int64) {
			t.Helper()
			synctest.Wait()
			if n := calls.Load(); n != want {
				t.Errorf("%s: %d calls", what, n)
			}
		}
		fn()
		check("the first is at once", 1)
		for range 100 {
			fn()
		}
		check("a burst waits", 1)
		<-time.After(quiet)
		check("a burst is one", 2)
		<-time.After(quiet / 2)
		fn()
		check("soon after a burst", 2)
		<-time.After(quiet)
		check("later", 3)
		<-time.After(quiet)
		fn()
		check("after a silence", 4)
	})
}

package github

import (
	"fmt"
	"testing"
	"time"
)

// TestNamesWithoutTheAppCostNothing holds that a caller who asks about owner after
// owner neither drives out what is known of others nor uses up the requests that
// tokens are renewed with.
func TestNamesWithoutTheAppCostNothing(t *testing.T) {
	now := time.Now()
	a := &app{now: func() time.Time { return now }, installed: make(map[string]installed)}
	for i := range maxOwners / 2 {
		a.remember(fmt.Sprint("ours", i), installed{int64(i + 1), now.Add(installedFor)})
	}
	for i := range 5 * maxOwners {
		a.remember(fmt.Sprint("nobody", i), installed{0, now.Add(absentFor)})
	}
	for i := range maxOwners / 2 {
		if a.installed[fmt.Sprint("ours", i)].id == 0 {
			t.Fatalf("ours%d is not known any more", i)
		}
	}
	if n := len(a.installed); n > maxOwners {
		t.Errorf("%d owners are remembered", n)
	}
	for i := range maxLookups {
		if err := a.mayLook(); err != nil {
			t.Fatalf("after %d: %v", i, err)
		}
	}
	if a.mayLook() == nil {
		t.Error("GitHub is asked about any number of owners")
	}
	now = now.Add(time.Hour)
	if err := a.mayLook(); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

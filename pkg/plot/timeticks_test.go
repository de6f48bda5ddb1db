package plot

import (
	"strings"
	"testing"
	"time"
)

func TestTimeTicks(t *testing.T) {
	at := func(s string) float64 {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return float64(v.Unix())
	}
	for _, c := range []struct {
		from, to, want string
		n              float64
	}{
		{"2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-01 2026-02 2026-03 2026-04 2026-05 2026-06", 8},
		{"2024-03-05T00:00:00Z", "2026-03-05T00:00:00Z", "2024-07 2025-01 2025-07 2026-01", 5},
		{"2026-02-27T20:00:00Z", "2026-02-28T08:00:00Z", "21:00 2026-02-28 03:00 06:00", 5},
		{"2026-02-27T20:00:00Z", "2026-02-27T20:00:20Z", "20:00:00 20:00:05 20:00:10 20:00:15 20:00:20", 6},
		{"2026-11-18T00:00:00Z", "2026-12-10T00:00:00Z", "2026-11-23 2026-11-30 2026-12-07", 4},
		{"1900-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "1900 1920 1940 1960 1980 2000 2020", 8},
		{"0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "", 8},
	} {
		got := timeTicks(Range{at(c.from), at(c.to)}, c.n)
		if c.want == "" {
			if len(got.at) == 0 || len(got.at) > 1000 {
				t.Errorf("%s to %s: %d ticks", c.from, c.to, len(got.at))
			}
			continue
		}
		if s := strings.Join(got.labels, " "); s != c.want {
			t.Errorf("%s to %s: %s\nwant %s", c.from, c.to, s, c.want)
		}
	}
	if got := timeTicks(Range{-1e300, 1e300}, 5); len(got.at) == 0 {
		t.Error("what is no time has no ticks")
	}
}

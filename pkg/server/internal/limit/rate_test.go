package limit

import (
	"strings"
	"testing"
	"time"
)

// mustRate is what ParseRate returns for a text that is a rate.
func mustRate(t testing.TB, text string) Rate {
	t.Helper()
	r, err := ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseRate(t *testing.T) {
	for _, c := range []struct {
		text     string
		burst    int
		interval time.Duration
	}{
		{"100/s", 200, 10 * time.Millisecond},
		{"600/m", 20, 100 * time.Millisecond},
		{"600/m:50", 50, 100 * time.Millisecond},
		{"10000/h", 10, 360 * time.Millisecond},
		{"20000/h", 12, 180 * time.Millisecond},
		{"1/h:1", 1, time.Hour},
		{"3/s", 10, 333_333_334},
		{"1000000/s:1000000", 1_000_000, time.Microsecond},
	} {
		r := mustRate(t, c.text)
		if r.Burst() != c.burst || r.interval != c.interval || r.Off() || r.String() != c.text {
			t.Errorf("%s: burst %d and interval %s of %s; want %d and %s", c.text, r.Burst(), r.interval, r, c.burst, c.interval)
		}
	}
	if r := mustRate(t, "off"); !r.Off() || r.String() != "off" {
		t.Errorf("off is %+v", r)
	}
	if r := mustRate(t, "1/h:1000000"); r.capacity() < 0 || r.capacity()/time.Hour != 1_000_000 {
		t.Errorf("the longest capacity is %s", r.capacity())
	}
}

func TestParseRateErrors(t *testing.T) {
	for text, advice := range map[string]string{
		"": "100/s", "100": "100/s", "fast": "100/s", "100/d": "100/s", "100/S": "100/s", "100/s/m": "100/s", "OFF": "or off",
		"/s": "from 1 to 1000000 before the /", "0/s": "or off", "-5/s": "from 1", "+5/s": "from 1", "1.5/s": "from 1", "1e3/s": "from 1",
		" 5/s": "from 1", "1000001/s": "1000000", "99999999999999999999/s": "1000000",
		"10/s:": "after the colon", "10/s:0": "10/s:50", "10/s:x": "after the colon", "10/s:5:5": "after the colon", "10/s:1000001": "1000000",
		"off:5": "or off",
	} {
		r, err := ParseRate(text)
		if err == nil || !strings.Contains(err.Error(), advice) {
			t.Errorf("%q: %+v, %v; want advice with %q", text, r, err, advice)
		}
	}
	if _, err := ParseRate(strings.Repeat("x", 1<<20)); len(err.Error()) > 300 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

package plot

import (
	"math"
	"time"
)

// calendar are the distances that ticks of a time axis may have: some of a unit,
// beginning at whole ones.
var calendar = []struct {
	months int
	step   time.Duration // if months is 0
	layout string
}{
	{0, time.Second, "15:04:05"}, {0, 5 * time.Second, "15:04:05"}, {0, 15 * time.Second, "15:04:05"}, {0, 30 * time.Second, "15:04:05"},
	{0, time.Minute, "15:04"}, {0, 5 * time.Minute, "15:04"}, {0, 15 * time.Minute, "15:04"}, {0, 30 * time.Minute, "15:04"},
	{0, time.Hour, "15:04"}, {0, 3 * time.Hour, "15:04"}, {0, 6 * time.Hour, "15:04"}, {0, 12 * time.Hour, "15:04"},
	{0, 24 * time.Hour, time.DateOnly}, {0, 7 * 24 * time.Hour, time.DateOnly}, {0, 14 * 24 * time.Hour, time.DateOnly},
	{1, 0, "2006-01"}, {3, 0, "2006-01"}, {6, 0, "2006-01"},
	{12, 0, "2006"}, {24, 0, "2006"}, {60, 0, "2006"}, {120, 0, "2006"}, {240, 0, "2006"}, {600, 0, "2006"}, {1200, 0, "2006"},
}

// A month is taken for this long where steps are chosen.
const month = 30.44 * 24 * float64(time.Hour/time.Second)

// The range of times that have a calendar: the years 1 to 9999, in seconds.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// timeTicks places at most about n ticks on r, which is in seconds since 1970 in
// UTC, at whole seconds, minutes, hours, days, months or years. The ticks of a
// day's beginning are dates. What is no time, or shorter than some seconds, has
// the ticks of numbers.
func timeTicks(r Range, n float64) ticks {
	if r.Lo < firstSecond || r.Hi > lastSecond || r.Hi-r.Lo < 3 {
		return ticksFor(r, n)
	}
	for _, c := range calendar {
		if size := c.step.Seconds() + float64(c.months)*month; (r.Hi-r.Lo)/size > math.Max(n, 1) && c.months < 1200 {
			continue
		}
		var t ticks
		for at := begin(r.Lo, c.months, c.step); float64(at.Unix()) <= r.Hi && len(t.at) < 1000; at = after(at, c.months, c.step) {
			layout := c.layout
			if at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0 && c.step < 24*time.Hour && c.months == 0 {
				layout = time.DateOnly
			}
			t.at = append(t.at, float64(at.Unix()))
			t.labels = append(t.labels, at.Format(layout))
		}
		return t
	}
	return ticks{}
}

// begin returns the first tick at or behind lo.
func begin(lo float64, months int, step time.Duration) time.Time {
	from := time.Unix(int64(math.Ceil(lo)), 0).UTC()
	var t time.Time
	if months == 0 {
		t = from.Truncate(step) // weeks begin on Mondays: the zero time was one
	} else {
		whole := (from.Year()*12 + int(from.Month()) - 1) / months * months
		t = time.Date(whole/12, time.Month(whole%12+1), 1, 0, 0, 0, 0, time.UTC)
	}
	if t.Before(from) {
		t = after(t, months, step)
	}
	return t
}

func after(t time.Time, months int, step time.Duration) time.Time {
	return t.AddDate(0, months, 0).Add(step)
}

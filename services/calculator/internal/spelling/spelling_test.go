package spelling

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"metre", "meter", "mile", "minute", "kelvin", "m"}
	for name, want := range map[string][]string{
		"metr":                  {"meter", "metre"},
		"METRE":                 {"metre", "meter"},
		"imle":                  {"mile"},
		"kelvn":                 {"kelvin"},
		"qqqqqq":                nil,
		"":                      nil,
		strings.Repeat("m", 41): nil,
	} {
		if got := Nearest(name, slices.Values(known)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, tt := range []struct {
		s    string
		most int
		want string
	}{
		{"metre", 5, "metre"},
		{"metres", 5, "metre…"},
		{"µµµ", 3, "µ…"},
		{"µ", 1, "…"},
		{"", 0, ""},
	} {
		if got := Excerpt(tt.s, tt.most); got != tt.want {
			t.Errorf("%q, %d: %q, want %q", tt.s, tt.most, got, tt.want)
		}
	}
	if got, want := Quote("a\"\n"+strings.Repeat("b", 50)), `"a\"\n`+strings.Repeat("b", 37)+`…"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

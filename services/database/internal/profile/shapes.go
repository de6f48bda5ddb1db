package profile

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// shape is something that a text may be written as.
type shape struct {
	name string
	fits func(string) bool
}

var (
	uuidText  = regexp.MustCompile(`^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	emailText = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)
)

// known are the shapes, narrow ones before those that take them in.
var known = []shape{
	{"boolean", func(s string) bool {
		switch strings.ToLower(s) {
		case "true", "false", "yes", "no", "t", "f", "y", "n":
			return true
		}
		return false
	}},
	{"integer", func(s string) bool {
		_, err := strconv.ParseInt(s, 10, 64)
		return err == nil && (len(s) < 2 || s[0] != '0') // 00123 is a code
	}},
	{"number", func(s string) bool {
		_, err := strconv.ParseFloat(s, 64)
		return err == nil && strings.ContainsAny(s, "0123456789") && (len(s) < 2 || s[0] != '0' || s[1] == '.') && !strings.ContainsAny(s, "xX_")
	}},
	{"date", func(s string) bool {
		for _, layout := range []string{time.DateOnly, time.RFC3339, time.DateTime} {
			if _, err := time.Parse(layout, s); err == nil {
				return true
			}
		}
		return false
	}},
	{"uuid", uuidText.MatchString},
	{"email", emailText.MatchString},
	{"url", func(s string) bool { return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") }},
	{"json", func(s string) bool { return s != "" && (s[0] == '{' || s[0] == '[') && json.Valid([]byte(s)) }},
}

// shapes counts the different texts of each shape.
type shapes struct {
	fit  []int
	seen int
}

func newShapes() *shapes { return &shapes{fit: make([]int, len(known))} }

// see looks at a text. One that is cut has the shape that its beginning has, but
// for JSON.
func (s *shapes) see(text string, length int) {
	if text == "" {
		return
	}
	s.seen++
	for i, k := range known {
		// What did not fit so far cannot be the common one.
		if s.fit[i] == s.seen-1 && (k.fits(text) || k.name == "json" && length > len(text)) {
			s.fit[i]++
		}
	}
}

// common returns the shape of all texts, if there are some.
func (s *shapes) common(texts int) string {
	if texts < 2 {
		return ""
	}
	for i, k := range known {
		if s.fit[i] == s.seen {
			return k.name
		}
	}
	return ""
}

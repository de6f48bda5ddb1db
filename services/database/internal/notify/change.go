package notify

import (
	"encoding/json"
	"strings"
	"unicode"
)

const (
	// maxPayload is what PostgreSQL lets through, in bytes.
	maxPayload = 8000
	maxIDs     = 1000
	maxID      = 256
)

// Change is what a notification says has changed. The zero value says that
// anything may have.
type Change struct{ ids map[string]struct{} }

// Row reports whether the row with this id may have changed. The values of a
// composite key are joined by commas.
func (c Change) Row(id string) bool {
	if c.ids == nil {
		return true
	}
	_, ok := c.ids[id]
	return ok
}

// Parse reads the payload of a notification: an id, or {"ids": […]} with strings,
// numbers, and arrays of them for composite keys. Whoever may NOTIFY writes it,
// so what is anything else, or too long, says no more than that something has
// changed.
func Parse(payload string) Change {
	payload = strings.TrimSpace(payload)
	switch {
	case payload == "" || len(payload) > maxPayload:
		return Change{}
	case payload[0] == '{':
		return parseObject(payload)
	case payload[0] == '[' || len(payload) > maxID || strings.ContainsFunc(payload, unicode.IsControl):
		return Change{}
	}
	return Change{map[string]struct{}{payload: {}}}
}

func parseObject(payload string) Change {
	var o struct {
		IDs []json.RawMessage `json:"ids"`
	}
	if json.Unmarshal([]byte(payload), &o) != nil || o.IDs == nil || len(o.IDs) > maxIDs {
		return Change{}
	}
	c := Change{make(map[string]struct{}, len(o.IDs))}
	for _, raw := range o.IDs {
		id, ok := scalar(raw)
		if !ok {
			var parts []json.RawMessage
			if json.Unmarshal(raw, &parts) != nil || len(parts) == 0 {
				return Change{}
			}
			texts := make([]string, len(parts))
			for i, p := range parts {
				if texts[i], ok = scalar(p); !ok {
					return Change{}
				}
			}
			id = strings.Join(texts, ",")
		}
		if len(id) > maxID {
			return Change{}
		}
		c.ids[id] = struct{}{}
	}
	return c
}

// scalar returns the text of a string or a number, of which no digit is lost.
func scalar(raw json.RawMessage) (string, bool) {
	switch c := raw[0]; {
	case c == '"':
		var s string
		return s, json.Unmarshal(raw, &s) == nil
	case c == '-' || '0' <= c && c <= '9':
		return string(raw), true
	}
	return "", false
}

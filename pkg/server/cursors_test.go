package server

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

func TestCursors(t *testing.T) {
	type place struct{ At int }
	keys := seal.New()
	c := NewCursors("files", keys)
	token, err := c.Seal(place{7}, "list", "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	var got place
	if err := NewCursors("files", keys).Open(token, &got, "list", "a", "b"); err != nil || got.At != 7 {
		t.Errorf("a replica reads %+v, %v", got, err)
	}
	if err := c.Open("", &got, "list"); err != nil || got.At != 7 {
		t.Errorf("no cursor gives %+v, %v", got, err)
	}
	for name, err := range map[string]error{
		"another list":     c.Open(token, &got, "other", "a", "b"),
		"another boundary": c.Open(token, &got, "list", "ab"),
		"another service":  NewCursors("database", keys).Open(token, &got, "list", "a", "b"),
		"other keys":       NewCursors("files", seal.New()).Open(token, &got, "list", "a", "b"),
		"a changed cursor": c.Open(token[:len(token)-1]+"~", &got, "list", "a", "b"),
	} {
		if err == nil || toolerr.From(err).Code != toolerr.InvalidInput {
			t.Errorf("it is good for %s: %v", name, err)
		}
	}
}

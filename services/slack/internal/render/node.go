package render

import (
	"encoding/json"
	"math"
	"strconv"
)

// node is an object of a block, read without a schema: an element of the wrong
// type is an absent one, and costs nothing around it.
type node map[string]any

// parse reads a block, an attachment or an element of one.
func parse(raw json.RawMessage) (node, bool) {
	var n node
	err := json.Unmarshal(raw, &n)
	return n, err == nil && n != nil
}

// str is a string, or that of a text object.
func (n node) str(key string) string {
	switch v := n[key].(type) {
	case string:
		return v
	case map[string]any:
		s, _ := v["text"].(string)
		return s
	}
	return ""
}

// num is a whole number, zero if there is none.
func (n node) num(key string) int {
	switch v := n[key].(type) {
	case float64:
		if math.Abs(v) < 1e15 {
			return int(v)
		}
	case string:
		i, _ := strconv.Atoi(v)
		return i
	}
	return 0
}

// yes is whether a flag is set.
func (n node) yes(key string) bool {
	b, _ := n[key].(bool)
	return b
}

// sub is an object below n, nil if there is none.
func (n node) sub(key string) node {
	m, _ := n[key].(map[string]any)
	return m
}

// list is the list of that name.
func (n node) list(key string) []any {
	l, _ := n[key].([]any)
	return l
}

// nodes are the objects of a list.
func (n node) nodes(key string) []node { return nodesOf(n[key]) }

func nodesOf(v any) []node {
	l, _ := v.([]any)
	out := make([]node, 0, len(l))
	for _, e := range l {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

package calculator

import (
	"context"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

// maxCompleted bounds the text that is completed, which each value repeats.
const maxCompleted = 1000

// completeExpression completes the name at the end of an expression: a function
// with its parenthesis, a constant, or a unit where one can stand.
func (s *Service) completeExpression(_ context.Context, prefix string, _ map[string]string) ([]string, error) {
	if len(prefix) > maxCompleted {
		return nil, nil
	}
	start := len(prefix)
	for start > 0 && isNameByte(prefix[start-1]) {
		start--
	}
	head, name := prefix[:start], prefix[start:]
	var values []string
	add := func(n, after string) {
		if strings.HasPrefix(n, name) {
			values = append(values, head+n+after)
		}
	}
	number, to := takesUnit(head)
	if number || to {
		for _, u := range units.All() {
			add(u.Symbol, "")
			if long := strings.ReplaceAll(u.Name, " ", "_"); long != u.Symbol && name != "" {
				add(long, "")
			}
		}
	}
	if to || name == "" && head != "" {
		return values, nil
	}
	for _, f := range eval.Functions() {
		for _, n := range append([]string{f.Name}, f.Also...) {
			add(n, "(")
		}
	}
	for _, c := range eval.Constants() {
		add(c.Name, "")
	}
	if name != "" {
		for _, n := range eval.NaturalConstants() {
			add(n, "")
		}
	}
	return values, nil
}

// takesUnit reports whether head ends with a number and a space, or with "to".
func takesUnit(head string) (number, to bool) {
	trimmed := strings.TrimRight(head, " ")
	if trimmed == head {
		return false, false
	}
	start := len(trimmed)
	for start > 0 && (isNameByte(trimmed[start-1]) || trimmed[start-1] == '.') {
		start--
	}
	word := trimmed[start:]
	return word != "" && '0' <= word[0] && word[0] <= '9', word == "to" && start > 0
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

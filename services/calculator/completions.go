package calculator

import (
	"context"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

// completeExpression completes the name at the end of an expression: a function
// with its parenthesis, or a constant.
func (s *Service) completeExpression(_ context.Context, prefix string, _ map[string]string) ([]string, error) {
	start := len(prefix)
	for start > 0 && isNameByte(prefix[start-1]) {
		start--
	}
	head, name := prefix[:start], prefix[start:]
	if name == "" && head != "" {
		return nil, nil
	}
	var values []string
	for _, f := range eval.Functions() {
		if strings.HasPrefix(f.Name, name) {
			values = append(values, head+f.Name+"(")
		}
	}
	for _, c := range eval.Constants() {
		if strings.HasPrefix(c.Name, name) {
			values = append(values, head+c.Name)
		}
	}
	return values, nil
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

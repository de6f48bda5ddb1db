package integer

import (
	"fmt"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

func domain(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Domain, Message: fmt.Sprintf(format, args...)}
}

func limit(hint, format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Limit, Message: fmt.Sprintf(format, args...), Hint: hint}
}

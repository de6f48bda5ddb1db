package calculator

import (
	"errors"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// reading is one meaning of an ambiguous expression, in an error's details.
type reading struct {
	Expression string `json:"expression"`
	Result     string `json:"result,omitempty"`
}

// shown makes an error of the evaluator one that the caller may see, with the
// place and the remedy.
func shown(err error) error {
	var ne *number.Error
	unplaced := errors.As(err, &ne)
	if unplaced {
		err = eval.Placed(err, 0)
	}
	var e *eval.Error
	if !errors.As(err, &e) {
		return err
	}
	message := e.Message
	if e.Hint != "" {
		message += "; " + e.Hint
	}
	code := toolerr.InvalidInput
	switch e.Reason {
	case eval.Timeout:
		code = toolerr.Timeout
	case eval.Cancelled:
		code = toolerr.Cancelled
	}
	t := toolerr.Wrap(e.Unwrap(), code, "%s", message).With("reason", string(e.Reason))
	if !unplaced {
		t = t.With("position", e.Position)
	}
	if len(e.Readings) > 0 {
		var list []reading
		for _, r := range e.Readings {
			list = append(list, reading{r.Expression, r.Value})
		}
		return t.With("readings", list)
	}
	if len(e.Suggestions) > 0 {
		return t.With("suggestions", e.Suggestions)
	}
	return t
}

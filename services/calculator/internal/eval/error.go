package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// Reason says in one word why an expression has no value.
type Reason string

// The reasons.
const (
	Syntax         Reason = "syntax"
	UnknownName    Reason = "unknown_name"
	Ambiguous      Reason = "ambiguous"
	Domain         Reason = "domain"
	DivisionByZero Reason = "division_by_zero"
	UnknownUnit    Reason = "unknown_unit"
	UnitMismatch   Reason = "unit_mismatch"
	Limit          Reason = "limit"
	Timeout        Reason = "timeout"
	Cancelled      Reason = "cancelled"
)

// An Error says why an expression has no value, where, and what to write
// instead. With reason Timeout or Cancelled it wraps the context's error.
type Error struct {
	Reason Reason
	// Position is the byte offset in the expression that the message is about.
	Position int
	// Message is one clause that can be shown to whoever wrote the expression.
	Message string
	// Hint says what to do instead; it may be empty.
	Hint string
	// Suggestions are names or whole expressions that may have been meant.
	Suggestions []string
	// Readings are the values of what an Ambiguous expression can stand for.
	Readings []Reading

	cause error
}

// A Reading is one meaning of an ambiguous expression.
type Reading struct {
	// Expression says it without ambiguity.
	Expression string
	// Value is its result, empty if that is an error.
	Value string
}

// Error is the message alone.
func (e *Error) Error() string { return e.Message }

// Unwrap is the context's error, or nil.
func (e *Error) Unwrap() error { return e.cause }

// fail makes an error about n.
func fail(n parse.Node, reason Reason, format string, args ...any) *Error {
	start, _ := n.Span()
	return &Error{Reason: reason, Position: start, Message: fmt.Sprintf(format, args...)}
}

// at places an error of arithmetic, if err is one, at the beginning of n.
func at(err error, n parse.Node) error {
	if err == nil {
		return nil
	}
	start, _ := n.Span()
	return failure(err, start)
}

// Placed makes an error of arithmetic, or of a package that computes with it,
// an [*Error] about the position given; an [*Error] stays as it is.
func Placed(err error, position int) error {
	if err == nil {
		return nil
	}
	return failure(err, position)
}

// failure makes any error of this evaluation an [*Error]; position counts for
// an error that has none.
func failure(err error, position int) error {
	var placed *Error
	if errors.As(err, &placed) {
		return placed
	}
	e := &Error{Reason: Domain, Position: position, Message: err.Error()}
	var ne *number.Error
	if !errors.As(err, &ne) {
		return e
	}
	e.Hint, e.Suggestions = ne.Hint, ne.Suggestions
	switch ne.Kind {
	case number.Syntax, number.DivisionByZero, number.UnknownName, number.UnknownUnit, number.UnitMismatch, number.Ambiguous:
		e.Reason = Reason(ne.Kind)
	case number.Limit, number.Undecided:
		e.Reason = Limit
	case number.Cancelled:
		e.cause = ne.Unwrap()
		e.Reason = Cancelled
		if errors.Is(e.cause, context.DeadlineExceeded) {
			e.Reason = Timeout
			e.Message = "the calculation took too long"
			e.Hint = "ask for fewer digits or a smaller problem"
		}
	}
	return e
}

// domain is an error of arithmetic where an operation has no value.
func domain(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Domain, Message: fmt.Sprintf(format, args...)}
}

// parseFailure takes over an error of the parser, with the values of the
// readings of an ambiguous expression.
func (ev *Evaluator) parseFailure(err error) error {
	var pe *parse.Error
	if !errors.As(err, &pe) {
		return failure(err, 0)
	}
	e := &Error{
		Reason: Reason(pe.Reason), Position: pe.Position, Message: pe.Message, Hint: pe.Hint,
		Suggestions: pe.Suggestions,
	}
	if len(pe.Suggestions) != len(pe.Readings) {
		return e
	}
	meanings := make([]string, len(pe.Readings))
	for i, n := range pe.Readings {
		r := Reading{Expression: pe.Suggestions[i]}
		r.Value, err = ev.reading(n)
		switch {
		case ev.a.Check() != nil:
			return failure(ev.a.Check(), pe.Position)
		case err != nil:
			meanings[i] = fmt.Sprintf("%s (%v)", r.Expression, err)
		default:
			meanings[i] = fmt.Sprintf("%s = %s", r.Expression, r.Value)
		}
		e.Readings = append(e.Readings, r)
	}
	if len(meanings) > 0 {
		e.Message += ": " + strings.Join(meanings, " or ")
	}
	return e
}

// reading is the value of a reading, short enough for a message.
func (ev *Evaluator) reading(n parse.Node) (string, error) {
	v, err := ev.begin(nil).eval(n)
	if err != nil {
		return "", err
	}
	text, err := valueText(&ev.a, &ev.e.opt, v, n)
	return spelling.Excerpt(text, 60), err
}

// grouped writes n with commas between thousands.
func grouped(n int64) string { return roughly(float64(n)) }

// about writes an estimate that may be beyond all bounds.
func about(f float64) string {
	if math.IsInf(f, 1) {
		return "more than 10^300"
	}
	return "about " + roughly(f)
}

// roughly writes an estimate.
func roughly(f float64) string {
	if math.Abs(f) >= 1e15 {
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
	s := strconv.FormatFloat(math.Trunc(f), 'f', 0, 64)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

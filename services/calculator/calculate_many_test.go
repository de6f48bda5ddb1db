package calculator

import (
	"strings"
	"testing"
)

// Both what is sent and what is found count toward the bound of an answer: rows
// of a long text and a short value cannot make it large either.
func TestCalculateManyBoundsItsAnswer(t *testing.T) {
	s, err := Open(t.Context(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, expression := range []string{
		"1" + strings.Repeat(" ", 16_000) + "+ 1",
		"(" + strings.Repeat(" ", 16_000),
		`9^10000/7 + 3` + strings.Repeat("1", 9_000),
	} {
		in := calculateManyInput{Precision: 5_000}
		for range 100 {
			in.Expressions = append(in.Expressions, manyRow{Expression: expression})
		}
		out, err := s.calculateMany(t.Context(), in)
		if err != nil || len(out.Results) != len(in.Expressions) {
			t.Fatalf("%.20q: %d rows, %v", expression, len(out.Results), err)
		}
		size := 0
		for _, r := range out.Results {
			size += len(r.Expression) + len(r.Result) + len(r.Interpretation) + len(r.Fraction)
		}
		if size < 128<<10 || size > 280<<10 {
			t.Errorf("%.20q: the answer has %d bytes", expression, size)
		}
		last := out.Results[len(out.Results)-1]
		if last.Error == nil || len(last.Expression) > 100 {
			t.Errorf("%.20q: the last row is %+v", expression, last)
		}
	}
}

package hostile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

// What the rows say is true of the evaluator, whatever is around it.
func TestRowsInProcess(t *testing.T) {
	seen := make(map[string]bool)
	for _, row := range Rows() {
		if seen[row.Name] {
			t.Errorf("two rows %q", row.Name)
		}
		seen[row.Name] = true
		expression, ok := row.Expression()
		if !ok {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			precision, _ := row.Arguments["precision"].(int)
			r, err := eval.Evaluate(t.Context(), expression, eval.Options{Precision: precision})
			var e *eval.Error
			switch {
			case err == nil:
				if row.Shows == "" || !strings.HasPrefix(`"result":"`+r.Text, row.Shows) {
					t.Errorf("%.200s; want %q", r.Text, row.Shows)
				}
			case !errors.As(err, &e) || row.Shows != "":
				t.Errorf("error %v; want %q", err, row.Shows)
			case len(row.Reasons) > 0 && (!slices.Contains(row.Reasons, string(e.Reason)) || !strings.Contains(e.Message+"; "+e.Hint, row.Says)):
				t.Errorf("%s: %s; %s; want one of %v with %q", e.Reason, e.Message, e.Hint, row.Reasons, row.Says)
			}
		})
	}
}

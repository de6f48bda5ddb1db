package calculator

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

// FuzzNumerals reads lists: what is accepted is written and read again as it
// is, and has values or an error with a message.
func FuzzNumerals(f *testing.F) {
	for _, s := range []string{`[]`, `["0.1", 2, -3e5]`, `["1/3", "sqrt(2)"]`, `[1, [2]]`, `["", null]`, `{}`, `[1e999999]`, `["9^9^9"]`, `"1"`, `[true]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		var n numerals
		if !json.Valid([]byte(data)) || n.UnmarshalJSON([]byte(data)) != nil {
			return
		}
		again, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var m numerals
		if err := m.UnmarshalJSON(again); err != nil || cmp.Diff(n, m) != "" && len(n) > 0 {
			t.Fatalf("%s becomes %s: %v", data, again, err)
		}
		var opt eval.Options
		opt.Limits.Numbers.Work = 5_000_000
		ev, err := eval.New(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := numbers(ev, "values", n); err == nil && len(v) != len(n) || err != nil && err.Error() == "" {
			t.Fatalf("%s: %d values, %v", data, len(v), err)
		}
	})
}

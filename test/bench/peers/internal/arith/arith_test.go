package arith

import (
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	for expression, want := range map[string]float64{
		"2+3*4":          14,
		" ( 2 + 3 ) * 4": 20,
		"8/4/2":          1,
		"1-2-3":          -4,
		"--2.5":          2.5,
		"-(1+1)*3":       -6,
	} {
		if got, err := Eval(expression); err != nil || got != want {
			t.Errorf("Eval(%q) = %v, %v; want %v", expression, got, err, want)
		}
	}
}

func TestEvalRefuses(t *testing.T) {
	for expression, want := range map[string]string{
		"":                         "end of expression at offset 0",
		"2+":                       "end of expression at offset 2",
		"2 3":                      "offset 2",
		"1.2.3":                    "offset 0",
		"(1":                       "end of expression",
		"x":                        "offset 0",
		strings.Repeat("(", 1_000): "levels",
	} {
		_, err := Eval(expression)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Eval(%.20q) error = %v, want it to say %q", expression, err, want)
		}
	}
}

package main

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestPi(t *testing.T) {
	if got := pi(50); got != "3.1415926535897932384626433832795028841971693993751" {
		t.Errorf("50 digits of pi are %s", got)
	}
	// The 9,990th to the 10,000th digit, the last rounded up: 5678 follows 375.
	if got := pi(10_000); !strings.HasSuffix(got, "1655256375"+"68") || len(got) != 10_001 {
		t.Errorf("10,000 digits of pi end with %s", got[len(got)-20:])
	}
}

func TestBareiss(t *testing.T) {
	for _, tt := range []struct {
		m    [][]int
		want int64
	}{
		{[][]int{{7}}, 7},
		{[][]int{{1, 2}, {3, 4}}, -2},
		{[][]int{{2, -1, 0}, {-1, 2, -1}, {0, -1, 2}}, 4},
		// A. T. Vandermonde's of 1, 2, 3 and 4: the product of the differences.
		{[][]int{{1, 1, 1, 1}, {1, 2, 4, 8}, {1, 3, 9, 27}, {1, 4, 16, 64}}, 12},
	} {
		if got := bareiss(tt.m); got.Cmp(big.NewInt(tt.want)) != 0 {
			t.Errorf("the determinant of %v is %v, want %d", tt.m, got, tt.want)
		}
	}
}

func TestMatrixIsTheSameEveryTime(t *testing.T) {
	m := matrix(order)
	if fmt.Sprint(m) != fmt.Sprint(matrix(order)) {
		t.Error("two matrices of one run differ")
	}
	for _, row := range m {
		for _, x := range row {
			if x < -9 || x > 9 {
				t.Errorf("an entry %d", x)
			}
		}
	}
	if bareiss(m).Sign() == 0 {
		t.Error("the determinant is 0, or a leading minor is")
	}
}

func TestCheck(t *testing.T) {
	long := new(big.Int).MulRange(1, 10_000).String()
	short := long[:50] + "..." + long[len(long)-50:]
	third := strings.Repeat("3", 34)
	for name, tt := range map[string]struct {
		value, contestant string
		r                 response
		wrong             bool
	}{
		"ours":                      {"14", ours, response{Value: "14"}, false},
		"another value":             {"14", ours, response{Value: "20"}, true},
		"one digit less":            {"0." + third, ours, response{Value: "0." + third[1:]}, true},
		"shortened":                 {long, ours, response{Value: short, Digits: len(long)}, false},
		"shortened, another number": {long, ours, response{Value: short, Digits: 5}, true},
		"shortened, another head":   {long, ours, response{Value: "1" + short, Digits: len(long)}, true},
		"shortened to nothing":      {long, ours, response{Value: "...", Digits: len(long)}, true},
		"a refusal":                 {"14", ours, response{Value: "14", Refusal: "no"}, true},
		"a double":                  {"0.465", number, response{Value: "0.4650000000000001"}, false},
		"another double":            {"0.465", number, response{Value: "0.4651"}, true},
		"infinity":                  {long, number, response{Value: "Infinity"}, true},
		"a decimal":                 {long, bigNumber, response{Value: "2.846259680917054518906413212119869e+35659"}, false},
		"a double for a decimal":    {"0." + third, bigNumber, response{Value: "0.3333333333333333"}, true},
		"a quantity":                {"152.4 cm", number, response{Value: "152.4 cm"}, false},
		"another unit":              {"152.4 cm", number, response{Value: "152.4 m"}, true},
		"no number":                 {"14", number, response{Value: "fourteen"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := (evaluation{value: tt.value}).check(tt.contestant, tt.r); (err != nil) != tt.wrong {
				t.Errorf("error = %v, want one: %v", err, tt.wrong)
			}
		})
	}
}

func TestEveryCaseHasAValue(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range cases() {
		if c.value == "" || seen[c.name] || (c.Expression == "") == (c.Matrix == nil) {
			t.Errorf("case %+v", c)
		}
		seen[c.name] = true
	}
}

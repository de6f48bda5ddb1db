package profile

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// sample makes a sample of rows; "-" is NULL.
func sample(columns []Column, rows ...[]string) *Sample {
	s := New(columns)
	for _, r := range rows {
		texts := make([][]byte, len(r))
		for i, v := range r {
			if v != "-" {
				texts[i] = []byte(v)
			}
		}
		s.Add(texts, make([]int, len(r)))
	}
	s.Done(true, int64(len(rows)))
	return s
}

func nothing(int) {}

func TestQuality(t *testing.T) {
	var rows [][]string
	for i := range 20 {
		amount := strconv.Itoa(10 + i%5)
		switch i {
		case 3:
			amount = "NaN"
		case 7:
			amount = "-"
		case 11:
			amount = "9000"
		case 12:
			amount = "-800.5"
		}
		rows = append(rows, []string{strconv.Itoa(i), amount, []string{"a@b.example", "A@b.example", " x@y.example", ""}[i%4], fmt.Sprintf("%04d", i)})
	}
	s := sample([]Column{{"id", "bigint", value.Number, true}, {"amount", "numeric", value.Number, false}, {"mail", "text", value.Text, false}, {"code", "text", value.Text, false}}, rows...)
	got, err := s.Quality(t.Context(), nothing)
	if err != nil {
		t.Fatal(err)
	}
	want := []Quality{
		{Name: "id", Type: "bigint", Distinct: 20, KeyCandidate: true},
		{Name: "amount", Type: "numeric", Nulls: 1, NullShare: 0.05, Distinct: 8, Outliers: 2, Lowest: "-800.5", Highest: "9000", Special: 1},
		{Name: "mail", Type: "text", Distinct: 4, Empty: 5, Blank: 5, OtherCase: 1},
		{Name: "code", Type: "text", Distinct: 20, KeyCandidate: true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLooksLike(t *testing.T) {
	for want, texts := range map[string]string{
		"integer": "1 -5 42", "number": "1 2.5 -3e7", "date": "2026-01-02 2025-12-31", "boolean": "yes no", "email": "a@b.example c@d.example",
		"uuid": "11111111-2222-3333-4444-555555555555 aaaaaaaa-2222-3333-4444-555555555555", "url": "https://a.example http://b.example",
		"json": `{"a":1} [2]`, "": "001 002",
	} {
		var rows [][]string
		for _, text := range strings.Fields(texts) {
			rows = append(rows, []string{text})
		}
		q, err := sample([]Column{{"c", "text", value.Text, false}}, rows...).Quality(t.Context(), nothing)
		if err != nil || q[0].LooksLike != want {
			t.Errorf("%s look like %q, want %q (%v)", texts, q[0].LooksLike, want, err)
		}
	}
}

// TestDistinctOfTheWholeTable draws samples from tables with known numbers of
// values: a key, ten statuses, and a thousand customers.
func TestDistinctOfTheWholeTable(t *testing.T) {
	const total, drawn = 1_000_000, 10_000
	s := New([]Column{{"key", "bigint", value.Number, false}, {"status", "text", value.Text, false}, {"customer", "bigint", value.Number, false}})
	for i := range drawn {
		at := i * (total / drawn)
		s.Add([][]byte{[]byte(strconv.Itoa(at)), []byte(strconv.Itoa(i % 10)), []byte(strconv.Itoa(i * 7919 % 1000))}, make([]int, 3))
	}
	s.Done(false, total)
	q, err := s.Quality(t.Context(), nothing)
	if err != nil {
		t.Fatal(err)
	}
	if q[0].DistinctTotal != total || q[1].DistinctTotal != 10 || q[2].DistinctTotal != 1000 {
		t.Errorf("estimates %d, %d, %d; want %d, 10, 1000", q[0].DistinctTotal, q[1].DistinctTotal, q[2].DistinctTotal, total)
	}
}

func TestDistributions(t *testing.T) {
	var rows [][]string
	for i := range 101 {
		rows = append(rows, []string{strconv.Itoa(i), fmt.Sprintf("2026-01-%02d", 1+i%31), strings.Repeat("x", 1+i%3)})
	}
	s := sample([]Column{{"n", "integer", value.Number, false}, {"day", "date", value.Time, false}, {"word", "text", value.Text, false}}, rows...)
	d, err := s.Distributions(t.Context(), nothing)
	if err != nil {
		t.Fatal(err)
	}
	n, day, word := d[0], d[1], d[2]
	if n.Least != "0" || n.Greatest != "100" || *n.Mean != 50 || *n.Deviation != 29.3002 || n.Quantiles[3].Value != "50" ||
		!slices.Equal(n.Histogram, []int{10, 10, 10, 10, 10, 10, 10, 10, 10, 11}) || len(n.Top) != 0 {
		t.Errorf("n is %+v, mean %v, deviation %v", n, *n.Mean, *n.Deviation)
	}
	if day.Least != "2026-01-01" || day.Greatest != "2026-01-31" || day.Top[0] != (Frequency{"2026-01-01", 4, 0.0396}) || day.Mean != nil {
		t.Errorf("day is %+v", day)
	}
	if *word.Length != (Length{1, 3, 2}) || len(word.Top) != 3 || word.Top[0] != (Frequency{"x", 34, 0.3366}) {
		t.Errorf("word is %+v, %+v", word, word.Length)
	}
}

// TestExtremes has values that overflow where one is careless.
func TestExtremes(t *testing.T) {
	s := sample([]Column{{"n", "numeric", value.Number, false}, {"at", "timestamptz", value.Time, false}},
		[]string{"1e308", "infinity"}, []string{"-1e308", "4713-01-01 00:00:00+00 BC"}, []string{"Infinity", "-"}, []string{"1" + strings.Repeat("0", 400), "0001-01-01 00:00:00+00"},
		[]string{"1e308", "9999-12-31 00:00:00+00"}, []string{"1e308", "-"}, []string{"1e308", "-"}, []string{"-1e308", "-"}, []string{"5", "-"}, []string{"5", "-"})
	q, err := s.Quality(t.Context(), nothing)
	if err != nil || q[0].Special != 2 || q[1].Special != 2 {
		t.Errorf("quality %+v, %v", q, err)
	}
	d, err := s.Distributions(t.Context(), nothing)
	if err != nil || d[0].Least != "-1e+308" || d[1].Greatest != "9999-12-31" {
		t.Errorf("distributions %+v, %v", d, err)
	}
	for _, v := range []*float64{d[0].Mean, d[0].Deviation} {
		if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
			t.Errorf("%v cannot be written as JSON", *v)
		}
	}
	if len(s.Report(q, d)) == 0 {
		t.Error("the report is empty")
	}
}

func TestReport(t *testing.T) {
	var rows [][]string
	for i := range 100 {
		note := "-"
		if i == 0 {
			note = "leave it with the \"neighbour\""
		}
		status := "paid"
		if i == 50 {
			status = "open"
		}
		rows = append(rows, []string{strconv.Itoa(i), strconv.Itoa(3*i + i%2), note, status, "-"})
	}
	s := sample([]Column{{"a", "integer", value.Number, true}, {"b", "text", value.Number, false}, {"note", "text", value.Text, false}, {"status", "text", value.Text, false}, {"gone", "text", value.Text, false}}, rows...)
	q, err := s.Quality(t.Context(), nothing)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Distributions(t.Context(), nothing)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`No value is there twice in "b", and no constraint says so.`,
		`"note" is null in 99 % of the rows.`,
		`"gone" has no value at all.`,
		`"status" is "paid" in 99 % of the rows.`,
		`"a" and "b" go together: their correlation is 1.00.`,
	}
	if diff := cmp.Diff(want, s.Report(q, d)); diff != "" {
		t.Error(diff)
	}
	twice := sample([]Column{{"a", "integer", value.Number, false}}, []string{"1"}, []string{"1"}, []string{"-"}, []string{"-"})
	q, _ = twice.Quality(t.Context(), nothing) // cannot fail: the context has not ended
	if got := twice.Report(q, nil)[0]; got != "2 of 4 rows are the same as another one in every column looked at." {
		t.Errorf("the report begins with %s", got)
	}
}

func TestStagesEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := sample([]Column{{"a", "integer", value.Number, false}, {"b", "integer", value.Number, false}, {"c", "integer", value.Number, false}}, []string{"1", "2", "3"})
	q, err := s.Quality(ctx, func(done int) {
		if done == 2 {
			cancel()
		}
	})
	if err == nil || len(q) != 2 {
		t.Errorf("%d columns, %v", len(q), err)
	}
	if d, err := s.Distributions(ctx, nothing); err == nil || len(d) != 0 {
		t.Errorf("%d columns, %v", len(d), err)
	}
}

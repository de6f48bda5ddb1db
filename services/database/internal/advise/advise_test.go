package advise_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/advise"
	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
)

// orders is a table of which a plan reads rows.
func orders(indexes ...advise.Index) *advise.Table {
	sortable := advise.TableColumn{Type: "bigint", Sortable: true, Width: 8}
	few := sortable
	few.Distinct = 5
	many := sortable
	many.Distinct = 500
	return &advise.Table{Schema: "public", Name: "orders", Rows: 200_000, Pages: 2000, Indexes: indexes, Columns: map[string]advise.TableColumn{
		"id": sortable, "customer_id": many, "status": few, "placed_at": sortable, "name": {Type: "character varying(20)", Sortable: true}, "note": {Type: "json"}}}
}

func parse(t testing.TB, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse([]byte(`[{"Plan": ` + text + `}]`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// scan is the plan of a scan of orders with a filter.
func scan(t testing.TB, filter string) *plan.Plan {
	return parse(t, `{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Plan Rows": 400, "Filter": "`+filter+`"}`)
}

func only(t *advise.Table) advise.Tables {
	return func(r advise.Relation) *advise.Table {
		if r.Schema == t.Schema && strings.HasPrefix(r.Name, t.Name) {
			return t
		}
		return nil
	}
}

func columns(list []*advise.Candidate) []string {
	var names []string
	for _, c := range list {
		names = append(names, strings.Join(c.Columns, ","))
	}
	return names
}

func TestCandidates(t *testing.T) {
	for _, test := range []struct {
		plan string
		want []string
	}{
		{`{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Filter": "(o.customer_id = 42)"}`, []string{"customer_id"}},
		{`{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Filter": "((o.placed_at > $1) AND (o.status = 'x'::text) AND (o.customer_id = $2))"}`,
			[]string{"customer_id", "status", "placed_at", "customer_id,status", "customer_id,placed_at", "status,placed_at"}},
		{`{"Node Type": "Sort", "Sort Key": ["o.placed_at DESC", "o.id DESC"], "Plans": [{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Filter": "(o.status = 'x')"}]}`,
			[]string{"status", "status,placed_at", "placed_at,id"}},
		{`{"Node Type": "Sort", "Sort Key": ["o.placed_at DESC", "o.id"], "Plans": [{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o"}]}`,
			[]string{"placed_at"}},
		{`{"Node Type": "Hash Join", "Hash Cond": "(o.customer_id = c.id)", "Plans": [{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Filter": "(o.status = 'x')"}, {"Node Type": "Hash"}]}`,
			[]string{"status", "customer_id", "customer_id,status", "status,customer_id"}},
		{`{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Filter": "((o.status = 'x') OR (o.customer_id = 3))"}`, []string{"status", "customer_id"}},
		{`{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Filter": "(((o.name)::text = 'x'::text) AND ((o.id)::text = '3'::text) AND ((o.note)::text = 'y'::text))"}`, []string{"name"}},
		{`{"Node Type": "Seq Scan", "Schema": "pg_catalog", "Relation Name": "pg_class", "Alias": "o", "Filter": "(o.id = 3)"}`, nil},
		{`{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Alias": "o", "Filter": "(o.\"x\"\"; DROP\" = 3)"}`, nil},
	} {
		got, _ := advise.Candidates([]*plan.Plan{nil, parse(t, test.plan)}, only(orders()))
		if diff := cmp.Diff(test.want, columns(got)); diff != "" {
			t.Errorf("%s: %s", test.plan, diff)
		}
		for _, c := range got {
			if !slices.Equal(c.Queries, []int{1}) || len(c.Relations) != 1 {
				t.Errorf("%v comes from %+v", c.Columns, c)
			}
		}
	}
}

func TestCandidatesCovered(t *testing.T) {
	got, covered := advise.Candidates([]*plan.Plan{scan(t, "(o.customer_id = 42)"), scan(t, "((o.customer_id = 42) AND (o.id > 3))")},
		only(orders(advise.Index{Name: "by_customer", Columns: []string{"customer_id", "status"}})))
	if diff := cmp.Diff([]string{"id", "customer_id,id"}, columns(got)); diff != "" {
		t.Error(diff)
	}
	if len(covered) != 1 || covered[0].By != "by_customer" || !slices.Equal(covered[0].Columns, []string{"customer_id"}) {
		t.Errorf("covered is %+v", covered)
	}
}

func TestCandidatesOfPartitions(t *testing.T) {
	p := parse(t, `{"Node Type": "Append", "Plans": [
		{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders_1", "Alias": "o_1", "Filter": "(o_1.id = 3)"},
		{"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders_2", "Alias": "o_2", "Filter": "(o_2.id = 3)"}]}`)
	got, _ := advise.Candidates([]*plan.Plan{p}, only(orders()))
	if len(got) != 1 || len(got[0].Relations) != 2 {
		t.Errorf("the candidates are %+v", got)
	}
}

// session costs queries as a planner might: a query costs least with the index
// that has most of what it asks for.
type session struct {
	costs  []map[string]float64 // of a query: by an index's columns, "" for none
	sizes  map[string]int64
	there  map[string]int
	failed error
}

func (s *session) Create(_ context.Context, c *advise.Candidate) (int64, any, error) {
	id := strings.Join(c.Columns, ",")
	s.there[id]++
	return s.sizes[id], id, s.failed
}

func (s *session) Drop(_ context.Context, handle any) error {
	if s.there[handle.(string)]--; s.there[handle.(string)] < 0 {
		return fmt.Errorf("%v is not there", handle)
	}
	return nil
}

func (s *session) Cost(_ context.Context, query int) (float64, error) {
	cost := s.costs[query][""]
	for id, c := range s.costs[query] {
		if a, b, two := strings.Cut(id, "+"); two && s.there[a] > 0 && s.there[b] > 0 {
			cost = min(cost, c)
		}
	}
	for id, n := range s.there {
		if c, ok := s.costs[query][id]; ok && n > 0 {
			cost = min(cost, c)
		}
	}
	return cost, nil
}

func TestRemarks(t *testing.T) {
	for filter, want := range map[string]string{
		"(lower((o.name)::text) = 'x'::text)": `"public.orders" compares an expression of "name"`,
		"((o.name)::text ~~ 'x%'::text)":      `"public.orders" compares "name" with a pattern`,
		"(o.customer_id = 3)":                 "",
	} {
		got := advise.Remarks([]*plan.Plan{nil, scan(t, filter), scan(t, filter)}, only(orders()))
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], want)) {
			t.Errorf("of %s it says %q", filter, got)
		}
	}
	small := orders()
	small.Pages = 3
	if got := advise.Remarks([]*plan.Plan{scan(t, "(o.name ~~ 'x%')")}, only(small)); len(got) > 0 {
		t.Errorf("of a small table it says %q", got)
	}
}

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		name    string
		filters []string
		costs   []map[string]float64
		weights []float64
		limits  advise.Limits
		want    []string
		large   int
	}{
		{"the best of all", []string{"((o.customer_id = 1) AND (o.placed_at > 2))"},
			[]map[string]float64{{"": 1000, "customer_id": 100, "placed_at": 900, "customer_id,placed_at": 20}}, []float64{1}, advise.Limits{}, []string{"customer_id,placed_at"}, 0},
		{"the narrow one if it is as good", []string{"((o.customer_id = 1) AND (o.placed_at > 2))"},
			[]map[string]float64{{"": 1000, "customer_id": 22, "placed_at": 900, "customer_id,placed_at": 20}}, []float64{1}, advise.Limits{}, []string{"customer_id"}, 0},
		{"one for each", []string{"(o.customer_id = 1)", "(o.placed_at > 2)"},
			[]map[string]float64{{"": 1000, "customer_id": 100}, {"": 500, "placed_at": 50}}, []float64{1, 1}, advise.Limits{}, []string{"customer_id", "placed_at"}, 0},
		{"two for an OR", []string{"((o.customer_id = 1) OR (o.placed_at > 2))"},
			[]map[string]float64{{"": 1000, "customer_id+placed_at": 50}}, []float64{1}, advise.Limits{}, []string{"customer_id", "placed_at"}, 0},
		{"not two without an OR", []string{"((o.customer_id = 1) AND (o.placed_at > 2))"},
			[]map[string]float64{{"": 1000, "customer_id+placed_at": 50}}, []float64{1}, advise.Limits{}, nil, 0},
		{"none that gains too little", []string{"(o.customer_id = 1)"}, []map[string]float64{{"": 1000, "customer_id": 950}}, []float64{1}, advise.Limits{}, nil, 0},
		{"the one that runs more often", []string{"(o.customer_id = 1)", "(o.placed_at > 2)"},
			[]map[string]float64{{"": 1000, "customer_id": 100}, {"": 500, "placed_at": 50}}, []float64{1, 100}, advise.Limits{Indexes: 1}, []string{"placed_at"}, 0},
		{"what fits", []string{"(o.customer_id = 1)", "(o.placed_at > 2)"},
			[]map[string]float64{{"": 1000, "customer_id": 100}, {"": 500, "placed_at": 50}}, []float64{1, 1}, advise.Limits{Bytes: 150}, []string{"placed_at"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var plans []*plan.Plan
			var costs []float64
			for i, f := range test.filters {
				plans, costs = append(plans, scan(t, f)), append(costs, test.costs[i][""])
			}
			candidates, _ := advise.Candidates(plans, only(orders()))
			s := &session{costs: test.costs, there: map[string]int{}, sizes: map[string]int64{"customer_id": 200, "placed_at": 100}}
			l := test.limits
			l.MinGain, l.Until = 0.1, time.Now().Add(time.Hour)
			if l.Indexes == 0 {
				l.Indexes = 5
			}
			r, err := advise.Choose(t.Context(), s, candidates, costs, test.weights, l)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range r.Choices {
				got = append(got, strings.Join(c.Columns, ","))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if r.Large != test.large || r.Late {
				t.Errorf("the result is %+v", r)
			}
		})
	}
}

func TestChooseEnds(t *testing.T) {
	candidates, _ := advise.Candidates([]*plan.Plan{scan(t, "(o.customer_id = 1)")}, only(orders()))
	s := &session{costs: []map[string]float64{{"": 10, "customer_id": 1}}, there: map[string]int{}}
	r, err := advise.Choose(t.Context(), s, candidates, []float64{10}, []float64{1}, advise.Limits{Indexes: 5, MinGain: 0.1, Until: time.Now()})
	if err != nil || !r.Late || r.Tried != 0 || len(r.Choices) != 0 || len(s.there) != 0 {
		t.Errorf("without time it is %+v, %v", r, err)
	}
	s.failed = errors.New("no")
	if _, err = advise.Choose(t.Context(), s, candidates, []float64{10}, []float64{1}, advise.Limits{Indexes: 5, Until: time.Now().Add(time.Hour)}); !errors.Is(err, s.failed) {
		t.Errorf("the error is %v", err)
	}
}

func TestGuess(t *testing.T) {
	small := orders()
	small.Pages = 10
	for _, test := range []struct {
		filter string
		table  *advise.Table
		want   string
	}{
		{"(o.customer_id = 42)", orders(), "customer_id"},
		{"((o.placed_at > $1) AND (o.status = 'x'))", orders(), "status,placed_at"},
		{"((o.placed_at > $1) AND (o.id < 3))", orders(), "placed_at"},
		{"((o.status = 'x') AND (o.customer_id = 3) AND (o.id = 7))", orders(), "customer_id,status"},
		{"(o.customer_id = 42)", small, ""},
		{"(o.customer_id = 42)", orders(advise.Index{Name: "x", Columns: []string{"customer_id"}}), ""},
		{"(o.note IS NOT NULL)", orders(), ""},
	} {
		got := advise.Guess([]*plan.Plan{scan(t, test.filter)}, only(test.table))
		name := ""
		if len(got) > 0 {
			name = strings.Join(got[0].Columns, ",")
		}
		if name != test.want || len(got) > 1 || len(got) == 1 && (got[0].Assumes == "" || got[0].Bytes < 1<<20) {
			t.Errorf("%s: %q, %+v, want %q", test.filter, name, got, test.want)
		}
	}
}

func TestParseIndex(t *testing.T) {
	for _, test := range []struct {
		ddl  string
		want advise.Definition
	}{
		{"orders (customer_id)", advise.Definition{Table: "orders", Columns: []string{"customer_id"}, Descending: []bool{false}}},
		{`create index Concurrently if not exists Ix on only Public."Or""ders" using BTREE (A desc, "B" asc);`,
			advise.Definition{Schema: "public", Table: `Or"ders`, Columns: []string{"a", "B"}, Descending: []bool{true, false}}},
		{"CREATE INDEX ON orders(a)", advise.Definition{Table: "orders", Columns: []string{"a"}, Descending: []bool{false}}},
	} {
		got, err := advise.ParseIndex(test.ddl)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", test.ddl, err, diff)
		}
	}
	for _, ddl := range []string{"", "orders", "orders ()", "orders (a", "orders (a) where a > 1", "orders (a) include (b)", "orders (lower(a))", "orders (a); drop table x",
		"orders (a, a)", "create unique index on orders (a)", "orders using hash (a)", "orders (a nulls first)", "orders (a text_pattern_ops)", "a.b.c (d)",
		"orders (a) -- x", "orders (a) /* x */", `orders ("")`, "create index on (a)", strings.Repeat("x", 3000) + "(a)"} {
		if got, err := advise.ParseIndex(ddl); err == nil {
			t.Errorf("%.60s is %+v", ddl, got)
		}
	}
}

func FuzzParseIndex(f *testing.F) {
	f.Add(`create index x on a."b" (c desc, "d""")`)
	f.Add("orders (a); drop table orders")
	f.Fuzz(func(t *testing.T, ddl string) {
		d, err := advise.ParseIndex(ddl)
		if err != nil {
			return
		}
		quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
		again := quote(d.Table) + "("
		if d.Schema != "" {
			again = quote(d.Schema) + "." + again
		}
		for i, c := range d.Columns {
			again += quote(c)
			if d.Descending[i] {
				again += " DESC"
			}
			if i < len(d.Columns)-1 {
				again += ","
			}
		}
		back, err := advise.ParseIndex(again + ")")
		if len(again) < 1900 && (err != nil || !cmp.Equal(d, back)) {
			t.Errorf("%q is %+v, and written again as %q it is %+v, %v", ddl, d, again, back, err)
		}
	})
}

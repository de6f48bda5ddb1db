package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"order_items", []string{"order", "item"}},
		{"orderItems", []string{"order", "item"}},
		{"OrderItem", []string{"order", "item"}},
		{"HTTPServerID", []string{"http", "server", "id"}},
		{"page_views_2026_01", []string{"page", "view", "2026", "01"}},
		{"utf8text", []string{"utf", "8", "text"}},
		{"Ölpreise", []string{"ölpreise"}},
		{"ÄÖÜber", []string{"äö", "über"}},
		{"categories statuses addresses", []string{"category", "status", "address"}},
		{"status is us bus gas", []string{"status", "is", "us", "bus", "gas"}},
		{"😀", []string{"😀"}},
		{"", nil},
		{"a.b/c", []string{"a", "b", "c"}},
	} {
		if diff := cmp.Diff(c.want, words(nil, c.text)); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
	if n := len(words(nil, strings.Repeat("word ", 1000))); n > maxWords {
		t.Errorf("%d words", n)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"orderItems", "HTTPServer", "a_b", "ǅ", "\xff\xfeA", "É́a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := words(nil, s)
		if len(list) > maxWords+1 || s != "" && len(list) == 0 {
			t.Errorf("%q has %d words", s, len(list))
		}
		for _, w := range list {
			if w == "" {
				t.Errorf("%q has an empty word", s)
			}
		}
	})
}

func TestSimilarity(t *testing.T) {
	if got := similarity("order", "order"); got != 100 {
		t.Errorf("a word is like itself by %d", got)
	}
	if like, unlike := similarity("custmer", "customer"), similarity("custmer", "invoice"); like < leastSimilar || unlike > 0 {
		t.Errorf("%d and %d", like, unlike)
	}
	_ = similarity(strings.Repeat("a", 500), strings.Repeat("ab", 500))
}

func indexOf(tables []*Table, types, functions []object) *Index {
	x := &Index{of: &Snapshot{Tables: tables}, types: types, functions: functions}
	x.build()
	return x
}

func TestSearch(t *testing.T) {
	x := indexOf([]*Table{
		{Schema: "public", Name: "orders", Readable: true, Comment: "what customers bought", Columns: []Column{{Name: "id"}, {Name: "customer_id"}, {Name: "total", Comment: "in euro"}}},
		{Schema: "public", Name: "order_items", Readable: true, Columns: []Column{{Name: "order_id"}, {Name: "quantity"}}},
		{Schema: "public", Name: "customers", Readable: true, Columns: []Column{{Name: "id"}, {Name: "emailAddress"}, {Name: "city"}}},
		{Schema: "public", Name: "reorders", Readable: true},
		{Schema: "public", Name: "secret_orders"},
	}, []object{{Schema: "public", Name: "order_status", Kind: "enum", Labels: []string{"paid", "sent_back"}}},
		[]object{{Schema: "public", Name: "total_of_order"}})
	for _, c := range []struct {
		query string
		kinds []string
		want  string
	}{
		{"orders", nil, "orders order_items order_id order_status total_of_order reorders"},
		{"ORDER ITEM", nil, "order_items order_id"},
		{"orderitems", nil, "order_items orders order_id order_status total_of_order"},
		{"order", []string{"type", "function"}, "order_status total_of_order"},
		{"paid", nil, "order_status"},
		{"sent back", nil, "order_status"},
		{"euro", nil, "total"},
		{"customer email", nil, "emailAddress"},
		{"custmer", nil, "customers customer_id"},
		{"cit", nil, "city"},
		{"secret", nil, ""},
		{"id", []string{"table"}, ""},
		{"nothing like it", nil, ""},
		{"city tree", nil, "city"},
		{"euro quantity", nil, "quantity total"},
		{"", nil, ""},
	} {
		hits, more := x.Search(Query{Text: c.query, Kinds: c.kinds, Limit: 20})
		var names []string
		for _, h := range hits {
			names = append(names, h.Name)
		}
		if got := strings.Join(names, " "); got != c.want || more {
			t.Errorf("%q finds %s", c.query, got)
		}
	}
	if hits, more := x.Search(Query{Text: "order", Limit: 2}); len(hits) != 2 || !more {
		t.Errorf("%d hits of a limit of 2, more %v", len(hits), more)
	}
}

// TestSearchAbbreviations looks for words in a schema that abbreviates them.
func TestSearchAbbreviations(t *testing.T) {
	var tables []*Table
	for _, name := range []string{"erp_cust", "hr_emp", "hr_dept", "erp_whse", "fin_ldgr", "erp_po_hdr", "erp_shpmt", "ops_mtr_rdg", "crm_lead", "fin_fx_rate", "fin_pmt", "ord_cnt"} {
		tables = append(tables, &Table{Schema: "public", Name: name, Readable: true, Columns: []Column{{Name: "id"}, {Name: "crt_dt"}, {Name: "sts"}}})
	}
	tables[1].Columns = append(tables[1].Columns, Column{Name: "hire_dt"}, Column{Name: "mgr_id"}, Column{Name: "amt", Comment: "Annual salary"})
	tables[6].Columns = append(tables[6].Columns, Column{Name: "trk_no"})
	tables[8].Columns = append(tables[8].Columns, Column{Name: "src_chnl"})
	x := indexOf(tables, nil, nil)
	for query, want := range map[string]string{
		"customer": "erp_cust", "employee": "hr_emp", "hr department": "hr_dept", "warehouse": "erp_whse", "fin ledger": "fin_ldgr", "purchase header": "erp_po_hdr",
		"shipment": "erp_shpmt", "shipment tracking number": "trk_no", "meter reading": "ops_mtr_rdg", "exchange rate": "fin_fx_rate", "payments": "fin_pmt",
		"hire date": "hire_dt", "employee salary": "amt", "manager of employee": "mgr_id", "lead source channel": "src_chnl",
	} {
		hits, _ := x.Search(Query{Text: query, Limit: 3})
		if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Name == want }) {
			t.Errorf("%q finds %+v", query, hits)
		}
	}
	for _, c := range [][2]string{{"cat", "created"}, {"it", "item"}, {"dt", "department"}, {"order", "ordre"}, {"x", "xyz"}} {
		if abbreviates(c[0], c[1]) {
			t.Errorf("%s is short for %s", c[0], c[1])
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	kinds := []string{"orders", "invoices", "shipments", "users", "events", "payments"}
	var tables []*Table
	for i := range 10_000 {
		t := &Table{Schema: fmt.Sprint("s", i%10), Name: fmt.Sprintf("%s_%d", kinds[i%6], i), Readable: true, Comment: fmt.Sprintf("rows of the %d. shard, see order %d", i, i*7)}
		for j, c := range []string{"id", "customer_%d", "c2", "total_%d", "created_at", "c5", "c6_%d", "c7", "c8", "note_%d"} {
			if strings.Contains(c, "%") {
				c = fmt.Sprintf(c, i)
			}
			t.Columns = append(t.Columns, Column{Name: c, Number: int16(j + 1)})
		}
		tables = append(tables, t)
	}
	x := indexOf(tables, nil, nil)
	for _, q := range []string{"order", "custmer total", "invoice customer created note", "zzzz"} {
		b.Run(strings.ReplaceAll(q, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Search(Query{Text: q, Limit: 20})
			}
		})
	}
}

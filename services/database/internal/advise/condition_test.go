package advise

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// describe writes predicates as a test reads them.
func describe(list []predicate) string {
	var parts []string
	for _, p := range list {
		s := fmt.Sprintf("%s.%s %s", p.column.Alias, p.column.Name, map[form]string{equal: "=", span: "<", pattern: "~", inside: "in"}[p.form])
		if p.other != nil {
			s += " " + p.other.Alias + "." + p.other.Name
		}
		if p.either {
			s += " or"
		}
		if p.cast != "" {
			s += " as " + p.cast
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func TestConditions(t *testing.T) {
	for _, test := range []struct{ expression, want string }{
		{"(o.customer_id = 42)", "o.customer_id ="},
		{"(42 = o.customer_id)", "o.customer_id ="},
		{"(o.customer_id = $1)", "o.customer_id ="},
		{"((o.status = 'paid'::order_status) AND (o.placed_at > '2025-01-01 00:00:00+00'::timestamp with time zone))", "o.status =; o.placed_at <"},
		{"((a.x = 1) OR (a.y >= 2))", "a.x = or; a.y < or"},
		{"((a.x = 1) AND ((a.y = 2) OR (a.z = 3)))", "a.x =; a.y = or; a.z = or"},
		{"(a.id = ANY ('{1,2,3}'::bigint[]))", "a.id ="},
		{"(a.id = ANY (ARRAY[1, 2]))", "a.id ="},
		{"(a.id <> ALL ('{1,2}'::integer[]))", ""},
		{"(a.id <> 3)", ""},
		{"(a.shipped_at IS NULL)", "a.shipped_at ="},
		{"(a.shipped_at IS NOT NULL)", ""},
		{"(NOT a.active)", ""},
		{"a.active", "a.active ="},
		{"((a.name)::text = 'x'::text)", "a.name = as text"},
		{"(lower(a.email) = 'x'::text)", "a.email in"},
		{"((a.price * '2'::numeric) > 10)", "a.price in"},
		{"((a.price * a.quantity) > 10)", ""},
		{"(shop.pick(a.id) = 10)", "a.id in"},
		{"(a.id = b.a_id)", "a.id = b.a_id; b.a_id = a.id"},
		{"(a.x = a.y)", ""},
		{"(a.x = (b.y + 1))", ""},
		{`("My Table"."Weird ""Col""" = 'it''s (a) trap AND b.c = 1'::text)`, `My Table.Weird "Col" =`},
		{`(a.note = E'back\\slash \' OR b.c = 2'::text)`, "a.note ="},
		{"(a.status = 'paid'::shop.order_status)", "a.status ="},
		{"(a.id = shop.pick(3))", "a.id ="},
		{"(a.id = (InitPlan 1).col1)", "a.id ="},
		{"(hashed SubPlan 1)", ""},
		{"(ROW(a.x, a.y) < ROW(1, 2))", ""},
		{"CASE WHEN (a.x = 1) THEN true ELSE false END", ""},
		{"(a.name ~~ 'x%'::text)", "a.name ~"},
		{"(a.x = 1", ""},
		{"", ""},
		{")(", ""},
	} {
		if diff := cmp.Diff(test.want, describe(conditions(test.expression))); diff != "" {
			t.Errorf("%s: %s", test.expression, diff)
		}
	}
}

func TestKey(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"o.placed_at", "o.placed_at"},
		{"o.placed_at DESC NULLS LAST", "o.placed_at desc"},
		{`"O"."Placed at" DESC`, "O.Placed at desc"},
		{"(lower(o.note))", ""},
		{"(sum(o.total)) DESC", ""},
		{"o.note COLLATE \"C\"", ""},
		{"DESC", ""},
	} {
		c, descending, ok := key(test.text)
		got := ""
		if ok {
			got = c.Alias + "." + c.Name
		}
		if ok && descending {
			got += " desc"
		}
		if got != test.want {
			t.Errorf("%s is %q, want %q", test.text, got, test.want)
		}
	}
}

func FuzzConditions(f *testing.F) {
	f.Add("((o.status = 'paid'::order_status) AND (o.placed_at > $1))")
	f.Add(`("a""b".c = E'\'' OR x.y IS NULL)`)
	f.Add("((((((a.b)))))::text = ANY ('{1}'::text[]))")
	f.Add("'")
	f.Add("E'\\")
	f.Add("$ . ( [ ) ]")
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range conditions(s) {
			// A column that is named must stand in the text, quotes doubled or not.
			if !strings.Contains(strings.ReplaceAll(s, `""`, `"`), strings.ReplaceAll(p.column.Name, `""`, `"`)) {
				t.Errorf("%q is not in %q", p.column.Name, s)
			}
		}
		if c, _, ok := key(s); ok && !strings.Contains(strings.ReplaceAll(s, `""`, `"`), strings.ReplaceAll(c.Name, `""`, `"`)) {
			t.Errorf("%q is not in %q", c.Name, s)
		}
	})
}

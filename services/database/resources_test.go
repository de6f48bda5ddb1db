package database

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yosida95/uritemplate/v3"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
)

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "orders", true}, {"*", "orders", true}, {"%", "", true}, {"order", "reORDERed", true}, {"order", "odd", false},
		{"order*", "orders", true}, {"order*", "reorders", false}, {"*order", "reorder", true}, {"*order", "orders", false},
		{"a*b*c", "a-b-c", true}, {"a*b*c", "abc", true}, {"a*b*c", "acb", false}, {"a*a", "a", false}, {"**", "x", true},
		{"%_items", "order_items", true}, {"o%s", "order_items", true}, {"a_b", "axb", false},
	} {
		if got := like(c.pattern, c.name); got != c.want {
			t.Errorf("%q is like %q: %v", c.name, c.pattern, got)
		}
	}
}

func TestResourceURI(t *testing.T) {
	for _, names := range [][]string{
		{"shop", "public", "orders"}, {"a/b", "c?d#e", "f g%"}, {"é", "😀", "new\nline"}, {"shop", "stats", "pool"}, {"shop", "..", "."}, {"x", `"`, "a,b"},
	} {
		uri := resourceURI(names...)
		got, err := segments(uri)
		if diff := cmp.Diff(names, got); diff != "" || err != nil {
			t.Errorf("%s: %s, %v", uri, diff, err)
		}
		if !uritemplate.MustNew(tableTemplate.URITemplate).Regexp().MatchString(uri) {
			t.Errorf("the template does not take %s", uri)
		}
		if uri == "db://shop/stats/pool" || strings.Contains(uri, "..") {
			t.Errorf("%q has the URI %s", names, uri)
		}
	}
	for _, uri := range []string{"db://", "db://a//b", "db://a/%zz", "db:///x"} {
		if got, err := segments(uri); err == nil {
			t.Errorf("%s has the parts %q", uri, got)
		}
	}
}

func TestKeyValues(t *testing.T) {
	one, two := &catalog.Table{Name: "one", Key: []string{"id"}}, &catalog.Table{Name: "two", Key: []string{"a", "b"}}
	for _, c := range []struct {
		table *catalog.Table
		id    string
		want  []string
	}{
		{one, "7", []string{"7"}}, {one, "a,b", []string{"a,b"}}, {one, "a%2Cb", []string{"a,b"}}, {one, "%20", []string{" "}},
		{two, "1,2", []string{"1", "2"}}, {two, "1%2C2", []string{"1", "2"}}, {two, "1%2C2,3", []string{"1,2", "3"}}, {two, ",", []string{"", ""}},
		{two, "1", nil}, {two, "1,2,3", nil}, {two, "1%2C2%2C3", nil}, {&catalog.Table{Name: "none"}, "1", nil}, {one, strings.Repeat("x", maxKeyText+1), nil},
	} {
		values, err := rowKey(c.table, c.id)
		var got []string
		for _, v := range values {
			got = append(got, string(v))
		}
		if err != nil {
			got = nil
		}
		if diff := cmp.Diff(c.want, got); diff != "" || (c.want == nil) != (err != nil) {
			t.Errorf("%s of %s: %s, %v", c.id, c.table.Name, diff, err)
		}
	}
}

func TestSchemaText(t *testing.T) {
	snap := &catalog.Snapshot{}
	for i := range 5000 {
		snap.Tables = append(snap.Tables, &catalog.Table{Schema: "public", Name: fmt.Sprintf("table_%d", i), Kind: catalog.KindTable, Readable: i > 0, Rows: -1,
			Comment: "one\n# two \u202e", Columns: []catalog.Column{{Name: "id", Type: "bigint"}, {Name: "Odd\nname", Type: "text"}}, Key: []string{"id"}})
	}
	text := schemaText("shop", snap)
	if len(text) > maxSchemaText || strings.Count(text, "\n#") != 1 || strings.Contains(text, "table_0:") || strings.Contains(text, "\u202e") ||
		!strings.Contains(text, "- table_1: id bigint, U&\"Odd\\+00000Aname\" text; key id -- one # two") || !strings.Contains(text, "of 4999 tables are shown. list_tables goes on") {
		t.Errorf("the schema of %d bytes begins with %s and ends with %s", len(text), text[:300], text[len(text)-200:])
	}
}

func TestName(t *testing.T) {
	for stored, want := range map[string]string{"orders": "orders", "Orders": `"Orders"`, "1a": `"1a"`, `a"b`: `"a""b"`, "a\n\"\\b": `U&"a\+00000A""\\b"`, "\u202e😀": `U&"\+00202E😀"`} {
		if got := name(stored); got != want {
			t.Errorf("%q is written %s", stored, got)
		}
	}
}

func TestTableTextKeepsItsFence(t *testing.T) {
	text := tableText(&catalog.Table{Schema: "s", Name: "```", Kind: catalog.KindView}, &catalog.Details{Relation: catalog.Relation{Definition: "select '\n````\n# owned'", Comment: "a\n# b"}})
	if !strings.Contains(text, "\n`````sql\n") || !strings.HasSuffix(text, "\n`````\n") || !strings.Contains(text, "\n> a # b\n") {
		t.Errorf("the text is %s", text)
	}
}

func TestProposals(t *testing.T) {
	p := propose("OR")
	for _, n := range []string{"author", "orders", "Ordinary", "none", "orders"} {
		p.add(n)
	}
	if diff := cmp.Diff([]string{"orders", "Ordinary", "author"}, p.list()); diff != "" {
		t.Error(diff)
	}
	p = propose("")
	n := 0
	for p.add(fmt.Sprint("t", n)) {
		n++
	}
	if len(p.list()) != maxProposed {
		t.Errorf("%d are proposed", len(p.list()))
	}
}

package catalog

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

func TestSplitName(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string
	}{
		{"orders", []string{"orders"}},
		{"Public.Orders", []string{"public", "orders"}},
		{`"Weird.Name"`, []string{"Weird.Name"}},
		{`s."a""b.c"`, []string{"s", `a"b.c`}},
		{`"S".t`, []string{"S", "t"}},
		{"a.b.c", nil}, {"a.", nil}, {".a", nil}, {"", nil}, {`"`, nil}, {`"a`, nil}, {`"a"b`, nil}, {`""`, nil},
	} {
		if diff := cmp.Diff(c.want, splitName(c.name)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func FuzzSplitName(f *testing.F) {
	for _, s := range []string{"a", `"a".b`, `"a""".""`, "a.b.c", "é.É"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, part := range splitName(s) {
			if part == "" {
				t.Errorf("%q has an empty part", s)
			}
		}
		// What is quoted comes back as it was.
		if s == "" || strings.ContainsRune(s, 0) {
			return
		}
		if got := splitName(postgres.Identifier(s, s)); len(got) != 2 || got[0] != s || got[1] != s {
			t.Errorf("%q comes back as %q", s, got)
		}
	})
}

// snapshotOf has tables of these names, the schema before the dot.
func snapshotOf(path []string, names ...string) *Snapshot {
	l := &loader{Snapshot: &Snapshot{SearchPath: path}}
	for i, n := range names {
		schema, name, _ := strings.Cut(n, ".")
		l.Tables = append(l.Tables, &Table{OID: uint32(i + 1), Schema: schema, Name: name, Kind: KindTable, Readable: !strings.HasPrefix(schema, "hidden")})
	}
	l.finish()
	return l.Snapshot
}

func TestTable(t *testing.T) {
	s := snapshotOf([]string{"app", "public"}, "app.orders", "public.orders", "public.users", "one.thing", "two.thing", "hidden.thing", "three.lone", "hidden.lone", "x.a.b", "a.b")
	for _, c := range []struct{ schema, name, want string }{
		{"", "orders", "app.orders"},
		{"public", "orders", "public.orders"},
		{"", "public.orders", "public.orders"},
		{"", "users", "public.users"},
		{"", "USERS", "public.users"},
		{"", "lone", "three.lone"},
		{"", "hidden.lone", "hidden.lone"},
		{"", "a.b", "x.a.b"}, // the name as it is goes first
		{"public", `"users"`, "public.users"},
		{"public", "public.users", "public.users"},
	} {
		got, err := s.Table(c.schema, c.name)
		if err != nil || got.Schema+"."+got.Name != c.want {
			t.Errorf("%q %q is %+v, %v", c.schema, c.name, got, err)
		}
	}
	for _, c := range []struct {
		schema, name string
		kind         postgres.Kind
		message      string
	}{
		{"", "thing", postgres.Invalid, `several schemas have a table "thing": name one of them as schema: "one", "two"`},
		{"", "user", postgres.Missing, `there is no table "user"; did you mean "public.users"?`},
		{"app", "users", postgres.Missing, `there is no table "users" in the schema "app"; did you mean "public.users"?`},
		{"", "zzzzzz", postgres.Missing, `there is no table "zzzzzz"; list_tables tells which there are`},
		{"", strings.Repeat("é", 200), postgres.Missing, `there is no table "` + strings.Repeat("é", 30) + `…"; list_tables tells which there are`},
	} {
		_, err := s.Table(c.schema, c.name)
		var e *postgres.Error
		if !errors.As(err, &e) || e.Kind != c.kind || e.Message != c.message {
			t.Errorf("%q %q: %v", c.schema, c.name, err)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b       string
		most, want int
	}{
		{"", "", 1, 0}, {"orders", "orders", 1, 0}, {"order", "orders", 1, 1}, {"ordres", "orders", 2, 2}, {"abc", "xyz", 2, 3}, {"a", "abcdef", 2, 3},
	} {
		if got := distance(c.a, c.b, c.most); got != c.want {
			t.Errorf("%s to %s is %d", c.a, c.b, got)
		}
	}
}

func TestCut(t *testing.T) {
	for _, s := range []string{"", "abc", strings.Repeat("é", 10), strings.Repeat("😀", 10)} {
		for n := 3; n < 40; n++ {
			if got := Cut(s, n); len(got) > n || !utf8.ValidString(got) || len(s) <= n && got != s {
				t.Errorf("%q cut at %d is %q", s, n, got)
			}
		}
	}
}

func TestRollUp(t *testing.T) {
	l := &loader{Snapshot: &Snapshot{}}
	l.Tables = []*Table{
		{OID: 1, Name: "top", Kind: KindPartitioned, Rows: -1},
		{OID: 2, Name: "middle", Kind: KindPartitioned, Rows: -1, Parent: 1},
		{OID: 3, Name: "x", Kind: KindTable, Rows: 10, Bytes: 100, Parent: 2},
		{OID: 4, Name: "y", Kind: KindTable, Rows: -1, Bytes: 50, Parent: 1},
		{OID: 5, Name: "counted", Kind: KindPartitioned, Rows: 7},
		{OID: 6, Name: "z", Kind: KindTable, Rows: 5, Bytes: 1, Parent: 5},
	}
	l.byOID = map[uint32]*Table{}
	for _, t := range l.Tables {
		l.byOID[t.OID] = t
	}
	l.finish()
	got := map[string][3]int64{}
	for _, t := range l.Tables {
		got[t.Name] = [3]int64{t.Rows, t.Bytes, int64(t.Partitions)}
	}
	want := map[string][3]int64{"top": {10, 150, 2}, "middle": {10, 100, 1}, "x": {10, 100, 0}, "y": {-1, 50, 0}, "counted": {7, 1, 1}, "z": {5, 1, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if leaves := l.leaves(nil, l.Tables[0], 0); len(leaves) != 2 {
		t.Errorf("the leaves are %v", leaves)
	}
}

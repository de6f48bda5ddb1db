//go:build e2e && linux

package database_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
)

// answer is what execute_query returns.
type answer struct {
	Columns []struct{ Name, Type string } `json:"columns"`
	Rows    []json.RawMessage             `json:"rows"`
	Text    string                        `json:"text"`
	Count   int                           `json:"row_count"`
	More    bool                          `json:"truncated"`
	Next    string                        `json:"next_cursor"`
	Elapsed *float64                      `json:"elapsed_ms"`
	Cut     []struct {
		Row    int
		Column string
		Bytes  int
	} `json:"truncated_values"`
	Plan json.RawMessage `json:"plan"`
}

type arguments map[string]any

// execute calls execute_query, which must succeed.
func execute(t testing.TB, session *mcp.ClientSession, args arguments) answer {
	t.Helper()
	text, bad := call(t, session, "execute_query", encoded(t, args))
	if bad {
		t.Fatalf("%v fails: %s", args, text)
	}
	var a answer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%v: %v: %s", args, err, text)
	}
	return a
}

// refusal calls execute_query, which must fail, and returns what it says.
func refusal(t testing.TB, session *mcp.ClientSession, args arguments) string {
	t.Helper()
	text, bad := call(t, session, "execute_query", encoded(t, args))
	if !bad {
		t.Fatalf("%v succeeds: %s", args, text)
	}
	return text
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFidelity(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	for _, tt := range []struct{ sql, typ, want string }{
		{"1234567890123456789012.50::numeric", "numeric", `"1234567890123456789012.50"`},
		{"9007199254740991::int8", "bigint", `9007199254740991`}, {"9007199254740993::int8", "bigint", `"9007199254740993"`},
		{"'NaN'::float8", "double precision", `"NaN"`}, {"'Infinity'::float8", "double precision", `"Infinity"`}, {"'Infinity'::numeric", "numeric", `"Infinity"`},
		{"0.1::float8 + 0.2", "double precision", "0.30000000000000004"}, {"1.5::real", "real", "1.5"}, {"1e300::float8", "double precision", "1e+300"},
		{"'infinity'::date", "date", `"infinity"`}, {"'-infinity'::timestamptz", "timestamptz", `"-infinity"`}, {"date '0044-03-15 BC'", "date", `"0044-03-15 BC"`},
		{"'{{1,2},{3,4}}'::int[]", "integer[]", "[[1,2],[3,4]]"}, {"array[1,null,3]", "integer[]", "[1,null,3]"}, {"'[0:2]={1,2,3}'::int[]", "integer[]", `"[0:2]={1,2,3}"`},
		{"array[9007199254740993]", "bigint[]", `["9007199254740993"]`}, {`array['a"b\c', 'NULL', null, '', 'x,y']`, "text[]", `["a\"b\\c","NULL",null,"","x,y"]`},
		{"array['(1,1),(0,0)'::box, '(3,3),(2,2)']", "box[]", `["(1,1),(0,0)","(3,3),(2,2)"]`},
		{"interval '1 year 2 months 3 days 04:05:06.789'", "interval", `"P1Y2M3DT4H5M6.789S"`}, {"int4range(1, 5)", "int4range", `"[1,5)"`}, {"time '03:04:05'", "time", `"03:04:05"`},
		{`'\xdead'::bytea`, "bytea", `"\\xdead"`},
		{"timestamptz '2026-01-02 03:04:05.123456+02'", "timestamptz", `"2026-01-02T01:04:05.123456Z"`}, {"timestamp(3) '2026-01-02 03:04:05.123'", "timestamp(3)", `"2026-01-02T03:04:05.123"`},
		{`'{"a": 1.10}'::jsonb`, "jsonb", `{"a":1.10}`}, {`'{"n": 9007199254740993}'::jsonb`, "jsonb", `{"n":"9007199254740993"}`}, {`'"\ud800"'::json`, "json", `"\"\\ud800\""`},
		{"null::int", "integer", "null"}, {"true", "boolean", "true"}, {"'paid'::order_status", "order_status", `"paid"`}, {"array['paid']::order_status[]", "order_status[]", `["paid"]`},
		{"1.5::numeric(10,2)", "numeric(10,2)", `"1.50"`}, {"'ab'::char(3)", "char(3)", `"ab "`}, {"'ab'::varchar(20)", "varchar(20)", `"ab"`}, {"b'101'::bit(3)", "bit(3)", `"101"`},
		{"row(1, 'a b')", "record", `"(1,\"a b\")"`}, {"to_tsvector('simple', 'a b')", "tsvector", `"'a':1 'b':2"`}, {"12.34::money", "money", `"$12.34"`},
		{"'é😀' || chr(8232) || E'\\n\\t\\x01'", "text", `"é😀\u2028\n\t\u0001"`}, {"1::oid", "oid", "1"}, {"'text'", "text", `"text"`},
	} {
		a := execute(t, session, arguments{"query": "SELECT " + tt.sql})
		if got := string(a.Rows[0]); got != "["+tt.want+"]" {
			t.Errorf("%s is %s, want [%s]", tt.sql, got, tt.want)
		}
		if a.Columns[0].Type != tt.typ {
			t.Errorf("the type of %s is %s, want %s", tt.sql, a.Columns[0].Type, tt.typ)
		}
	}
	a := execute(t, session, arguments{"query": "SELECT 1 AS a, 2 AS a, 3 AS b"})
	if len(a.Columns) != 3 || a.Columns[1].Name != "a" || string(a.Rows[0]) != "[1,2,3]" {
		t.Errorf("columns of one name are %+v", a)
	}
	if a = execute(t, session, arguments{"query": "SELECT id, status FROM orders WHERE false"}); len(a.Columns) != 2 || a.Columns[1].Type != "order_status" || a.Rows == nil || a.Count != 0 || a.More {
		t.Errorf("an empty result is %+v", a)
	}
}

// TestRowsAtOnce runs queries at the same time whose results have lengths of
// their own: the memory that rows are written in is used again.
func TestRowsAtOnce(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for n := range 20 {
				word := strings.Repeat(string(rune('a'+i)), 1+(n*37+i*11)%500)
				rows := 1 + (n*13)%150
				res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "execute_query", Arguments: arguments{
					"query": "SELECT n, $1 FROM pg_catalog.generate_series(1, $2::int) n", "params": []any{word, rows}, "max_rows": 200}})
				if err != nil {
					t.Error(err)
					return
				}
				text := res.Content[0].(*mcp.TextContent).Text
				var a answer
				if err := json.Unmarshal([]byte(text), &a); err != nil || len(a.Rows) != rows {
					t.Errorf("%d rows: %v, %d came: %.200s", rows, err, len(a.Rows), text)
					return
				}
				for k, row := range a.Rows {
					if want := fmt.Sprintf("[%d,%q]", k+1, word); string(row) != want {
						t.Errorf("row %d is %s, want %s", k, row, want)
					}
				}
			}
		})
	}
	wg.Wait()
}

// samples are a literal of types that have no simple one.
var samples = map[string]string{
	"boolean": "t", "bytea": `\xde"ad`, `"char"`: "x", "json": `{"a": [1.10, "x,\"y"]}`, "jsonb": `{"a": [1.10, "x,\"y"]}`, "xml": "<a b=\"c\">d</a>",
	"point": "(1,2)", "lseg": "[(1,2),(3,4)]", "path": "((1,2),(3,4))", "box": "(3,4),(1,2)", "polygon": "((1,2),(3,4),(5,6))", "line": "{1,-1,0}", "circle": "<(1,2),3>",
	"cidr": "10.0.0.0/8", "inet": "10.0.0.1", "macaddr": "08:00:2b:01:02:03", "macaddr8": "08:00:2b:01:02:03:04:05", "money": "$1,234.50",
	"date": "2026-01-02", "time without time zone": "03:04:05.123456", "time with time zone": "03:04:05+02", "interval": "P1DT2H",
	"timestamp without time zone": "2026-01-02 03:04:05.123456", "timestamp with time zone": "2026-01-02 03:04:05.123456+00",
	"bit": "1", "bit varying": "101", "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "tid": "(0,1)", "int2vector": "1 2", "oidvector": "1 2",
	"regproc": "now", "regprocedure": "abs(integer)", "regoper": "||/", "regoperator": "+(integer,integer)", "regclass": "orders", "regtype": "integer", "regconfig": "simple",
	"regdictionary": "simple", "regnamespace": "public", "regrole": "mcp_reader", "regcollation": `"C"`, "txid_snapshot": "1:3:2", "pg_snapshot": "1:3:2", "pg_lsn": "16/B374D848",
	"tsvector": "'a':1 'it''s':2", "tsquery": "'a' & 'b'", "jsonpath": `$."a"`, "int4range": "[1,5)", "numrange": "[1.5,2.5]", "daterange": "[2026-01-01,2026-02-01)", "int8range": "empty",
	"tsrange": `["2026-01-01 00:00:00","2026-02-01 00:00:00")`, "tstzrange": `["2026-01-01 00:00:00+00",)`, "int4multirange": "{[1,5),[7,8)}", "nummultirange": "{}", "tsmultirange": "{}",
	"tstzmultirange": `{["2026-01-01 00:00:00+00",)}`, "datemultirange": "{}", "int8multirange": "{[1,2)}", "xid8": "18446744073709551615", "refcursor": "c", "name": "a,b", "text": `a"b\c,{}`,
}

// TestEveryType compares what is read with the server's own text, for each type
// of the system catalogs and for arrays of it.
func TestEveryType(t *testing.T) {
	url := newShop(t)
	session := connect(t, database.Config{URL: url}, nil)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `select format_type(t.oid, null) from pg_type t join pg_namespace n on n.oid = t.typnamespace
		where n.nspname = 'pg_catalog' and t.typarray <> 0 and t.typtype in ('b', 'r', 'm') and t.typname not in ('aclitem', 'gtsvector') and t.oid < 16384
		and not exists (select from pg_class c where c.reltype = t.oid) order by t.oid`)
	if err != nil {
		t.Fatal(err)
	}
	types, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(types) < 60 {
		t.Fatalf("only %d types are there", len(types))
	}
	for _, typ := range types {
		sample, ok := samples[typ]
		if !ok {
			sample = "1"
		}
		if typ == "bytea" {
			sample = `\xdead`
		}
		literal := "'" + strings.ReplaceAll(sample, "'", "''") + "'"
		a := execute(t, session, arguments{"query": fmt.Sprintf(
			"SELECT %[1]s::%[2]s, format('%%s', %[1]s::%[2]s), array[%[1]s::%[2]s, null, %[1]s::%[2]s], array[array[%[1]s::%[2]s]]", literal, typ)})
		var row []json.RawMessage
		if err := json.Unmarshal(a.Rows[0], &row); err != nil {
			t.Fatal(err)
		}
		var text string
		if err := json.Unmarshal(row[1], &text); err != nil {
			t.Fatal(err)
		}
		if got := asText(t, typ, row[0]); got != text {
			t.Errorf("%s: %s is read as %s, which is %s", typ, text, row[0], got)
		}
		if want := fmt.Sprintf("[%s,null,%[1]s]", row[0]); string(row[2]) != want {
			t.Errorf("%s: an array is %s, want %s", typ, row[2], want)
		}
		if want := fmt.Sprintf("[[%s]]", row[0]); string(row[3]) != want {
			t.Errorf("%s: an array of arrays is %s, want %s", typ, row[3], want)
		}
		if strings.HasPrefix(a.Columns[2].Type, "oid ") || !strings.HasSuffix(a.Columns[2].Type, "[]") {
			t.Errorf("%s: the type of an array is %q", typ, a.Columns[2].Type)
		}
	}
}

// asText is a JSON value as PostgreSQL writes it.
func asText(t *testing.T, typ string, raw json.RawMessage) string {
	t.Helper()
	if raw[0] != '"' {
		if typ == "boolean" {
			return string(raw[:1])
		}
		if typ == "jsonb" || typ == "json" {
			return strings.NewReplacer(`":`, `": `, `,"x`, `, "x`).Replace(string(raw))
		}
		return string(raw)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(typ, "timestamp") {
		s = strings.NewReplacer("T", " ", "Z", "+00").Replace(s)
	}
	return s
}

func TestPages(t *testing.T) {
	url := newShop(t)
	session := connect(t, database.Config{URL: url}, nil)
	const query = "SELECT id, note FROM orders WHERE id <= $1 ORDER BY id"
	var got []string
	args := arguments{"query": query, "params": []any{2500}, "max_rows": 700}
	pages := 0
	for {
		a := execute(t, session, args)
		pages++
		if len(a.Rows) != a.Count || a.More != (a.Next != "") {
			t.Fatalf("page %d: %d rows, count %d, truncated %v, cursor %q", pages, len(a.Rows), a.Count, a.More, a.Next)
		}
		for _, r := range a.Rows {
			got = append(got, string(r))
		}
		if !a.More {
			break
		}
		// The cursor remembers how many rows a page has.
		args = arguments{"query": query, "params": []any{2500}, "cursor": a.Next}
	}
	if pages != 4 || len(got) != 2500 {
		t.Fatalf("%d rows on %d pages", len(got), pages)
	}
	for i, r := range got {
		if !strings.HasPrefix(r, fmt.Sprintf("[%d,", i+1)) {
			t.Fatalf("row %d is %s", i, r)
		}
	}

	first := execute(t, session, arguments{"query": query, "params": []any{300}})
	if first.Count != 100 || !first.More {
		t.Errorf("by default there are %d rows", first.Count)
	}
	for name, args := range map[string]arguments{
		"another statement":  {"query": query + " ", "params": []any{300}},
		"another parameter":  {"query": query, "params": []any{301}},
		"another form":       {"query": query, "params": []any{300}, "format": "csv"},
		"one parameter more": {"query": query, "params": []any{300, 1}},
	} {
		args["cursor"] = first.Next
		if text := refusal(t, session, args); !strings.Contains(text, "cursor: it is not one of this list") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if text := refusal(t, session, arguments{"query": query, "params": []any{300}, "cursor": "x" + first.Next[1:]}); !strings.Contains(text, `"argument":"cursor"`) {
		t.Errorf("a forged cursor: %s", text)
	}
	// A client may write the same parameter in another way.
	if a := execute(t, session, arguments{"query": query, "params": json.RawMessage("[ 300 ]"), "cursor": first.Next, "max_rows": 5}); a.Count != 5 || !strings.HasPrefix(string(a.Rows[0]), "[101,") {
		t.Errorf("the second page is %+v", a)
	}
	// No cursor takes a plan.
	plan := "EXPLAIN SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.note, c.id"
	whole := execute(t, session, arguments{"query": plan})
	a := execute(t, session, arguments{"query": plan, "max_rows": 2})
	b := execute(t, session, arguments{"query": plan, "cursor": a.Next})
	if whole.Count < 5 || whole.More || a.Count != 2 || b.Count != 2 || string(b.Rows[0]) != string(whole.Rows[2]) {
		t.Errorf("a plan is %s; its pages begin %s and %s", whole.Rows, a.Rows, b.Rows)
	}
}

func TestCaps(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	a := execute(t, session, arguments{"query": "SELECT repeat('é', 100000), decode(repeat('ab', 100000), 'hex'), 'é'"})
	var row []string
	if err := json.Unmarshal(a.Rows[0], &row); err != nil {
		t.Fatal(err)
	}
	if len(row[0]) > 66<<10 || !strings.HasSuffix(row[0], "é…(+134464 bytes)") || !strings.HasSuffix(row[1], "ab…(+67233 bytes)") || row[2] != "é" {
		t.Errorf("the values end in %q and %q", row[0][len(row[0])-30:], row[1][len(row[1])-30:])
	}
	if len(a.Cut) != 2 || a.Cut[0].Bytes != 200000 || a.Cut[1].Bytes != 100000 || a.Cut[1].Column != "decode" {
		t.Errorf("the cuts are %+v", a.Cut)
	}
	total := 0
	args := arguments{"query": "SELECT n, repeat('x', 50000) FROM generate_series(1, 60) n ORDER BY n"}
	for pages := 1; ; pages++ {
		a := execute(t, session, args)
		size := 0
		for i, r := range a.Rows {
			size += len(r)
			if !strings.HasPrefix(string(r), fmt.Sprintf("[%d,", total+i+1)) {
				t.Fatalf("row %d is %.20s", total+i, r)
			}
		}
		total += a.Count
		if size > 1<<20 {
			t.Errorf("page %d has %d bytes", pages, size)
		}
		if !a.More {
			if total != 60 || pages != 3 {
				t.Errorf("%d rows on %d pages", total, pages)
			}
			break
		}
		args["cursor"] = a.Next
	}
	// A row of many long values fits as a whole.
	var columns []string
	for i := range 100 {
		columns = append(columns, fmt.Sprintf("repeat('x', 60000) AS c%d", i))
	}
	a = execute(t, session, arguments{"query": "SELECT " + strings.Join(columns, ", ")})
	if len(a.Rows) != 1 || len(a.Rows[0]) > 1<<20+10000 || len(a.Cut) != 50 {
		t.Errorf("the wide row has %d bytes, %d cuts", len(a.Rows[0]), len(a.Cut))
	}
}

func TestParams(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	for _, tt := range []struct{ query, params, want string }{
		{"SELECT $1::int + 1", `[41]`, "[42]"}, {"SELECT $1::int + 1", `["41"]`, "[42]"}, {"SELECT $1::text", `["a'; DROP TABLE orders"]`, `["a'; DROP TABLE orders"]`},
		{"SELECT $1::text", `[12]`, `["12"]`}, {"SELECT $1::bool, $2::bool", `[true, null]`, "[true,null]"}, {"SELECT $1::int8", `[9007199254740993]`, `["9007199254740993"]`},
		{"SELECT $1::numeric", `[12345678901234567890.10]`, `["12345678901234567890.10"]`}, {"SELECT $1::float8", `[1e3]`, "[1000]"},
		{"SELECT count(*) FROM orders WHERE id = ANY($1)", `[[1, 2, 3]]`, "[3]"}, {"SELECT $1::int[]", `[[[1,null],[3,4]]]`, "[[[1,null],[3,4]]]"},
		{"SELECT $1::text[]", `[["a","NULL",null,"x\"y\\z,{}"]]`, `[["a","NULL",null,"x\"y\\z,{}"]]`}, {"SELECT $1::jsonb, $2::jsonb", `[{"a": 1.10}, [1, "x"]]`, `[{"a":1.10},[1,"x"]]`},
		{"SELECT $1::jsonb", `["{\"a\": 1}"]`, `[{"a":1}]`}, {"SELECT $1::jsonb[]", `[[{"a": 1}, null]]`, `[[{"a":1},null]]`},
		{"SELECT $1::timestamptz", `["2026-01-02T03:04:05.123456+02:00"]`, `["2026-01-02T01:04:05.123456Z"]`}, {"SELECT $1::uuid", `["A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"]`, `["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]`},
		{"SELECT $1::order_status[], $2::order_status", `[["paid", "shipped"], "paid"]`, `[["paid","shipped"],"paid"]`},
		{"SELECT sku FROM products WHERE attributes @> $1 AND tags @> $2 ORDER BY id LIMIT 1", `[{"colour": "red"}, ["gift"]]`, `["NOV-0000"]`},
		{"SELECT id FROM customers WHERE created_at < $1 ORDER BY id LIMIT 1", `["2024-02-01"]`, "[1]"}, {"SELECT $1", `["x"]`, `["x"]`},
	} {
		a := execute(t, session, arguments{"query": tt.query, "params": json.RawMessage(tt.params)})
		if len(a.Rows) != 1 || string(a.Rows[0]) != tt.want {
			t.Errorf("%s of %s is %s, want %s", tt.query, tt.params, a.Rows, tt.want)
		}
	}
	for _, tt := range []struct{ query, params, argument, says string }{
		{"SELECT $1::int", `["x"]`, "params[0]", `params[0]: $1 must be integer: invalid input syntax for type integer: \"x\"`},
		{"SELECT $1::int, $2::int", `[1, "1.5"]`, "params[1]", `params[1]: $2 must be integer`}, {"SELECT $1::int2", `[40000]`, "params[0]", `$1 must be smallint`},
		{"SELECT $1::order_status", `["lost"]`, "params[0]", `params[0]: $1 must be order_status: invalid input value for enum`}, {"SELECT $1::int", `[[1]]`, "params[0]", "params[0]: $1 is integer: an array does not fit"},
		{"SELECT $1::int[]", `[[1, "x"]]`, "params[0]", "$1 must be integer[]"}, {"SELECT $1::int[]", `[[[1], [2, 3]]]`, "params[0]", "$1 must be integer[]"},
		{"SELECT $1::orders", `[{"id": 1}]`, "params[0]", "params[0]: $1 is orders: send a row as text"}, {"SELECT $1::jsonb", `["{"]`, "params[0]", "$1 must be jsonb"},
		{"SELECT $1::int, $2::text", `[1]`, "params", "params: the statement takes 2 ($1 integer, $2 text), 1 was given"}, {"SELECT $1::int", `[]`, "params", "params: the statement takes 1 ($1 integer), 0 were given"},
		{"SELECT 1", `[1]`, "params", "params: the statement takes none, 1 was given"}, {"SELECT $1::text", `["a\u0000b"]`, "params[0]", "NUL"},
	} {
		text := refusal(t, session, arguments{"query": tt.query, "params": json.RawMessage(tt.params)})
		if !strings.Contains(text, tt.says) || !strings.Contains(text, `"argument":"`+tt.argument+`"`) || !strings.Contains(text, "INVALID_INPUT") {
			t.Errorf("%s of %s says %s", tt.query, tt.params, text)
		}
	}
}

func TestForms(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	const query = `SELECT n, case n when 1 then 'a,b' when 2 then E'say "hi"\nthere' when 3 then '' when 4 then '=1+1|x' end AS "te|xt", now() - now() AS i, n > 2 AS late FROM generate_series(1, 5) n`
	a := execute(t, session, arguments{"query": query, "format": "csv"})
	records, err := csv.NewReader(strings.NewReader(a.Text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"n", "te|xt", "i", "late"}, {"1", "a,b", "PT0S", "false"}, {"2", "say \"hi\"\nthere", "PT0S", "false"}, {"3", "", "PT0S", "true"}, {"4", "=1+1|x", "PT0S", "true"}, {"5", "", "PT0S", "true"}}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("the records differ (-want +got):\n%s", diff)
	}
	if a.Rows != nil || a.Count != 5 || len(a.Columns) != 4 || !strings.Contains(a.Text, "\n3,\"\",") || !strings.Contains(a.Text, "\n5,,") {
		t.Errorf("the result is %+v", a)
	}
	a = execute(t, session, arguments{"query": query, "format": "markdown"})
	if want := "|n|te\\|xt|i|late|\n|-:|-|-|-|\n|1|a,b|PT0S|false|\n|2|say \"hi\"\\nthere|PT0S|false|\n|3|\"\"|PT0S|true|\n|4|=1+1\\|x|PT0S|true|\n|5||PT0S|true|\n"; a.Text != want {
		t.Errorf("the table is\n%s\nwant\n%s", a.Text, want)
	}
	if a = execute(t, session, arguments{"query": "SELECT 1 AS a WHERE false", "format": "csv"}); a.Text != "a\n" {
		t.Errorf("an empty result is %q", a.Text)
	}
}

// A chart is a picture beside the rows.
func TestPicture(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "execute_query", Arguments: map[string]any{
		"query": "SELECT status, count(*) AS orders FROM orders GROUP BY status ORDER BY status", "format": "chart",
	}})
	if err != nil || res.IsError || len(res.Content) != 2 {
		t.Fatalf("the result is %+v, %v", res, err)
	}
	var a struct {
		answer
		Chart string `json:"chart"`
	}
	if text, ok := res.Content[0].(*mcp.TextContent); !ok || json.Unmarshal([]byte(text.Text), &a) != nil || len(a.Rows) < 3 ||
		a.Chart != fmt.Sprintf("bars of orders by status, %[1]d of %[1]d rows", len(a.Rows)) {
		t.Errorf("the rows are %+v", a)
	}
	image, ok := res.Content[1].(*mcp.ImageContent)
	if !ok || image.MIMEType != "image/png" {
		t.Fatalf("beside them is %+v", res.Content[1])
	}
	if p, err := png.Decode(bytes.NewReader(image.Data)); err != nil || p.Bounds().Dx() < 300 || p.Bounds().Dy() < 200 {
		t.Errorf("the picture is %v", err)
	}
}

func TestExecuteErrors(t *testing.T) {
	session := connect(t, database.Config{URL: newShop(t)}, nil)
	for _, tt := range []struct{ query, says string }{
		{"SELECT *\nFROM orders\nWHERE statsu = 'paid'", `(line 3, column 7: \"statsu = 'paid'\")`},
		{"  SELECT é.x FROM (SELECT 1 AS y) é WHERE x = 1", "column"},
		{"SELECT 1 +", "syntax error"},
		{"DELETE FROM orders", "the database default is served for reading alone"},
		{"EXPLAIN ANALYZE SELECT 1", "explain_query"},
	} {
		text := refusal(t, session, arguments{"query": tt.query})
		if !strings.Contains(text, tt.says) {
			t.Errorf("%s says %s", tt.query, text)
		}
	}
	if text := refusal(t, session, arguments{"query": "SELECT count(*) FROM orders a, orders b, orders c", "timeout_ms": 50}); !strings.Contains(text, "timeout") {
		t.Errorf("a slow query says %s", text)
	}
	text, bad := call(t, session, "query_database", `{"query":"SELECT count(*) FROM orders a, orders b, orders c","timeout_seconds":1}`)
	if !bad || !strings.Contains(text, "timeout") {
		t.Errorf("query_database says %s", text)
	}
	if text, bad := call(t, session, "query_database", `{"query":"SELECT 1","timeout_seconds":30}`); bad || !strings.Contains(text, `"rows":[[1]]`) {
		t.Errorf("query_database says %s", text)
	}
	if a := execute(t, session, arguments{"query": "SELECT * FROM orders WHERE id = $1", "params": []any{1}, "explain": true}); !bytes.Contains(a.Plan, []byte(`Index Scan using orders_pkey`)) {
		t.Errorf("the plan is %s", a.Plan)
	}
	if a := execute(t, session, arguments{"query": "SHOW server_version"}); a.Count != 1 || a.Columns[0].Name != "server_version" {
		t.Errorf("SHOW gives %+v", a)
	}
}

func TestProgress(t *testing.T) {
	heard := make(chan string, 10)
	session := connect(t, database.Config{URL: newShop(t)}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { heard <- req.Params.Message },
	})
	params := &mcp.CallToolParams{Name: "execute_query", Arguments: arguments{"query": "SELECT count(*) FROM orders a, orders b, orders c", "timeout_ms": 1500}}
	params.SetProgressToken("slow")
	if res, err := session.CallTool(t.Context(), params); err != nil || !res.IsError {
		t.Fatalf("the slow query ends with %+v, %v", res, err)
	}
	if got := <-heard; got != "the query has run for 1 s" {
		t.Errorf("progress is %q", got)
	}
}

// TestOutputSize holds the forms to the sizes of what others send for the same
// rows: objects with all names in each row, indented or not.
func TestOutputSize(t *testing.T) {
	url := newShop(t)
	session := connect(t, database.Config{URL: url}, nil)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, query := range []string{"SELECT * FROM orders ORDER BY id LIMIT 100", "SELECT * FROM customers ORDER BY id LIMIT 100"} {
		rows, err := conn.Query(t.Context(), "SELECT row_to_json(x)::text FROM ("+query+") x")
		if err != nil {
			t.Fatal(err)
		}
		objects, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		compact := "[" + strings.ReplaceAll(strings.Join(objects, ","), `+00:00"`, `Z"`) + "]"
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(compact), "", "  "); err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{"rows", "csv", "markdown"} {
			text, bad := call(t, session, "execute_query", encoded(t, arguments{"query": query, "format": form}))
			if bad {
				t.Fatal(text)
			}
			t.Logf("%s: %s %d, of compact objects (%d) %.2f, of indented ones (%d) %.2f", query, form, len(text), len(compact), float64(len(text))/float64(len(compact)), pretty.Len(), float64(len(text))/float64(pretty.Len()))
			if float64(len(text)) > 0.6*float64(len(compact)) || float64(len(text)) > 0.5*float64(pretty.Len()) {
				t.Errorf("%s of %s has %d bytes", form, query, len(text))
			}
		}
	}
}

func BenchmarkExecute(b *testing.B) {
	session := connect(b, database.Config{URL: pgtest.As(b, newShop(b), "mcp_reader")}, nil)
	for name, query := range map[string]string{"one": "SELECT 1", "hundred": "SELECT * FROM orders ORDER BY id LIMIT 100"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				execute(b, session, arguments{"query": query})
			}
		})
	}
}

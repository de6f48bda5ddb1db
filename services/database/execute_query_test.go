package database

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

func TestLocated(t *testing.T) {
	for _, tt := range []struct {
		query, sql string
		position   int
		want       string
	}{
		{"SELECT x FROM t", "SELECT x FROM t", 8, `no (line 1, column 8: "x FROM t")`},
		{" \n SELECT é,\n  y\n FROM t;", "SELECT é,\n  y\n FROM t", 13, `no (line 3, column 3: "y")`},
		{"SELECT " + strings.Repeat("é", 50), "SELECT " + strings.Repeat("é", 50), 8, `no (line 1, column 8: "` + strings.Repeat("é", nearChars) + `…")`},
		{"SELECT x", "SELECT x", 0, "no"},
		{"SELECT x +", "SELECT x +", 11, `no (line 1, column 11: "")`},
		{"SELECT x", "SELECT x", 10, "no"},
		{"SELECT x", "SELECT x", 1, `no (line 1, column 1: "SELECT x")`},
		{"SELECT '\x1b[31m'", "SELECT '\x1b[31m'", 8, `no (line 1, column 8: "'\x1b[31m'")`},
	} {
		err := located(&postgres.Error{Kind: postgres.Invalid, Message: "no", Position: tt.position}, tt.query, tt.sql)
		if err.Error() != tt.want {
			t.Errorf("%q at %d: %v, want %s", tt.query, tt.position, err, tt.want)
		}
	}
	err := located(&postgres.Error{Kind: postgres.Invalid, Message: "no", Position: 2}, "\nSELECT", "SELECT")
	if diff := cmp.Diff(map[string]any{"reason": "invalid", "position": 3, "line": 2, "column": 2}, toolerr.From(err).Details); diff != "" {
		t.Errorf("the details differ (-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	reading, writing := &database{set: setting{Config: postgres.Config{Name: "shop"}}}, &database{set: setting{Config: postgres.Config{Name: "shop", Writes: true}}}
	for _, tt := range []struct {
		d           *database
		query, want string
	}{
		{reading, "  delete from orders", "no; the database shop is served for reading alone"},
		{writing, "UPDATE orders SET id = 1", "no; modify_data changes rows"},
		{reading, "EXPLAIN ANALYZE SELECT 1", "no; explain_query shows a plan, and with analyze what it really took"},
		{reading, "SELECT pg_sleep(1)", "no"},
	} {
		err := refused(&gate.Refusal{Rule: "verb", Message: "no", Offset: 0}, tt.d, tt.query)
		if err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.query, err, tt.want)
		}
	}
	if err := refused(&gate.Refusal{Message: "use another; modify_data changes rows"}, writing, "DELETE FROM x"); strings.Count(err.Error(), "modify_data") != 1 {
		t.Errorf("it is said twice: %v", err)
	}
	if err := refused(errors.New("secret"), reading, "DELETE"); err.Error() != "internal error" {
		t.Errorf("another error is shown: %v", err)
	}
}

func TestCursor(t *testing.T) {
	s := &Service{cursors: server.NewCursors("database", seal.New())}
	in := executeInput{Query: "SELECT $1", Params: []json.RawMessage{[]byte(`[1, 2]`)}, Format: formRows}
	token, err := s.cursors.Seal(page{Offset: 100, MaxRows: 50}, in.bound("shop")...)
	if err != nil {
		t.Fatal(err)
	}
	in.Params = []json.RawMessage{[]byte("[1,2]")}
	var at page
	if err := s.cursors.Open(token, &at, in.bound("shop")...); err != nil || at != (page{100, 50}) {
		t.Errorf("the cursor holds %+v, %v", at, err)
	}
	for name, bound := range map[string][]string{
		"database": in.bound("other"),
		"query":    executeInput{Query: "SELECT  $1", Params: in.Params, Format: formRows}.bound("shop"),
		"params":   executeInput{Query: in.Query, Params: []json.RawMessage{[]byte("[1]")}, Format: formRows}.bound("shop"),
		"format":   executeInput{Query: in.Query, Params: in.Params, Format: formCSV}.bound("shop"),
		// What stands in one argument is not taken for two.
		"boundary": executeInput{Query: in.Query, Params: []json.RawMessage{[]byte("[1"), []byte("2]")}, Format: formRows}.bound("shop"),
	} {
		if err := s.cursors.Open(token, &at, bound...); err == nil {
			t.Errorf("the cursor is good with another %s", name)
		}
	}
}

func TestTimeoutArguments(t *testing.T) {
	for in, want := range map[[2]int]time.Duration{{0, 0}: 0, {1500, 0}: 1500 * time.Millisecond, {0, 2}: 2 * time.Second, {1500, 2}: 1500 * time.Millisecond} {
		if got := (executeInput{TimeoutMS: in[0], TimeoutSeconds: in[1]}).timeout(); got != want {
			t.Errorf("%v is %v, want %v", in, got, want)
		}
	}
}

func TestRowWriter(t *testing.T) {
	columns := []postgres.Column{{Name: "n", OID: 23, Modifier: -1}, {Name: "s", OID: 25, Modifier: -1}}
	writer := func(form string) *rowWriter {
		return &rowWriter{form: form, limits: value.Limits{Value: valueBytes}, limit: 3, bytes: resultBytes}
	}
	add := func(w *rowWriter, n int, s string) error {
		return w.row(columns, [][]byte{fmt.Append(nil, n), []byte(s)})
	}

	w := writer(formRows)
	w.skip = 1
	for n := range 4 {
		if err := add(w, n, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(w, 4, "x"); !errors.Is(err, postgres.ErrStop) {
		t.Errorf("a row above the limit: %v", err)
	}
	out := w.result(postgres.Result{Columns: columns, Elapsed: 1234567 * time.Nanosecond})
	if string(out.Rows) != `[[1,"x"],[2,"x"],[3,"x"]]` || !out.Truncated || out.RowCount != 3 || out.ElapsedMS != 1.235 {
		t.Errorf("the result is %+v", out)
	}

	w = writer(formCSV)
	w.limit = 1000
	n := 0
	for ; ; n++ {
		if err := add(w, n, strings.Repeat("é", valueBytes)); errors.Is(err, postgres.ErrStop) {
			break
		}
	}
	out = w.result(postgres.Result{Columns: columns})
	if len(out.Text) > resultBytes || out.RowCount != n || strings.Count(out.Text, "\n") != n+1 || len(out.TruncatedValues) != n || !out.Truncated {
		t.Errorf("%d bytes, %d rows, %d cut, truncated %v; %d rows were taken", len(out.Text), out.RowCount, len(out.TruncatedValues), out.Truncated, n)
	}

	for form, want := range map[string]string{formRows: `[] `, formCSV: " n,s\n", formMarkdown: " |n|s|\n|-:|-|\n"} {
		out := writer(form).result(postgres.Result{Columns: columns})
		if got := string(out.Rows) + " " + out.Text; got != want || len(out.Columns) != 2 || out.Truncated {
			t.Errorf("no rows in %s are %q, want %q", form, got, want)
		}
	}
}

func TestNotices(t *testing.T) {
	var list []postgres.Notice
	for range 20 {
		list = append(list, postgres.Notice{Severity: "NOTICE", Message: strings.Repeat("é", 1000)})
	}
	got := notices(list)
	if len(got) != maxNotices || got[0].Message != strings.Repeat("é", (noticeBytes-len("…"))/2)+"…" {
		t.Errorf("%d notices, the first of %d bytes", len(got), len(got[0].Message))
	}
}

//go:build e2e && linux

package database_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
)

// The corpora were written without looking at the rules of the gate, and are run
// in the worst case there is: as superuser, through the whole service.

// worlds runs a test on a server of each version.
func worlds(t *testing.T, test func(t *testing.T, w *world)) {
	old, err := localpg.Find()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []localpg.Binaries{old, pgtest.Binaries18(t)} {
		version, err := b.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strconv.Itoa(version), func(t *testing.T) { test(t, newWorld(t, b)) })
	}
}

// attacker is a client whose person agrees to everything, of a service with one
// connection: what a statement left in its session is there for the next.
func (w *world) attacker(t *testing.T, url string, writes bool) *mcp.ClientSession {
	t.Helper()
	return connect(t, database.Config{URL: url, AllowSuperuser: true, Write: writes, PoolMin: 1, PoolMax: 1, StatementTimeout: 2 * time.Second},
		&mcp.ClientOptions{ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
		}})
}

// object returns a JSON object with one value. A statement is written as it is,
// bytes that are no UTF-8 too.
func object(name, text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return fmt.Sprintf(`{%q: "%s"}`, name, &b)
}

// session is what the service's connection holds beside its settings at start.
const session = `select (select count(*) from pg_prepared_statements), (select count(*) from pg_cursors where name <> '_mcp'), current_user, session_user,
	(select string_agg(name || '=' || setting, ',' order by name) from pg_settings where source = 'session'), (select count(*) from pg_my_temp_schema() n where n <> 0),
	(select string_agg(name || '=' || setting, ',' order by name) from pg_settings where name in ('search_path', 'default_transaction_read_only', 'statement_timeout', 'role', 'work_mem', 'TimeZone', 'row_security'))`

var started = regexp.MustCompile(`"elapsed_ms":[0-9.e-]+`)

func sessionState(t *testing.T, client *mcp.ClientSession) string {
	t.Helper()
	text, isError := call(t, client, "execute_query", object("query", session))
	if isError {
		t.Fatal(text)
	}
	return started.ReplaceAllString(text, "")
}

// unharmed compares the world with what it was.
func unharmed(t *testing.T, what string, was, is state) {
	t.Helper()
	for _, d := range was.diff(is) {
		t.Errorf("%s has changed %s", what, d)
	}
}

// mostLog is what the log of changes may grow by, in bytes, while nothing is
// changed: the server notes now and then which transactions are running.
const mostLog = 4 << 10

var changes = regexp.MustCompile(`(?i)^\s*(insert|update|delete|merge)\b`)

func TestCorpusIsRefused(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		client, writer := w.attacker(t, w.url, false), w.attacker(t, w.url, true)
		all := corpus(t, "refused", w.names)
		before, file := w.look(t), ""
		was, lsn := w.glance(t), w.lsn(t)
		inSession := sessionState(t, client)
		for _, s := range all {
			if file != s.file {
				file = s.file
				now := w.look(t)
				unharmed(t, "something before "+file, before, now)
				before = now
			}
			for _, tool := range []string{"execute_query", "explain_query"} {
				if text, isError := call(t, client, tool, object("query", s.text)); !isError {
					t.Errorf("%s: %s runs %.200q: %.200s", s, tool, s.text, text)
				}
			}
			quoted := object("", s.text)
			if text, isError := call(t, client, "advise_indexes", `{"time_budget_ms": 1000, "queries": [`+quoted[len(`{"": `):len(quoted)-1]+`]}`); !isError {
				t.Errorf("%s: advise_indexes takes %.200q: %.200s", s, s.text, text)
			}
			_, change := s.flags["change"]
			if !change && !changes.MatchString(s.text) {
				if text, isError := call(t, writer, "modify_data", object("statement", s.text)); !isError {
					t.Errorf("%s: modify_data runs %.200q: %.200s", s, s.text, text)
				}
			}
			is, end := w.glance(t), w.lsn(t)
			unharmed(t, s.String(), was, is)
			if end-lsn > mostLog {
				t.Errorf("%s has written %d bytes to the log of changes", s, end-lsn)
			}
			was, lsn = is, end
		}
		unharmed(t, "something", before, w.look(t))
		if now := sessionState(t, client); now != inSession {
			t.Errorf("the session is %s, was %s", now, inSession)
		}
		t.Logf("%d statements", len(all))
	})
}

func TestCorpusIsAnswered(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		client := w.attacker(t, w.url, false)
		direct := w.connect(t, nil)
		before, n := w.look(t), 0
		for _, s := range corpus(t, "good", w.names) {
			if s.oldest() > w.major {
				continue
			}
			n++
			answered(t, client, direct, s)
		}
		unharmed(t, "something", before, w.look(t))
		t.Logf("%d statements", n)
	})
}

// answered compares what the service returns with what the server itself does,
// and with how many rows are known to be right.
func answered(t *testing.T, client *mcp.ClientSession, direct *pgx.Conn, s statement) {
	t.Helper()
	text, isError := call(t, client, "execute_query", strings.TrimSuffix(object("query", s.text), "}")+`, "max_rows": 1000}`)
	if isError {
		t.Errorf("%s: %q is refused: %s", s, s.text, text)
		return
	}
	var got struct {
		Columns []struct{ Name string }
		Rows    [][]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if want := s.number(t, "rows"); want != len(got.Rows) {
		t.Errorf("%s: %d rows, want %d", s, len(got.Rows), want)
	}
	result := direct.PgConn().ExecParams(t.Context(), s.text, nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatalf("%s: %v", s, result.Err)
	}
	if len(result.Rows) > 0 && len(result.FieldDescriptions) != len(got.Columns) {
		t.Fatalf("%s: columns %v", s, got.Columns)
	}
	if _, volatile := s.flags["varies"]; volatile {
		return
	}
	for i, row := range result.Rows[:min(len(result.Rows), len(got.Rows))] {
		for j, value := range row {
			if !same(got.Rows[i][j], value) {
				t.Errorf("%s: row %d, column %d: %s, want %q", s, i, j, got.Rows[i][j], value)
			}
		}
	}
}

var moment = regexp.MustCompile(`^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$`)

// same reports whether a value in JSON is the one that PostgreSQL prints. Arrays
// and objects are looked at by other tests.
func same(got json.RawMessage, want []byte) bool {
	var v any
	if json.Unmarshal(got, &v) != nil {
		return false
	}
	switch v := v.(type) {
	case nil:
		return want == nil
	case bool:
		return string(want) == map[bool]string{true: "t", false: "f"}[v]
	case float64:
		return string(got) == string(want)
	case string:
		return v == string(want) || v == moment.ReplaceAllString(string(want), "${1}T${2}Z") || v == strings.Replace(string(want), " ", "T", 1)
	}
	return len(want) > 0
}

func TestCorpusIsContained(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		client := w.attacker(t, w.url, false)
		reader := w.attacker(t, pgtest.As(t, w.url, "corpus_reader"), false)
		ran, n := 0, 0
		before, lsn := w.look(t), w.lsn(t)
		for _, s := range corpus(t, "contained", w.names) {
			if s.oldest() > w.major {
				continue
			}
			n++
			as := client
			if _, ok := s.flags["reader"]; ok {
				as = reader
			}
			text, isError := call(t, as, "execute_query", object("query", s.text))
			if !isError {
				ran++
			}
			// What outlives a rollback, such as an advisory lock, is undone with the
			// next query at the latest.
			if text, isError := call(t, as, "execute_query", `{"query": "select now()"}`); isError {
				t.Errorf("after %s: %s", s, text)
			}
			was, start := before, lsn
			before, lsn = w.look(t), w.lsn(t)
			// Numbers of transactions that were rolled back are spent.
			was["transactions with a number"] = before["transactions with a number"]
			_, lasting := s.flags["lasts"]
			_, logged := s.flags["logged"]
			if !lasting {
				unharmed(t, s.String(), was, before)
			} else if len(was.diff(before)) == 0 {
				t.Errorf("%s: nothing has changed, and the documentation says that something may: %s", s, text)
			}
			if grown := lsn - start; logged != (grown > mostLog) {
				t.Errorf("%s has written %d bytes to the log of changes", s, grown)
			}
			if _, reads := s.flags["reads"]; reads && isError {
				t.Errorf("%s: %s", s, text)
			}
		}
		t.Logf("%d of %d statements ran", ran, n)
	})
}

// What names a table is no statement either.
func TestCorpusOfNames(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		client := w.attacker(t, w.url, true)
		before := w.look(t)
		names := []string{
			"canary; drop table canary", "canary\"; drop table canary; --", "canary' ; drop table canary; --", "canary where bump() > 0", "bump()",
			"(select bump()) x", "public.canary, pg_authid", "canary\x00", "", "\"canary", "canary--", "canary/**/", "lateral bump()", "no_such",
		}
		for _, secret := range []string{"pg_authid", "pg_shadow", "pg_user_mapping", "pg_user_mappings", "pg_statistic", "pg_largeobject", "pg_hba_file_rules", "pg_file_settings", "pg_subscription"} {
			names = append(names, secret, "pg_catalog."+secret)
		}
		tools := []struct{ name, arguments string }{
			{"sample_rows", `{"table": %s}`}, {"sample_rows", `{"table": "canary", "columns": [%s]}`}, {"sample_rows", `{"schema": %s, "table": "canary"}`},
			{"profile_table", `{"table": %s}`}, {"profile_table", `{"table": "canary", "columns": [%s]}`},
			{"delete_record", `{"table": %s, "id": "1"}`}, {"delete_record", `{"table": "canary", "schema": %s, "id": "1"}`},
		}
		for _, name := range names {
			quoted := strings.TrimSuffix(strings.TrimPrefix(object("", name), `{"": `), "}")
			for _, tool := range tools {
				if name == "" && strings.Contains(tool.arguments, "schema") {
					continue // the default
				}
				if text, isError := call(t, client, tool.name, fmt.Sprintf(tool.arguments, quoted)); !isError {
					t.Errorf("%s takes the name %q: %.300s", tool.name, name, text)
				}
			}
		}
		for _, uri := range []string{
			"db://pg_authid/10", "db://default/pg_catalog/pg_authid/10", "db://default/pg_catalog/pg_shadow/10", "db://canary/1%20or%20true", "db://canary/1;drop%20table%20canary",
			"db://canary%22;drop%20table%20canary;--/1", "db://default/public/canary/1'%20or%20bump()%3E0--", "db://pg_user_mapping/1", "db://default/pg_catalog/pg_largeobject/4711,0",
		} {
			if res, err := client.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}); err == nil {
				t.Errorf("%s: %.300s", uri, res.Contents[0].Text)
			}
		}
		unharmed(t, "a name", before, w.look(t))
	})
}

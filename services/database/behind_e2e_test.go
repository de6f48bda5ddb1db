//go:build e2e && linux

package database_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// No right bounds a superuser, so that views and operators are looked through.
func TestSuperuserIsNotLedByViews(t *testing.T) {
	for _, v := range pgtest.Versions(t) {
		t.Run(v.Name, func(t *testing.T) {
			url := pgtest.On(t, v.Server, shop.Schema, shop.Reader, `
create table written (n int);
create function writes(int, int) returns int language plpgsql volatile as $$ begin perform pg_logical_emit_message(false, 'a', 'b'); return 1; end $$;
create operator ### (leftarg = int, rightarg = int, function = writes);
create schema other;
create view other."Direct" as select pg_logical_emit_message(false, 'a', 'b') as lsn;
create view through as select count(*) from (select * from other."Direct") d;
create view filtered as select 1 as x where exists (select from pg_ls_dir('.'));
create view operators as select 1 ### 2 as x;
create view harmless as select id, lower(name) as name, count(*) over (), random() from products;
grant usage on schema other to mcp_reader; grant select on other."Direct" to mcp_reader;`)
			session := connect(t, database.Config{URL: url, AllowSuperuser: true}, nil)
			for _, sql := range []string{
				`SELECT * FROM other."Direct"`, `SELECT * FROM through`, `TABLE operators`, `SELECT 1 FROM public.filtered`,
				`SELECT 1 ### 2`, `SELECT 1 OPERATOR(public.###) 2`, `WITH a AS (SELECT * FROM THROUGH) SELECT * FROM a`,
			} {
				for _, tool := range []string{"execute_query", "explain_query"} {
					text, isError := call(t, session, tool, fmt.Sprintf(`{"query":%q}`, sql))
					if !isError || !strings.Contains(text, "may not be used as this role") {
						t.Errorf("%s %s: %s", tool, sql, text)
					}
				}
			}
			for _, tool := range []string{"sample_rows", "profile_table"} {
				if text, isError := call(t, session, tool, `{"table":"through"}`); !isError || !strings.Contains(text, "may not be used as this role") {
					t.Errorf("%s: %s", tool, text)
				}
			}
			for _, sql := range []string{"SELECT * FROM harmless LIMIT 1", "SELECT 1 FROM pg_stat_activity LIMIT 1", "SELECT 1 + 1 FROM orders LIMIT 1"} {
				if text, isError := call(t, session, "execute_query", fmt.Sprintf(`{"query":%q}`, sql)); isError {
					t.Errorf("%s: %s", sql, text)
				}
			}
			pgtest.Exec(t, url, "create view later as select pg_logical_emit_message(false, 'a', 'b') as lsn")
			for until := time.Now().Add(10 * time.Second); ; {
				if text, isError := call(t, session, "execute_query", `{"query":"TABLE later"}`); isError && strings.Contains(text, "may not be used as this role") {
					break
				} else if time.Now().After(until) {
					t.Fatalf("a view that was made meanwhile: %s", text)
				}
			}
			// What an owner has made for a role of few rights is that role's to use.
			session = connect(t, database.Config{URL: pgtest.As(t, url, "mcp_reader")}, nil)
			if text, isError := call(t, session, "execute_query", `{"query":"SELECT * FROM other.\"Direct\""}`); isError {
				t.Error(text)
			}
		})
	}
}

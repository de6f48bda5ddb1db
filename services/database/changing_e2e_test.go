//go:build e2e && linux

package database

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

var eras = []string{"2026-07-28", "2025-11-25"}

// writer is SQL that makes a role which may change the shop, but not read what
// customers are called.
const writer = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'mcp_writer') then create role mcp_writer login; end if;
end $$;
grant usage on schema public to mcp_writer;
grant select, insert, update, delete on all tables in schema public to mcp_writer;
revoke select on customers from mcp_writer;
grant select (id, country, newsletter) on customers to mcp_writer;`

// serving returns a server for one database, in which writes are allowed unless
// edit says otherwise.
func serving(t testing.TB, url string, cfg server.Config, edit func(*setting)) (*server.Server, *Service) {
	t.Helper()
	set := setting{Config: postgres.Config{Name: "shop", URL: url, Writes: true, AllowSuperuser: true}}
	if edit != nil {
		edit(&set)
	}
	d, err := open(set)
	if err != nil {
		t.Fatal(err)
	}
	svc := &Service{databases: []*database{d}, log: slog.New(slog.DiscardHandler)}
	srv, err := server.New("database", withResource{svc}, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv, svc
}

// withResource is a service that has a resource in any case: without one no
// client can subscribe.
type withResource struct{ *Service }

func (s withResource) Register(r *server.Registry) {
	s.Service.Register(r)
	r.AddResource(&mcp.Resource{URI: "test://a", Name: "a", Description: "For tests."}, func(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
		return nil, nil
	}, server.Scope(readScope))
}

// client is a session with a person before it.
type client struct {
	t       testing.TB
	session *mcp.ClientSession
	answer  func(question string) (yes bool)

	mu    sync.Mutex
	asked []string
}

// sitting returns a client in front of which a person sits, who does what answer
// says; nil is yes.
func sitting(t testing.TB, srv *server.Server, era string, answer func(question string) bool) *client {
	t.Helper()
	c := &client{t: t, answer: answer}
	o := &mcp.ClientOptions{ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked = append(c.asked, req.Params.Message)
		if c.answer != nil && !c.answer(req.Params.Message) {
			return &mcp.ElicitResult{Action: "decline"}, nil
		}
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
	}}
	c.session = servertest.Client(t, srv, o, &mcp.ClientSessionOptions{ProtocolVersion: era})
	return c
}

// call returns the text of a tool's result.
func (c *client) call(tool string, arguments any) string {
	c.t.Helper()
	b, err := json.Marshal(arguments)
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := c.session.CallTool(c.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(b)})
	if err != nil {
		c.t.Fatal(err)
	}
	return res.Content[0].(*mcp.TextContent).Text
}

// modify calls modify_data with arguments in pairs.
func (c *client) modify(statement string, more ...any) string {
	c.t.Helper()
	in := map[string]any{"statement": statement}
	for i := 0; i < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	return c.call("modify_data", in)
}

// scan runs a query as superuser and returns its one value as text.
func scan(t testing.TB, url, sql string) (v string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var p *string
	if err := conn.QueryRow(t.Context(), sql).Scan(&p); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if p != nil {
		v = *p
	}
	return v
}

func contains(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s: %s\ndoes not contain %s", what, text, p)
		}
	}
}

// state is all there is to see of the orders, and who has written each.
const state = "select md5(string_agg(o::text || o.xmin::text, ',' order by id)) from orders o"

func TestChangeIsAskedForAndMadeOnce(t *testing.T) {
	for _, era := range eras {
		url := pgtest.Database(t, shop.Schema)
		srv, _ := serving(t, url, server.Config{}, nil)
		before := scan(t, url, state)
		var seen string
		c := sitting(t, srv, era, func(string) bool {
			seen = scan(t, url, state)
			return true
		})
		got := c.modify("update orders set shipping = shipping + 1 where id <= $1 -- all of them", "params", []any{17})
		contains(t, era, got, `"affected":17,"verb":"UPDATE","committed":true`)
		if seen != before {
			t.Errorf("%s: the preview has left something", era)
		}
		if n := scan(t, url, "select count(*)::text from orders where shipping in (1, 5.90)"); n != "17" {
			t.Errorf("%s: %s rows were changed", era, n)
		}
		if len(c.asked) != 1 {
			t.Fatalf("%s: asked %q", era, c.asked)
		}
		contains(t, era, c.asked[0], "Update 17 rows in public.orders, the database shop?", "update orders set shipping = shipping + 1", "with 17",
			"id | customer_id | status", "\n17 | ")
	}
}

func TestNoChangesNothing(t *testing.T) {
	for _, era := range eras {
		url := pgtest.Database(t, shop.Schema)
		srv, _ := serving(t, url, server.Config{}, nil)
		before := scan(t, url, state)
		c := sitting(t, srv, era, func(string) bool { return false })
		contains(t, era, c.modify("delete from order_items where order_id = 1"), "CANCELLED")
		contains(t, era, c.call("delete_record", map[string]any{"table": "orders", "id": 1}), "CANCELLED")
		contains(t, era, c.modify("update orders set note = 'x' where id < 5", "dry_run", true), `"affected":4,"verb":"UPDATE","committed":false,"dry_run":true`)
		contains(t, era, c.modify("update orders set note = 'x' where id < 0"), `"affected":0,"verb":"UPDATE","committed":false`)
		contains(t, era, c.modify("update orders set note = 'x' where id <= 101"), `"code":"INVALID_INPUT"`, "would change 101 rows, and max_affected is 100")
		contains(t, era, c.modify("update orders set note = 'x' where id <= 3", "max_affected", 2), "would change 3 rows, and max_affected is 2", "at most 1000")
		contains(t, era, c.modify("update orders set note = 'x' where id < 0", "max_affected", 2000), `"committed":false`)
		if now := scan(t, url, state); now != before || len(c.asked) != 2 {
			t.Errorf("%s: something has changed, or %q", era, c.asked)
		}
		contains(t, era, c.asked[1], "Delete 1 row in public.orders", "refer to these are changed with them: order_items.", "Rows that would be gone:\nid | customer_id")
	}
}

// TestCountThatChangesWhileAPersonThinks: they agreed to something else.
func TestCountThatChangesWhileAPersonThinks(t *testing.T) {
	for _, era := range eras {
		url := pgtest.Database(t, shop.Schema)
		srv, _ := serving(t, url, server.Config{}, nil)
		meanwhile := "insert into orders (customer_id, placed_at, note) values (1, now(), 'mine')"
		c := sitting(t, srv, era, func(string) bool {
			pgtest.Exec(t, url, meanwhile)
			return true
		})
		pgtest.Exec(t, url, meanwhile)
		const statement = "update orders set status = 'paid' where note = 'mine'"
		contains(t, era, c.modify(statement), `"code":"CONFLICT"`, "1 rows of the database shop were agreed to, and now it would be 2", `"agreed":1`, `"affected":2`)
		if n := scan(t, url, "select count(*)::text from orders where note = 'mine' and status = 'paid'"); n != "0" {
			t.Errorf("%s: %s rows were changed", era, n)
		}
		meanwhile = "select 1"
		contains(t, era, c.modify(statement), `"affected":2,"verb":"UPDATE","committed":true`)
		meanwhile = "delete from orders where note = 'mine'"
		contains(t, era, c.modify("update orders set status = 'pending' where note = 'mine'"), `"code":"CONFLICT"`, "2 rows", "it would be 0")
	}
}

func TestOperatorWantsNobodyAsked(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	srv, _ := serving(t, url, server.Config{Confirm: "never"}, nil)
	c := sitting(t, srv, eras[0], nil)
	contains(t, "update", c.modify("update orders set note = 'x' where id <= 3"), `"affected":3,"verb":"UPDATE","committed":true`)
	contains(t, "too many", c.modify("update orders set note = 'y' where id <= 101"), "would change 101 rows")
	contains(t, "record", c.call("delete_record", map[string]any{"table": "order_items", "id": []any{2, 1}}), `"committed":true`, `"rows":[[`)
	if n := scan(t, url, "select count(*) filter (where note = 'x') || ' ' || count(*) filter (where note = 'y') from orders"); n != "3 0" || len(c.asked) != 0 {
		t.Errorf("%s rows; asked %q", n, c.asked)
	}
}

func TestAlwaysAsksForADryRunToo(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	srv, _ := serving(t, url, server.Config{Confirm: "always"}, nil)
	c := sitting(t, srv, eras[0], nil)
	contains(t, "dry run", c.modify("update orders set note = 'x' where id <= 3", "dry_run", true), `"affected":3`, `"committed":false`)
	contains(t, "nothing", c.modify("update orders set note = 'x' where id < 0"), `"affected":0`, `"committed":false`)
	contains(t, "change", c.modify("update orders set note = 'x' where id <= 3"), `"affected":3`, `"committed":true`)
	if len(c.asked) != 3 {
		t.Errorf("asked %q", c.asked)
	}
}

func TestReadOnlyDatabaseIsNotChanged(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	_, svc := serving(t, url, server.Config{}, nil)
	other := setting{Config: postgres.Config{Name: "archive", URL: url, AllowSuperuser: true}}
	d, err := open(other)
	if err != nil {
		t.Fatal(err)
	}
	svc.databases = append(svc.databases, d)
	for _, tool := range []func() error{
		func() error {
			_, err := svc.modifyData(t.Context(), modifyDataInput{Statement: "delete from orders where id = 1", Database: "archive", MaxAffected: 1})
			return err
		},
		func() error {
			_, _, err := svc.askDelete(t.Context(), deleteRecordInput{Table: "orders", ID: json.RawMessage("1"), Database: "archive"})
			return err
		},
	} {
		if err := tool(); err == nil || !strings.Contains(err.Error(), "the database archive is read-only") {
			t.Errorf("error %v", err)
		}
	}
	srv, _ := serving(t, url, server.Config{}, func(s *setting) { s.Writes = false })
	for _, tool := range srv.Tools() {
		if tool.Writes {
			t.Errorf("%s is offered where nothing may be changed", tool.Name)
		}
	}
}

func TestReturnedRows(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, writer, `
		create view german as select id, country, newsletter from customers where country = 'DE';
		create function german_write() returns trigger language plpgsql as $$
			begin update customers set newsletter = new.newsletter where id = old.id; return new; end $$;
		create trigger german_write instead of update on german for each row execute function german_write();
		create view silent as select id from orders;
		create rule silent as on delete to silent do instead nothing;
		grant all on german, silent to mcp_writer`)
	srv, _ := serving(t, pgtest.As(t, url, "mcp_writer"), server.Config{}, func(s *setting) { s.MaxAffected = 400 })
	for _, tt := range []struct{ statement, want, question string }{
		{"update orders set note = 'a' where id = 7 returning id, note", `"affected":1,"verb":"UPDATE","committed":true,"columns":[{"name":"id"`, "\nid | note\n7 | a"},
		{"insert into categories (name) values ('Toys'), ('Bikes') returning name", `"verb":"INSERT","committed":true`, "Insert 2 rows"},
		{"insert into categories (name) values ('Books') on conflict do nothing", `"affected":0,"verb":"INSERT","committed":false`, ""},
		{"delete from order_items where order_id = 9 returning *", `"verb":"DELETE","committed":true`, "Rows that would be gone"},
		{"merge into products p using (values (1, 3), (2, 4)) v (id, n) on p.id = v.id when matched then update set stock = v.n", `"affected":2,"verb":"MERGE","committed":true`, "Merge 2 rows in the database shop?"},
		{"update customers set newsletter = true where id = 5", `"affected":1,"verb":"UPDATE","committed":true}`, "Update 1 row in the database shop?"}, // no right to RETURNING *
		{"update german set newsletter = true where id in (select id from german order by id limit 3)", `"affected":3`, "Update 3 rows in public.german"},
		{"delete from silent where id = 1", `"affected":0,"verb":"DELETE","committed":false`, ""},
		{"update orders set note = 'b' where id <= 150 returning id", `"truncated":true`, "and 130 more"},
		{"update orders set note = repeat('c', 10000) where id <= 100 returning id, note", `"truncated":true`, " | cccc"},
	} {
		c := sitting(t, srv, eras[0], nil)
		got := c.modify(tt.statement, "max_affected", 400)
		contains(t, tt.statement, got, tt.want)
		if strings.Contains(got, "error") {
			t.Errorf("%s: %s", tt.statement, got)
		}
		if asked := strings.Join(c.asked, "\n"); !strings.Contains(asked, tt.question) || tt.question == "" && asked != "" {
			t.Errorf("%s: asked %s", tt.statement, asked)
		}
		if len(got) > 400<<10 {
			t.Errorf("%s: %d bytes", tt.statement, len(got))
		}
	}
}

func TestChangesThatFail(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, `
		create table later (id int primary key, other int references later (id) deferrable initially deferred);
		create table moody (id int primary key);
		create function moan() returns trigger language plpgsql as $$ begin raise exception 'not on a % day', 'Monday' using errcode = 'P0001'; end $$;
		create trigger moan before insert on moody for each row execute function moan()`)
	srv, _ := serving(t, url, server.Config{}, nil)
	before := scan(t, url, state)
	for _, tt := range []struct {
		statement string
		want      []string
	}{
		{"insert into categories (name) values ('Books')", []string{"categories_name_key", `"committed":false`}},
		{"delete from customers where id = 1", []string{"orders_customer_id_fkey"}},
		{"update products set stock = -1 where id = 1", []string{"products_stock_check"}},
		{"insert into later values (1, 2)", []string{"later_other_fkey", `"committed":false`}}, // fails at COMMIT alone
		{"insert into moody values (1)", []string{"not on a Monday day"}},
		{"update orders set nothing = 1 where id = 1", []string{`column \"nothing\"`}},
		{"update orders set note = $1 where id = 1", []string{`"error"`}},
	} {
		c := sitting(t, srv, eras[0], nil)
		contains(t, tt.statement, c.modify(tt.statement), append(tt.want, `"error"`)...)
	}
	if scan(t, url, state) != before || scan(t, url, "select count(*)::text from later") != "0" {
		t.Error("something has changed")
	}
}

func TestLockedRows(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	srv, _ := serving(t, url, server.Config{}, func(s *setting) { s.LockTimeout = 50 * time.Millisecond })
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "update orders set note = 'theirs' where id = 2"); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, "do $$ begin execute format('alter database %I set lock_timeout = ''50ms''', current_database()); end $$")
	c := sitting(t, srv, eras[0], nil)
	contains(t, "locked", c.modify("update orders set note = 'ours' where id = 2"), "lock", `"committed":false`)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	contains(t, "free again", c.modify("update orders set note = 'ours' where id = 2"), `"committed":true`)
}

// TestDeadlock: a trigger waits until the other side waits for this one, and then
// wants what that one has.
func TestDeadlock(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	srv, _ := serving(t, url, server.Config{Confirm: "never"}, nil)
	pgtest.Exec(t, url, `create function sequel() returns trigger language plpgsql as $$ begin
			set local deadlock_timeout = '10ms';
			perform pg_advisory_xact_lock(42);
			while not exists (select from pg_locks where not granted) loop perform pg_sleep(0.002); end loop;
			update customers set city = 'x' where id = 1;
			return null;
		end $$;
		create trigger sequel after update on orders execute function sequel()`)
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	if _, err := other.Exec(t.Context(), "set session_replication_role = replica; begin; set local deadlock_timeout = '1h'; update customers set city = 'y' where id = 1"); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() {
		answer <- sitting(t, srv, eras[0], nil).modify("update orders set note = 'x' where id = 1")
	}()
	for scan(t, url, "select count(*)::text from pg_locks where locktype = 'advisory' and objid = 42") == "0" {
	}
	if _, err := other.Exec(t.Context(), "update orders set note = 'y' where id = 1; rollback"); err != nil {
		t.Error(err)
	}
	contains(t, "deadlock", <-answer, "deadlock", `"committed":false`)
}

func TestConnectionThatBreaks(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, `
		create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
		create table before_commit (id int);
		create trigger die after insert on before_commit for each row execute function die();
		create table at_commit (id int);
		create constraint trigger die after insert on at_commit deferrable initially deferred for each row execute function die()`)
	srv, _ := serving(t, url, server.Config{}, nil)
	for _, tt := range []struct{ table, want string }{
		{"before_commit", `"committed":false`},
		{"at_commit", `"error"`},
	} {
		c := sitting(t, srv, eras[0], nil)
		got := c.modify("insert into " + tt.table + " values (1)")
		contains(t, tt.table, got, `"error"`, tt.want)
		if n := scan(t, url, "select count(*)::text from "+tt.table); n != "0" {
			t.Errorf("%s has %s rows", tt.table, n)
		}
		contains(t, "the next call", c.modify("update orders set note = 'x' where id = 1"), `"committed":true`)
	}
}

// TestOneAnswerIsForOneChange sends the same answer many times at once.
func TestOneAnswerIsForOneChange(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	srv, _ := serving(t, url, server.Config{}, nil)
	session := servertest.Client(t, srv, &mcp.ClientOptions{
		MultiRoundTrip: &mcp.MultiRoundTripOptions{Disabled: true},
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "decline"}, nil
		},
	}, nil)
	params := &mcp.CallToolParams{Name: "modify_data", Arguments: json.RawMessage(`{"statement":"update products set stock = stock + 1 where id = 1"}`)}
	before := scan(t, url, "select stock::text from products where id = 1")
	res, err := session.CallTool(t.Context(), params)
	if err != nil || !res.NeedsInput() {
		t.Fatalf("%v, %v", res, err)
	}
	yes := *params
	yes.RequestState = res.RequestState
	yes.InputResponses = mcp.InputResponseMap{"confirm": &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}}
	var group sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 8 {
		group.Go(func() {
			again := yes
			res, err := session.CallTool(t.Context(), &again)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !res.NeedsInput() {
				done++
				contains(t, "change", res.Content[0].(*mcp.TextContent).Text, `"committed":true`)
			}
		})
	}
	group.Wait()
	if after := scan(t, url, fmt.Sprintf("select (stock - %s)::text from products where id = 1", before)); done != 1 || after != "1" {
		t.Errorf("%d calls changed it, by %s", done, after)
	}
}

func TestClientThatCannotAskIsRefused(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	pgtest.Exec(t, url, `create sequence previews`,
		`create function seen() returns trigger language plpgsql as 'begin perform nextval(''previews''); return old; end'`,
		`create trigger seen before delete on order_items for each row execute function seen()`)
	srv, _ := serving(t, url, server.Config{}, nil)
	defer func() {
		if n := scan(t, url, "select is_called::text from previews"); n != "false" {
			t.Error("it was run to word a question that nobody is asked")
		}
	}()
	for _, era := range eras {
		session := servertest.Client(t, srv, &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}}, &mcp.ClientSessionOptions{ProtocolVersion: era})
		before := scan(t, url, state)
		_, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "modify_data", Arguments: json.RawMessage(`{"statement":"delete from order_items where order_id = 1"}`)})
		if err == nil || !strings.Contains(err.Error(), "--confirm=never") || scan(t, url, state) != before {
			t.Errorf("%s: %v", era, err)
		}
	}
}

func TestDeleteRecord(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, `
		create table "odd ""name" (id text primary key, v int);
		insert into "odd ""name" values ('it''s "x"; drop table orders --', 1), ('null', 2), ('[1]', 3);
		create table big (id bigint primary key);
		insert into big values (9007199254740992), (9007199254740993), (9223372036854775807);
		create table keyless (id int);
		create table parent (id int primary key); create table child () inherits (parent);
		insert into parent values (1); insert into child values (1);
		create schema other; create table other.orders (id int primary key); insert into other.orders values (1)`)
	srv, _ := serving(t, url, server.Config{}, nil)
	c := sitting(t, srv, eras[0], nil)
	for _, tt := range []struct {
		arguments string
		want      []string
		check     string // is "t" afterwards
	}{
		{`{"table":"order_items","id":[17,1]}`, []string{`"affected":1,"verb":"DELETE","committed":true`, `"rows":[[`}, "not exists (select from order_items where (order_id, line) = (17, 1)) and exists (select from order_items where order_id = 16)"},
		{`{"table":"order_items","id":17}`, []string{"INVALID_INPUT", "(order_id, line)"}, "true"},
		{`{"table":"order_items","id":[17,1,2]}`, []string{"INVALID_INPUT"}, "true"},
		{`{"table":"order_items","id":[17,null]}`, []string{"INVALID_INPUT"}, "true"},
		{`{"table":"orders","id":{"a":1}}`, []string{"INVALID_INPUT", "the value of id"}, "true"},
		{`{"table":"orders","id":null}`, []string{"INVALID_INPUT"}, "true"},
		{`{"table":"orders","id":"1 or true"}`, []string{`"error"`}, "(select count(*) from orders) = 5000"},
		{`{"table":"orders","id":"0 "}`, []string{"RESOURCE_NOT_FOUND"}, "true"},
		{`{"table":"orders","id":999999}`, []string{"RESOURCE_NOT_FOUND"}, "true"},
		{`{"table":"orders","id":999999,"dry_run":true}`, []string{"RESOURCE_NOT_FOUND"}, "true"},
		{`{"table":"orders","id":3,"dry_run":true}`, []string{`"committed":false,"dry_run":true`, `"rows":[[`}, "exists (select from orders where id = 3)"},
		{`{"table":"orders","schema":"other","id":1}`, []string{`"committed":true`}, "exists (select from public.orders where id = 1) and not exists (select from other.orders)"},
		{`{"table":"odd \"name","id":"it's \"x\"; drop table orders --"}`, []string{`"committed":true`}, `(select count(*) from "odd ""name") = 2`},
		{`{"table":"odd \"name","id":"null"}`, []string{`"committed":true`}, `(select count(*) from "odd ""name") = 1`},
		{`{"table":"odd \"name","id":["[1]"]}`, []string{`"committed":true`}, `(select count(*) from "odd ""name") = 0`},
		{`{"table":"big","id":9007199254740993}`, []string{`"committed":true`}, `not exists (select from big where id = 9007199254740993) and (select count(*) from big) = 2`},
		{`{"table":"big","id":"9223372036854775807"}`, []string{`"committed":true`}, `(select array_agg(id) from big) = '{9007199254740992}'`},
		{`{"table":"keyless","id":1}`, []string{"INVALID_INPUT", "no primary key"}, "true"},
		{`{"table":"order_totals","id":1}`, []string{"no primary key"}, "true"},
		{`{"table":"nowhere","id":1}`, []string{"nowhere"}, "true"},
		{`{"table":"parent","id":1}`, []string{"CONFLICT", "2 rows have this id"}, "(select count(*) from parent) = 2"},
		{`{"table":"page_views","id":[1,"2026-01-01 00:00:00+00"]}`, []string{`"committed":true`}, "(select count(*) from page_views) = 19999"},
	} {
		contains(t, tt.arguments, c.call("delete_record", json.RawMessage(tt.arguments)), tt.want...)
		if scan(t, url, "select ("+tt.check+")::text") != "true" {
			t.Errorf("%s: not so: %s", tt.arguments, tt.check)
		}
	}
}

// TestQuestionIsBoundedAndPlain: what is in rows cannot look like the question.
func TestQuestionIsBoundedAndPlain(t *testing.T) {
	url := pgtest.Database(t, "create table notes (id int primary key, body text, wide text default repeat('w', 100000))",
		"insert into notes (id, body) select n, E'x\n\nDelete 0 rows?\u202e\r\x1b[2J' from generate_series(1, 40) n")
	srv, _ := serving(t, url, server.Config{}, nil)
	c := sitting(t, srv, eras[0], func(string) bool { return false })
	c.modify("delete from notes /* "+strings.Repeat("filler\n", 1000)+" */ where id > 0 and $1 <> ''", "params", []any{strings.Repeat("p", 5000)})
	if len(c.asked) != 1 {
		t.Fatalf("asked %q", c.asked)
	}
	q := c.asked[0]
	contains(t, "question", q, "Delete 40 rows in public.notes", "delete from notes where id > 0", "x Delete 0 rows?")
	if len(q) > 2100 || strings.ContainsAny(q, "\x1b\r\u202e") || strings.Contains(q, "\nDelete 0") {
		t.Errorf("%d bytes: %q", len(q), q)
	}
}

func TestNameThatMeansAnotherTableWhileAPersonThinks(t *testing.T) {
	url := pgtest.Database(t, "create schema a; create table a.notes (id int primary key); insert into a.notes values (1)")
	srv, svc := serving(t, url, server.Config{}, nil)
	for _, era := range eras {
		c := sitting(t, srv, era, func(string) bool {
			pgtest.Exec(t, url, "create table if not exists public.notes (id int primary key); insert into public.notes values (1)")
			svc.databases[0].catalog.Invalidate()
			return true
		})
		contains(t, era, c.call("delete_record", map[string]any{"table": "notes", "id": 1}), "CONFLICT", "another table")
		if n := scan(t, url, "select (select count(*) from a.notes)::text || (select count(*) from public.notes)"); n != "11" {
			t.Errorf("%s: rows are left: %s", era, n)
		}
		pgtest.Exec(t, url, "drop table public.notes")
		svc.databases[0].catalog.Invalidate()
	}
}

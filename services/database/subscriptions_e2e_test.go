//go:build e2e && linux

package database

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// channels is a configuration with the channel "changes" for orders.
func channels(s *setting) {
	s.Writes = false
	s.Subscriptions = map[string]string{"orders": "changes", "public.order_items": `Odd "one"`}
}

// hear subscribes over HTTP and returns what is heard, and what ends it.
func hear(t *testing.T, url, era string, uris ...string) (<-chan string, func()) {
	t.Helper()
	heard := make(chan string, 10_000)
	if era != eras[0] {
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
			ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) { heard <- req.Params.URI }})
		s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url}, &mcp.ClientSessionOptions{ProtocolVersion: era})
		if err != nil {
			t.Fatal(err)
		}
		for _, uri := range uris {
			if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
				t.Fatalf("%s: %v", uri, err)
			}
		}
		return heard, func() { _ = s.Close() }
	}
	list, err := json.Marshal(uris)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":`+
		string(list)+`},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": era, "Mcp-Method": "subscriptions/listen"} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	acknowledged := make(chan struct{})
	go func() {
		defer close(done)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
			if !ok {
				continue
			}
			var m struct {
				Method string
				Params struct{ URI string }
			}
			if err := json.Unmarshal(data, &m); err != nil {
				t.Error(err)
			}
			switch m.Method {
			case "notifications/subscriptions/acknowledged":
				close(acknowledged)
			case "notifications/resources/updated":
				heard <- m.Params.URI
			default:
				t.Errorf("%s", data)
			}
		}
	}()
	select {
	case <-acknowledged:
	case <-done:
		t.Fatal("the listen has ended")
	}
	return heard, func() { cancel(); <-done }
}

func next(t *testing.T, heard <-chan string) string {
	t.Helper()
	select {
	case uri := <-heard:
		return uri
	case <-time.After(time.Minute):
		t.Fatal("nothing is heard")
		return ""
	}
}

func serveHTTP(t *testing.T, srv *server.Server) string {
	t.Helper()
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		ts.CloseClientConnections()
		ts.Close()
	})
	return ts.URL + "/mcp"
}

const listening = "select count(*)::text from pg_stat_activity where datname = current_database() and application_name like '%listen'"

// silence waits until no session listens.
func silence(t *testing.T, url string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for scan(t, url, listening) != "0" {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("a connection still listens after the last subscription")
		}
	}
}

// TestNotificationsArrive sends one for each of many rows and waits for it.
func TestNotificationsArrive(t *testing.T) {
	const rows = 1000
	for _, era := range eras {
		url := pgtest.Database(t, shop.Schema)
		ignore := goleak.IgnoreCurrent()
		srv, svc := serving(t, url, server.Config{RateLimit: "off"}, channels)
		ts := httptest.NewServer(srv.Handler())
		var uris []string
		for i := range rows {
			uris = append(uris, fmt.Sprintf("db://shop/public/orders/%d", i))
		}
		heard, end := hear(t, ts.URL+"/mcp", era, uris...)
		if n := scan(t, url, listening); n != "1" {
			t.Errorf("%s: %s connections listen", era, n)
		}
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		var took []time.Duration
		for i := range rows {
			began := time.Now()
			if _, err := conn.Exec(t.Context(), "select pg_notify('changes', $1)", fmt.Sprintf(`{"ids":[%d]}`, i)); err != nil {
				t.Fatal(err)
			}
			if got := next(t, heard); got != uris[i] {
				t.Fatalf("%s: row %d: heard %s", era, i, got)
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%s: %d notifications: p50 %v, p99 %v, most %v", era, rows, took[rows/2], took[rows*99/100], took[rows-1])
		if len(heard) != 0 {
			t.Errorf("%s: %d more are heard", era, len(heard))
		}
		end()
		silence(t, url)
		_ = conn.Close(t.Context())
		ts.CloseClientConnections()
		ts.Close()
		for _, d := range svc.databases {
			d.Close()
		}
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, ignore, goleak.IgnoreAnyFunction("github.com/mcpfleet/mcpfleet/pkg/server.(*Server).run"))
	}
}

func TestWhatIsNotified(t *testing.T) {
	for _, era := range eras {
		url := pgtest.Database(t, shop.Schema)
		srv, _ := serving(t, url, server.Config{RateLimit: "off"}, channels)
		endpoint := serveHTTP(t, srv)
		const table, row, seed, other, line = "db://shop/public/orders", "db://shop/public/orders/7", "db://orders/7", "db://orders/8", "db://order_items/17,2"
		heard, end := hear(t, endpoint, era, table, row, seed, other, line)
		for _, tt := range []struct {
			channel, payload string
			want             []string
		}{
			{"changes", "7", []string{seed, table, row}},
			{"changes", `{"ids":[8]}`, []string{other, table}},
			{"changes", "", []string{seed, other, table, row}},
			{"changes", "{hostile", []string{seed, other, table, row}},
			{`Odd "one"`, `{"ids":[["17","2"]]}`, []string{line}},
		} {
			<-time.After(2 * quiet) // what comes sooner is one notification
			pgtest.Exec(t, url, "select pg_notify("+postgres.Literal(tt.channel)+", "+postgres.Literal(tt.payload)+")")
			var got []string
			for range tt.want {
				got = append(got, next(t, heard))
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) || len(heard) != 0 {
				t.Errorf("%s: %s: heard %q and %d more", era, tt.payload, got, len(heard))
			}
		}
		end()
		silence(t, url)
	}
}

// TestBurst: many changes are few notifications, and none is lost that came last.
func TestBurst(t *testing.T) {
	url := pgtest.Database(t, shop.Schema)
	srv, _ := serving(t, url, server.Config{RateLimit: "off"}, channels)
	heard, end := hear(t, serveHTTP(t, srv), eras[0], "db://orders/1")
	defer end()
	began := time.Now()
	pgtest.Exec(t, url, "do $$ begin for i in 1..1000 loop perform pg_notify('changes', '1'); perform pg_notify('changes', i::text); end loop; end $$", "notify changes, '1'", "notify changes, '1'")
	next(t, heard)
	next(t, heard)
	<-time.After(2 * quiet)
	if n := 2 + len(heard); n > 2+int(time.Since(began)/quiet) {
		t.Errorf("a burst is %d notifications", n)
	}
}

func TestWhatCannotBeWatched(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, "create table \"odd\"\" name\" (id int)")
	srv, svc := serving(t, url, server.Config{RateLimit: "off"}, channels)
	_ = srv
	for uri, want := range map[string]string{
		"db://shop/public/customers":        "no channel is configured",
		"db://customers/7":                  "{customers: a_channel}",
		"db://shop/public/nowhere":          "nowhere",
		"db://shop/public/odd%22%20name":    "no channel is configured",
		"db://shop/schema":                  "cannot be watched",
		"http://shop/schema":                "write db://",
		"db://shop/public/orders/7/8/9/10/": "write db://",
	} {
		if err := svc.Watch(t.Context(), uri, func() {}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if n := scan(t, url, listening); n != "0" {
		t.Errorf("%s connections listen", n)
	}
}

// TestTriggerScript runs what doctor prints, twice as an operator may, and hears
// what the triggers send.
func TestTriggerScript(t *testing.T) {
	url := pgtest.Database(t, shop.Schema, `
		create table "a ""$mcp$"" b" ("k ""$mcp$""" text primary key, v int);
		create table keyless (v int);
		create table `+strings.Repeat("long", 15)+` (id int primary key)`)
	_, svc := serving(t, url, server.Config{}, nil)
	snapshot, err := svc.databases[0].catalog.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const channel = `it's "mine"`
	for _, name := range []string{"orders", "order_items", `a "$mcp$" b`, "keyless", "page_views", strings.Repeat("long", 15)} {
		table, err := snapshot.Table("public", name)
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Exec(t, url, triggerScript(table, channel), triggerScript(table, channel))
	}
	if s := triggerScript(&catalog.Table{Name: "v", Kind: "view"}, channel); s != "" {
		t.Errorf("a view: %s", s)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), `listen "it's ""mine"""`); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ statement, want string }{
		{"update orders set note = 'x' where id in (7, 8)", `{"ids" : ["7","8"]}`},
		{"update orders set note = 'x' where id < 0", ""},
		{"update orders set note = 'x' where id <= 100", "100 ids"},
		{"update orders set note = 'x' where id <= 101", "all"},
		{"delete from order_items where order_id = 2 and line = 1", `{"ids" : [["2", "1"]]}`},
		{`insert into "a ""$mcp$"" b" values ('it''s "q"', 1)`, `{"ids" : ["it's \"q\""]}`},
		{`update "a ""$mcp$"" b" set "k ""$mcp$""" = 'other'`, `{"ids" : ["it's \"q\"","other"]}`},
		{`insert into "a ""$mcp$"" b" select repeat('k', 200) || n, 1 from generate_series(1, 50) n`, "all"},
		{`truncate "a ""$mcp$"" b"`, "all"},
		{"insert into keyless values (1), (2)", "all"},
		{"delete from page_views where id = 1", `{"ids" : [["1", "2026-01-01 00:00:00+00"]]}`},
		{"insert into " + strings.Repeat("long", 15) + " values (5)", `{"ids" : ["5"]}`},
	} {
		if _, err := conn.Exec(t.Context(), tt.statement+"; select pg_notify('it''s \"mine\"', 'end')"); err != nil {
			t.Fatalf("%s: %v", tt.statement, err)
		}
		var got []string
		for {
			n, err := conn.WaitForNotification(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n.Payload == "end" {
				break
			}
			got = append(got, n.Payload)
		}
		text := strings.Join(got, " and ")
		switch {
		case tt.want == "all":
			if len(got) != 1 || text != "" {
				t.Errorf("%s: sends %q", tt.statement, got)
			}
		case tt.want == "100 ids":
			if strings.Count(text, `"`) != 2+2*100 {
				t.Errorf("%s: sends %s", tt.statement, text)
			}
		case text != tt.want:
			t.Errorf("%s: sends %s", tt.statement, text)
		}
	}
}

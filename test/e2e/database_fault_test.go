//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/test/internal/roundrobin"
)

// databaseRounds is how often a fault is repeated: once, or DATABASE_FAULTS
// times.
func databaseRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("DATABASE_FAULTS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// many are three nested loops over the orders: more than anybody waits for.
const many = "SELECT count(*) FROM orders a, orders b, orders c"

// tried is how calls under load have ended.
type tried struct{ good, bad atomic.Int64 }

// try calls until ctx ends. An answer is the sum of what was sent, or says that
// the server is away and that it is worth another try.
func (c *tried) try(ctx context.Context, t *testing.T, s *server) {
	header := make(map[string]string)
	for k, v := range headers {
		header[k] = v
	}
	header["Mcp-Name"] = "execute_query"
	for i := 0; ctx.Err() == nil; i++ {
		body := toolMessage(i, "execute_query", map[string]any{"query": "SELECT count(*) + $1::int FROM orders", "params": []int{i}}, "")
		res, err := send(context.WithoutCancel(ctx), s.url, body, header)
		if err != nil || res.status != http.StatusOK {
			t.Errorf("%d %s, %v", res.status, res.body, err)
			return
		}
		a := decode(t, []byte(res.body))
		if e, ok := a.failure(); ok {
			if e.Code != "SERVICE_UNAVAILABLE" || !e.Retryable || strings.Contains(a.raw, clusterPrefix) {
				t.Errorf("a caller is told %s", a)
				return
			}
			c.bad.Add(1)
			continue
		}
		if got := a.rows(t).Rows; len(got) != 1 || string(got[0]) != fmt.Sprintf("[%d]", 5000+i) {
			t.Errorf("a caller is told %s", a)
			return
		}
		c.good.Add(1)
	}
}

// A server that crashes and comes back is a matter of seconds: all callers are
// told so, and nobody has to restart anything.
func TestPostgresKilledUnderLoad(t *testing.T) {
	t.Parallel()
	const clients, enough = 32, 100
	db := ownShop(t, localpg.Options{})
	s := serveDatabase(t, db.url("mcp_reader"), "--pool-max", "8")
	s.counts(t)
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	defer func() { stop(); load.Wait() }()
	var c tried
	for range clients {
		load.Go(func() { c.try(ctx, t, s) })
	}
	var away, back time.Duration
	for range databaseRounds(t) {
		good, bad := c.good.Load(), c.bad.Load()
		until(t, func() bool { return c.good.Load() >= good+enough || t.Failed() })
		db.server.Kill()
		killed := time.Now()
		until(t, func() bool { return c.bad.Load() >= bad+enough || t.Failed() })
		away = max(away, until(t, func() bool { return s.readiness(t) == http.StatusServiceUnavailable }).Sub(killed))
		if err := db.server.Restart(wait(t)); err != nil {
			t.Fatal(err)
		}
		restarted := time.Now()
		good = c.good.Load()
		back = max(back, until(t, func() bool { return s.readiness(t) == http.StatusOK }).Sub(restarted))
		until(t, func() bool { return c.good.Load() >= good+enough || t.Failed() })
		if t.Failed() {
			break
		}
	}
	stop()
	load.Wait()
	db.rests(t)
	s.counts(t)
	t.Logf("%d calls answered, %d told to try again; not ready %v after the kill, ready %v after the start", c.good.Load(), c.bad.Load(), away, back)
}

// cutter passes a connection on, and cuts it when as many bytes as are left have
// come back.
type cutter struct {
	net.Listener
	left atomic.Int64
}

const uncut = 1 << 50

func newCutter(t *testing.T, to string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l}
	c.left.Store(uncut)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			all.Go(func() { _, _ = io.Copy(far, near); far.Close() })
			all.Go(func() { c.pass(near, far) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return c
}

func (c *cutter) pass(near, far net.Conn) {
	defer near.Close()
	defer far.Close()
	b := make([]byte, 4096)
	for {
		n, err := far.Read(b)
		if err != nil || c.left.Add(int64(-n)) < 0 {
			return
		}
		if _, err := near.Write(b[:n]); err != nil {
			return
		}
	}
}

// A connection that ends in the middle of a result is an error, never half of a
// result, and the next call has another one.
func TestConnectionCutInTheMiddle(t *testing.T) {
	t.Parallel()
	db := ownShop(t, localpg.Options{Port: localpg.AnyPort})
	c := newCutter(t, strings.Split(strings.SplitN(db.url("mcp_reader"), "@", 2)[1], "/")[0])
	s := serveDatabase(t, "postgresql://mcp_reader@"+c.Addr().String()+"/postgres?sslmode=disable", "--pool-max", "2")
	for range 10 * databaseRounds(t) {
		s.counts(t)
		c.left.Store(300_000)
		a := s.query(t, "SELECT n, repeat('x', 1000) FROM generate_series(1, 900) n", "max_rows", 1000)
		if e := a.trouble(t); e.Code != "SERVICE_UNAVAILABLE" || !e.Retryable {
			t.Errorf("answered with %s", a)
		}
		c.left.Store(uncut)
		s.counts(t)
		db.rests(t)
	}
}

// What cannot be answered now, or not in time, is said in words that tell what to
// do.
func TestNotNow(t *testing.T) {
	t.Parallel()
	db := newShop(t)
	s := serveDatabase(t, db.url("mcp_reader"), "--pool-max", "2", "--pool-queue", "200ms", "--lock-timeout", "300ms")
	s.counts(t)
	t.Run("statement timeout", func(t *testing.T) {
		if e := s.query(t, many, "timeout_ms", 300).trouble(t); e.Code != "TIMEOUT" || e.Details.Reason != "timeout" {
			t.Errorf("told %+v", e)
		}
		a := s.callTool(t, "query_database", map[string]any{"query": many, "timeout_seconds": 1})
		if e := a.trouble(t); e.Code != "TIMEOUT" {
			t.Errorf("told %+v", e)
		}
		db.rests(t)
	})
	t.Run("lock timeout", func(t *testing.T) {
		conn := dialSQL(t, db.url("postgres"))
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "begin; lock table orders in access exclusive mode"); err != nil {
			t.Fatal(err)
		}
		if e := s.query(t, "SELECT count(*) FROM orders").trouble(t); e.Code != "CONFLICT" || e.Details.Reason != "locked" || !e.Retryable {
			t.Errorf("told %+v", e)
		}
		if _, err := conn.Exec(t.Context(), "rollback"); err != nil {
			t.Fatal(err)
		}
		s.counts(t)
	})
	t.Run("pool exhausted", func(t *testing.T) {
		var busy sync.WaitGroup
		for range 2 {
			busy.Go(func() {
				if e, ok := s.query(t, many, "timeout_ms", 4000).failure(); !ok || e.Code != "TIMEOUT" {
					t.Errorf("told %+v", e)
				}
			})
		}
		until(t, func() bool {
			return db.ask(t, "select count(*) from pg_stat_activity where usename = 'mcp_reader' and datname = current_database() and state = 'active'") == "2"
		})
		if e := s.query(t, "SELECT 1").trouble(t); e.Code != "SERVICE_UNAVAILABLE" || !e.Retryable || e.After == 0 {
			t.Errorf("told %+v", e)
		}
		busy.Wait()
		s.counts(t)
	})
	db.rests(t)
}

// A client that hangs up, ends what it asked for on the server.
func TestHangUpEndsTheStatement(t *testing.T) {
	t.Parallel()
	const clients = 8
	db := newShop(t)
	s := serveDatabase(t, db.url("mcp_reader"))
	var conns []net.Conn
	for range clients {
		conn := s.dial(t)
		body := toolMessage(1, "execute_query", map[string]any{"query": many}, "")
		head := strings.Replace(s.head(""), "Mcp-Name: calculate", "Mcp-Name: execute_query", 1)
		if _, err := fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	const working = "select count(*) from pg_stat_activity where datname = current_database() and usename = 'mcp_reader' and state = 'active'"
	until(t, func() bool { return db.ask(t, working) == strconv.Itoa(clients) })
	begun := time.Now()
	for _, c := range conns {
		c.Close()
	}
	took := until(t, func() bool { return db.ask(t, working) == "0" }).Sub(begun)
	if took > 5*time.Second {
		t.Errorf("the statements have ended %v after their clients", took)
	}
	t.Logf("%d statements have ended %v after their clients", clients, took)
	s.counts(t)
}

// However large a value or a result is, the process that passes it on stays
// small.
func TestMemoryOfLargeResults(t *testing.T) {
	t.Parallel()
	const most = 64 << 20
	db := ownShop(t, localpg.Options{Settings: map[string]string{"max_wal_size": "4GB"}})
	runSQL(t, db.url("postgres"), `create unlogged table big as select n, 'row ' || n as name from generate_series(1, 10000000) n`,
		"grant select on big to mcp_reader", "vacuum analyze big")
	s := serveDatabase(t, db.url("mcp_reader"), "--statement-timeout", "60s")
	s.counts(t)
	for _, q := range []string{
		"SELECT generate_series(1, 10000000)", "SELECT * FROM big", "SELECT * FROM big WHERE n > 9000000 ORDER BY n DESC",
		"SELECT b.*, repeat('x', 1000) FROM big b",
	} {
		got := s.query(t, q, "max_rows", 1000).rows(t)
		if len(got.Rows) < 900 || !got.Truncated || got.Next == "" {
			t.Errorf("%s: %d rows, truncated: %v", q, len(got.Rows), got.Truncated)
		}
	}
	for _, q := range []string{"SELECT repeat('x', 200000000)", "SELECT n, repeat('x', 200000000) FROM orders a, generate_series(1, 3) n"} {
		if e := s.query(t, q).trouble(t); e.Code != "INVALID_INPUT" || e.Details.Reason != "too_large" {
			t.Errorf("%s: told %+v", q, e)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			a := s.query(t, "SELECT * FROM big", "max_rows", 1000)
			if e, bad := a.failure(); bad {
				t.Errorf("told %+v", e)
			}
			if e, bad := s.query(t, "SELECT repeat('x', 50000000)").failure(); !bad || e.Details.Reason != "too_large" {
				t.Errorf("told %+v", e)
			}
		})
	}
	all.Wait()
	db.rests(t)
	s.counts(t)
	peak, err := s.PeakMemory()
	if err != nil || peak > most {
		t.Errorf("%d MiB of memory at the peak, %v", peak>>20, err)
	}
	t.Logf("%d MiB of memory at the peak", peak>>20)
}

// Behind PgBouncer in transaction mode every caller has the settings that it
// should have, although each transaction may get another connection.
func TestBehindPgBouncer(t *testing.T) {
	t.Parallel()
	db := ownShop(t, localpg.Options{Port: localpg.AnyPort})
	s := serveDatabase(t, bouncer(t, db, "mcp_reader"), "--pooler", "--statement-timeout", "7s", "--pool-max", "12")
	const settings = "SELECT $1::int, current_setting('transaction_read_only'), current_setting('statement_timeout'), current_setting('TimeZone'), interval '1 day'"
	var load sync.WaitGroup
	for i := range 12 {
		load.Go(func() {
			for j := range 20 {
				a := s.query(t, settings, "params", []int{i * j})
				if got, bad := a.failure(); bad || !strings.Contains(a.raw, fmt.Sprintf(`[[%d,"on","7s","UTC","P1D"]]`, i*j)) {
					t.Errorf("told %s, %+v", a, got)
					return
				}
			}
		})
	}
	load.Wait()
	if e := s.query(t, many, "timeout_ms", 200).trouble(t); e.Code != "TIMEOUT" {
		t.Errorf("told %+v", e)
	}
	s.counts(t)
	if code := s.readiness(t); code != http.StatusOK {
		t.Errorf("/readyz answers %d", code)
	}
	db.rests(t)
	if got := db.ask(t, "select count(*) from pg_stat_activity where usename = 'mcp_reader'"); got > "3" || len(got) > 1 {
		t.Errorf("PgBouncer has %s connections", got)
	}
}

// Replicas that share a key go on where the other has begun: a list, and a change
// that a person was asked about.
func TestReplicasOfTheDatabase(t *testing.T) {
	t.Parallel()
	db := newShop(t)
	keys := filepath.Join(t.TempDir(), "keys")
	if err := roundrobin.WriteKeys(keys); err != nil {
		t.Fatal(err)
	}
	a := serveDatabase(t, db.url("mcp_writer"), "--write", "--signing-key-file", keys)
	b := serveDatabase(t, db.url("mcp_writer"), "--write", "--signing-key-file", keys)

	const query = "SELECT id FROM orders ORDER BY id"
	first := a.query(t, query, "max_rows", 5).rows(t)
	second := b.query(t, query, "max_rows", 5, "cursor", first.Next).rows(t)
	if string(bytes.Join(raw(first.Rows), nil))+string(bytes.Join(raw(second.Rows), nil)) != "[1][2][3][4][5][6][7][8][9][10]" {
		t.Errorf("the pages are %s and %s", first.Rows, second.Rows)
	}

	params := func() map[string]any {
		p := map[string]any{"name": "modify_data", "arguments": map[string]any{
			"statement": "UPDATE orders SET note = $1 WHERE id BETWEEN 10 AND 12", "params": []string{"gift"},
		}}
		return p
	}
	post := func(s *server, p map[string]any) reply {
		body := strings.Replace(modernMessage("tools/call", p), `clientCapabilities":{}`, `clientCapabilities":{"elicitation":{"form":{}}}`, 1)
		return s.post(t, modern, "", body, "Mcp-Method", "tools/call", "Mcp-Name", "modify_data")
	}
	asked := post(a, params())
	var question struct {
		Result struct {
			Type     string `json:"resultType"`
			State    string `json:"requestState"`
			Requests map[string]struct {
				Params struct {
					Message string `json:"message"`
				} `json:"params"`
			} `json:"inputRequests"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(asked.body), &question); err != nil || question.Result.Type != "input_required" || len(question.Result.Requests) != 1 {
		t.Fatalf("the answer is %s, %v", asked, err)
	}
	answered := params()
	answered["requestState"] = question.Result.State
	for id, r := range question.Result.Requests {
		if !strings.Contains(r.Params.Message, "3 rows") || !strings.Contains(r.Params.Message, "orders") {
			t.Errorf("the question is %q", r.Params.Message)
		}
		answered["inputResponses"] = map[string]any{id: map[string]any{"action": "accept", "content": map[string]bool{"confirm": true}}}
	}
	const changed = "select count(*) from orders where note = 'gift'"
	if got := db.ask(t, changed); got != "0" {
		t.Errorf("%s orders are changed before a person has agreed", got)
	}
	done := post(b, answered)
	if !strings.Contains(done.text(t), `"committed":true`) || db.ask(t, changed) != "3" {
		t.Errorf("the answer is %s", done)
	}
	// An agreement is for one change.
	if again := post(b, answered); strings.Contains(again.text(t), `"committed":true`) {
		t.Errorf("the agreement counts twice: %s", again)
	}
}

func raw(rows []json.RawMessage) [][]byte {
	var list [][]byte
	for _, r := range rows {
		list = append(list, r)
	}
	return list
}

// databaseCaller is a client of mcp-database under load.
type databaseCaller struct{ url string }

func (c *databaseCaller) call(ctx context.Context, id int, expression string) (string, error) {
	header := make(map[string]string)
	for k, v := range headers {
		header[k] = v
	}
	header["Mcp-Name"] = "execute_query"
	res, err := send(ctx, c.url, toolMessage(id, "execute_query", map[string]string{"query": "SELECT (" + expression + ")::text"}, ""), header)
	if err != nil {
		return "", err
	}
	var a answer
	var r rows
	var row [1]string
	if res.status != http.StatusOK || json.Unmarshal([]byte(res.body), &a) != nil || a.Result.IsError || len(a.Result.Content) == 0 ||
		json.Unmarshal([]byte(a.Result.Content[0].Text), &r) != nil || len(r.Rows) != 1 || json.Unmarshal(r.Rows[0], &row) != nil {
		return "", errors.New(res.body)
	}
	return row[0], nil
}

// Replicas of the database are replaced while clients ask.
func TestRollingRestartOfTheDatabase(t *testing.T) {
	db := newShop(t)
	testRollingRestart(t, rolling{
		binary: database, args: []string{"--database-url-file", urlFile(t, db.url("mcp_reader")), "--pool-max", "10"},
		slow: "(select count(*) from generate_series(1, 300000))", value: "300000",
		caller: func(r *replicas) caller { return &databaseCaller{r.url} },
	})
	db.rests(t)
}

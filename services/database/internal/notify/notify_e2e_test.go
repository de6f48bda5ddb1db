//go:build e2e && linux

package notify_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/services/database/internal/notify"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newListener(t *testing.T, url string, cfg notify.Config) *notify.Listener {
	t.Helper()
	db, err := postgres.Open(postgres.Config{Name: "test", URL: url, AllowSuperuser: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	cfg.Connect = db.Listener
	l := notify.New(cfg)
	t.Cleanup(l.Close)
	return l
}

// watch returns what is heard on a channel, and what ends the watch.
func watch(t *testing.T, l *notify.Listener, channel string) (<-chan notify.Change, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	heard := make(chan notify.Change, 1000)
	if err := l.Watch(ctx, channel, func(c notify.Change) { heard <- c }); err != nil {
		t.Fatal(err)
	}
	return heard, cancel
}

func next(t *testing.T, heard <-chan notify.Change) notify.Change {
	t.Helper()
	select {
	case c := <-heard:
		return c
	case <-time.After(time.Minute):
		t.Fatal("nothing is heard")
		panic("unreachable")
	}
}

// listeners is how many sessions listen.
func listeners(t *testing.T, url string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), "select count(*) from pg_stat_activity where datname = current_database() and application_name like '%listen'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("not within a minute: ", what)
		}
	}
}

func TestManyWatchesOfOneConnection(t *testing.T) {
	url := pgtest.Database(t)
	ignore := goleak.IgnoreCurrent()
	l := newListener(t, url, notify.Config{})
	var all []<-chan notify.Change
	var ends []context.CancelFunc
	for i := range 100 {
		heard, end := watch(t, l, []string{"one", `Two "2"`}[i%2])
		all, ends = append(all, heard), append(ends, end)
	}
	if n := listeners(t, url); n != 1 {
		t.Errorf("%d connections listen", n)
	}
	pgtest.Exec(t, url, `select pg_notify('one', '{"ids":[7]}'), pg_notify('Two "2"', ''), pg_notify('three', '')`)
	for i, heard := range all {
		if c := next(t, heard); c.Row("8") == (i%2 == 0) || !c.Row("7") {
			t.Errorf("watch %d hears %+v", i, c)
		}
	}
	for i, end := range ends {
		if i > 1 {
			end()
		}
	}
	pgtest.Exec(t, url, `notify one, '1'`)
	next(t, all[0])
	if n := listeners(t, url); n != 1 {
		t.Errorf("%d connections listen for two watches", n)
	}
	ends[0]()
	ends[1]()
	eventually(t, "nobody listens", func() bool { return listeners(t, url) == 0 })
	for i, heard := range all {
		if len(heard) > 0 {
			t.Errorf("watch %d has heard more", i)
		}
	}
	again, _ := watch(t, l, "one")
	pgtest.Exec(t, url, `notify one, '1'`)
	next(t, again)
	l.Close()
	if err := l.Watch(t.Context(), "one", func(notify.Change) {}); !errors.Is(err, notify.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	eventually(t, "nobody listens", func() bool { return listeners(t, url) == 0 })
	goleak.VerifyNone(t, ignore, goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"))
}

func TestConnectionThatIsKilled(t *testing.T) {
	url := pgtest.Database(t)
	l := newListener(t, url, notify.Config{Retry: time.Millisecond})
	heard, _ := watch(t, l, "c")
	for range 3 {
		pgtest.Exec(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '%listen'")
		if c := next(t, heard); !c.Row("any") {
			t.Errorf("after the connection is back: %+v", c)
		}
		pgtest.Exec(t, url, "notify c, '5'")
		if c := next(t, heard); c.Row("any") || !c.Row("5") {
			t.Errorf("heard %+v", c)
		}
	}
	if len(heard) != 0 || listeners(t, url) != 1 {
		t.Errorf("%d more are heard; %d connections", len(heard), listeners(t, url))
	}
}

func TestServerThatRestarts(t *testing.T) {
	dir, err := os.MkdirTemp("", "pgtest-") //nolint:usetesting // the server's user has to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	url := server.URL("postgres", "postgres")
	l := newListener(t, url, notify.Config{Retry: time.Millisecond, MaxRetry: 50 * time.Millisecond})
	heard, _ := watch(t, l, "c")
	server.Stop()
	if server, err = localpg.Start(t.Context(), localpg.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	if c := next(t, heard); !c.Row("any") {
		t.Errorf("after the server is back: %+v", c)
	}
	pgtest.Exec(t, url, "notify c, '5'")
	if c := next(t, heard); c.Row("any") || len(heard) != 0 {
		t.Errorf("heard %+v and %d more", c, len(heard))
	}
}

// network is a TCP port before a server's socket, which can stop to carry
// anything without a word.
type network struct {
	net.Listener
	mu   sync.Mutex
	dead chan struct{} // closed: what is connected carries nothing any more
}

func newNetwork(t *testing.T, socket string) *network {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{Listener: ln, dead: make(chan struct{})}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("unix", socket)
			if err != nil {
				_ = c.Close()
				continue
			}
			n.mu.Lock()
			dead := n.dead
			n.mu.Unlock()
			go carry(s, c, dead)
			go carry(c, s, dead)
		}
	}()
	return n
}

func carry(to, from net.Conn, dead chan struct{}) {
	b := make([]byte, 4096)
	for {
		k, err := from.Read(b)
		select {
		case <-dead:
			if err != nil {
				_ = to.Close()
				return
			}
			continue
		default:
		}
		if _, werr := to.Write(b[:k]); err != nil || werr != nil {
			_, _ = to.Close(), from.Close()
			return
		}
	}
}

func (n *network) breaks() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.dead)
	n.dead = make(chan struct{})
}

// TestConnectionThatIsHalfOpen: a firewall has forgotten it, and neither side is
// told.
func TestConnectionThatIsHalfOpen(t *testing.T) {
	direct := pgtest.Database(t)
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork(t, u.Query().Get("host")+"/.s.PGSQL."+u.Query().Get("port"))
	l := newListener(t, "postgresql://postgres@"+n.Addr().String()+u.Path+"?sslmode=disable", notify.Config{Alive: 300 * time.Millisecond, Retry: time.Millisecond})
	heard, _ := watch(t, l, "c")
	n.breaks()
	if c := next(t, heard); !c.Row("any") {
		t.Errorf("after the connection is back: %+v", c)
	}
	pgtest.Exec(t, direct, "notify c, '5'")
	if c := next(t, heard); c.Row("any") {
		t.Errorf("heard %+v", c)
	}
	l.Close()
}

func TestWatchThatCannotBegin(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	fails := errors.New("no way")
	l := notify.New(notify.Config{Retry: time.Hour, MaxRetry: time.Hour, Connect: func(context.Context) (*postgres.Listener, error) { return nil, fails }})
	for range 2 {
		if err := l.Watch(t.Context(), "c", func(notify.Change) {}); !errors.Is(err, fails) {
			t.Errorf("error %v", err)
		}
	}
	l.Close()

	hangs := notify.New(notify.Config{Connect: func(ctx context.Context) (*postgres.Listener, error) {
		<-ctx.Done()
		return nil, io.ErrUnexpectedEOF
	}})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { failed <- hangs.Watch(ctx, "c", func(notify.Change) {}) }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	go func() { failed <- hangs.Watch(t.Context(), "c", func(notify.Change) {}) }()
	hangs.Close()
	if err := <-failed; !errors.Is(err, notify.ErrClosed) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("closed: %v", err)
	}
	goleak.VerifyNone(t, ignore)
}

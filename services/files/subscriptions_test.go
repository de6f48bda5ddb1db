package files_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files"
)

// serveHTTP serves a directory as the root "r" and returns the URL.
func serveHTTP(t *testing.T, dir string) string {
	t.Helper()
	svc, err := files.Open(t.Context(), files.Config{Roots: []string{"r=" + dir}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New("files", svc, server.Config{RateLimit: "off"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		ts.CloseClientConnections()
		ts.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return ts.URL + "/mcp"
}

// subscriber is a session that calls heard with the URI of each notification.
type subscriber interface {
	subscribe(t *testing.T, uris []string)
	close()
}

// older is a session of a revision with resources/subscribe.
type older struct{ *mcp.ClientSession }

func newOlder(t *testing.T, url string, heard func(uri string)) subscriber {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) { heard(req.Params.URI) }})
	s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url}, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
	if err != nil {
		t.Fatal(err)
	}
	return older{s}
}

func (s older) subscribe(t *testing.T, uris []string) {
	for _, uri := range uris {
		if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func (s older) close() { s.ClientSession.Close() }

// newer is a subscriptions/listen.
type newer struct {
	url   string
	heard func(uri string)
	ctx   context.Context
	end   context.CancelFunc
	done  chan struct{}
}

func newNewer(t *testing.T, url string, heard func(uri string)) subscriber {
	n := &newer{url: url, heard: heard, done: make(chan struct{})}
	n.ctx, n.end = context.WithCancel(t.Context())
	return n
}

func (n *newer) subscribe(t *testing.T, uris []string) {
	list, err := json.Marshal(uris)
	if err != nil {
		t.Error(err)
	}
	req, err := http.NewRequestWithContext(n.ctx, "POST", n.url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":`+
		string(list)+`},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`))
	if err != nil {
		t.Error(err)
		return
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	messages := bufio.NewScanner(res.Body)
	messages.Buffer(nil, 1<<20)
	acknowledged := make(chan struct{})
	go func() {
		defer close(n.done)
		defer res.Body.Close()
		for messages.Scan() {
			data, ok := bytes.CutPrefix(messages.Bytes(), []byte("data: "))
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
				n.heard(m.Params.URI)
			default:
				t.Errorf("%s", data)
			}
		}
	}()
	select {
	case <-acknowledged:
	case <-n.done:
		t.Error("the listen has ended")
	}
}

func (n *newer) close() {
	n.end()
	<-n.done
}

// watched is how many directories this process watches: what the kernel says.
func watched(t *testing.T) (n int) {
	t.Helper()
	infos, err := filepath.Glob("/proc/self/fdinfo/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range infos {
		data, _ := os.ReadFile(f) // one that was closed meanwhile watches nothing
		n += bytes.Count(data, []byte("inotify wd:"))
	}
	return n
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
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

const (
	sessions = 10
	perEach  = 1000
)

// TestManySubscriptions changes files of which each is subscribed to.
// FILES_WATCH_CHANGES says how often.
func TestManySubscriptions(t *testing.T) {
	changes := 10_000
	if v := os.Getenv("FILES_WATCH_CHANGES"); v != "" {
		var err error
		if changes, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	ignore := goleak.IgnoreCurrent()
	dir := t.TempDir()
	var names, uris []string
	index := make(map[string]int)
	for i := range sessions * perEach {
		rel := fmt.Sprintf("d%d/f %d", i%500, i)
		names, uris = append(names, filepath.Join(dir, rel)), append(uris, "file:///r/"+strings.ReplaceAll(rel, " ", "%20"))
		index[uris[i]] = i
		if err := os.MkdirAll(filepath.Dir(names[i]), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(names[i], []byte("0"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("run", func(t *testing.T) {
		m := &measure{since: make([]atomic.Int64, len(names)), last: make([]int64, len(names)), heard: make([]atomic.Int64, len(names))}
		url := serveHTTP(t, dir)
		before := watched(t)
		var all []subscriber
		var wg sync.WaitGroup
		begun := time.Now()
		for i := range sessions {
			begin := newOlder
			if i%2 == 0 {
				begin = newNewer
			}
			s := begin(t, url, func(uri string) { m.hear(index[uri]) })
			all = append(all, s)
			wg.Go(func() { s.subscribe(t, uris[i*perEach:(i+1)*perEach]) })
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		t.Logf("%d subscriptions of %d sessions in %s; %d directories are watched", len(uris), sessions, time.Since(begun).Round(time.Millisecond), watched(t)-before)
		m.change(t, names, changes)
		for i := range names {
			eventually(t, names[i]+": a notification after its last change", func() bool { return m.heard[i].Load() >= m.last[i] })
		}
		m.report(t, changes)
		for _, s := range all {
			s.close()
		}
		eventually(t, "no watch is left", func() bool { return watched(t) == before })
		http.DefaultClient.CloseIdleConnections()
	})
	goleak.VerifyNone(t, ignore)
}

// measure is when files were changed, and when that was heard.
type measure struct {
	since []atomic.Int64 // the first change that is not heard yet, 0 for none
	last  []int64
	heard []atomic.Int64

	mu    sync.Mutex
	delay []time.Duration
	spent time.Duration
}

func (m *measure) hear(i int) {
	now := time.Now().UnixNano()
	m.heard[i].Store(now)
	if since := m.since[i].Swap(0); since != 0 {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.delay = append(m.delay, time.Duration(now-since))
	}
}

// change writes files, 4,000 in a second, in the two ways of editors.
func (m *measure) change(t *testing.T, names []string, changes int) {
	begin := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := 0; i < changes; {
		<-tick.C
		for range 40 {
			k := i % len(names)
			m.last[k] = time.Now().UnixNano()
			m.since[k].CompareAndSwap(0, m.last[k])
			content := []byte(strconv.Itoa(i + 1))
			var err error
			if i%3 == 0 {
				if err = os.WriteFile(names[k]+"~", content, 0o644); err == nil {
					err = os.Rename(names[k]+"~", names[k])
				}
			} else {
				err = os.WriteFile(names[k], content, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			i++
		}
	}
	m.spent = time.Since(begin)
}

func (m *measure) report(t *testing.T, changes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.Sort(m.delay)
	at := func(q float64) time.Duration {
		return m.delay[int(q*float64(len(m.delay)-1))].Round(100 * time.Microsecond)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	t.Logf("%d changes in %s, %d notifications: p50 %s, p99 %s, max %s; heap %d MiB, %d goroutines",
		changes, m.spent.Round(time.Millisecond), len(m.delay), at(0.5), at(0.99), at(1), mem.HeapAlloc>>20, runtime.NumGoroutine())
}

func TestSubscribe(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "secret"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(out, "secret"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 10)
	s := newOlder(t, serveHTTP(t, dir), func(uri string) { heard <- uri })
	defer s.close()
	for uri, want := range map[string]string{
		"file:///r/link":       "leads out",
		"file:///r/../secret":  "leads out",
		"file:///other/a":      "none of the roots",
		"file://" + out + "/x": "none of the roots",
		"file:///r/%zz":        "percent-encoded",
		"r/a":                  "percent-encoded",
		"http://r/a":           "percent-encoded",
	} {
		err := s.(older).Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), out) {
			t.Errorf("%s: %v; want %q", uri, err, want)
		}
	}
	// Both spellings are told as they were written, of what is not there yet.
	spellings := []string{"file:///r/new/a%20b", "file:///r/new/%61%20b"}
	s.subscribe(t, spellings)
	if err := os.MkdirAll(filepath.Join(dir, "new"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "new", "a b"), []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := []string{<-heard, <-heard}
	slices.Sort(got)
	slices.Sort(spellings)
	if !slices.Equal(got, spellings) {
		t.Errorf("heard of %q", got)
	}
}

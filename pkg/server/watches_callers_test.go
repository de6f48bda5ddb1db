package server

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// vault is a service whose resources are watched with the eyes of a caller. Only
// those whom it lets in may watch, everybody if it lets in nobody.
type vault struct {
	shelf
	shared bool
	letsIn []string

	mu      sync.Mutex
	watches map[string][]func() // by principal, "-" without a caller
}

func (v *vault) Register(r *Registry) {
	v.shelf.Register(r)
	if v.shared {
		r.ShareWatches()
	}
}

func (v *vault) Watch(ctx context.Context, _ string, changed func()) error {
	who := "-"
	if c := auth.CallerFrom(ctx); c != nil {
		who = c.Principal
	}
	if v.letsIn != nil && !slices.Contains(v.letsIn, who) {
		return toolerr.New(toolerr.PermissionDenied, "this is not for you")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.watches == nil {
		v.watches = make(map[string][]func())
	}
	v.watches[who] = append(v.watches[who], changed)
	context.AfterFunc(ctx, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.watches[who] = v.watches[who][1:]
	})
	return nil
}

// touch changes what who sees.
func (v *vault) touch(who string) {
	v.mu.Lock()
	list := slices.Clone(v.watches[who])
	v.mu.Unlock()
	for _, changed := range list {
		changed()
	}
}

func (v *vault) begun(who string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.watches[who])
}

const (
	secretBook    = "shelf://book/secret"
	subscribeBook = `{"jsonrpc":"2.0","id":9,"method":"resources/subscribe","params":{"uri":"shelf://book/secret"}}`
	listenBook    = `{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["shelf://book/secret"]},` + meta + `}}`
)

// listenAs opens a listen of a caller for the secret book.
func (r *rig) listenAs(t *testing.T, who string) eventStream {
	t.Helper()
	res := r.do(t.Context(), t, "POST", listenBook, as, who, "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen")
	return eventStream{linesOf(res)}
}

// sessionAs begins a session of a caller that holds the secret book, and returns
// the stream on which it is told of changes. answer is what the subscription is
// answered with.
func (r *rig) sessionAs(t *testing.T, who string) (stream eventStream, answer string) {
	t.Helper()
	session := []string{headerSession, r.beginAs(t, who), as, who, "Mcp-Protocol-Version", "2025-11-25"}
	_, answer = r.post(t, subscribeBook, session...)
	return eventStream{linesOf(r.do(t.Context(), t, "GET", "", session...))}, answer
}

func newVault(t *testing.T, v *vault, cfg Config) *rig {
	t.Helper()
	r := newRigFor(t, v, cfg)
	r.who = func(r *http.Request) (*auth.Caller, *auth.Refusal) { return auth.Everything(r.Header.Get(as)), nil }
	return r
}

// quiet reads on until a line has want in it, and fails the test for an update.
func (e eventStream) quiet(t *testing.T, want string) {
	t.Helper()
	for e.lines.Scan() {
		if line := e.lines.Text(); strings.Contains(line, "resources/updated") {
			t.Errorf("a stranger hears %s", line)
		} else if strings.Contains(line, want) {
			return
		}
	}
}

func TestAWatchIsItsCallers(t *testing.T) {
	v := new(vault)
	r := newVault(t, v, Config{KeepAlive: 50 * time.Millisecond})
	listens, sessions := map[string]eventStream{}, map[string]eventStream{}
	for _, who := range []string{"key:alice", "key:bob"} {
		listens[who] = r.listenAs(t, who)
		listens[who].next(t, "acknowledged")
		var answer string
		if sessions[who], answer = r.sessionAs(t, who); strings.Contains(answer, "error") {
			t.Fatal(answer)
		}
		if n := v.begun(who); n != 1 {
			t.Errorf("%s watches %d times, in two eras", who, n)
		}
	}
	v.touch("key:alice")
	listens["key:alice"].next(t, "resources/updated")
	sessions["key:alice"].next(t, "resources/updated")
	for _, stream := range []eventStream{listens["key:bob"], sessions["key:bob"]} {
		// What was for him would have come before the second comment.
		stream.quiet(t, ": keep-alive")
		stream.quiet(t, ": keep-alive")
	}
	v.touch("key:bob")
	listens["key:bob"].next(t, "resources/updated")
	sessions["key:bob"].next(t, "resources/updated")
}

// Who may not see what another watches is refused, and hears nothing later.
func TestASecondSubscriberNeedsAccess(t *testing.T) {
	v := &vault{letsIn: []string{"key:alice"}}
	r := newVault(t, v, Config{})
	alice := r.listenAs(t, "key:alice")
	alice.next(t, "acknowledged")
	r.listenAs(t, "key:bob").next(t, "this is not for you")
	if _, answer := r.sessionAs(t, "key:bob"); !strings.Contains(answer, "this is not for you") {
		t.Error(answer)
	}
	if n := r.holders(secretBook); n != 1 {
		t.Errorf("%d hold what one may", n)
	}
	r.watches.mu.Lock()
	if len(r.watches.of) != 1 || r.watches.of["key:alice"] != 1 || r.watches.total != 1 {
		t.Errorf("counted: %v, %d in all", r.watches.of, r.watches.total)
	}
	r.watches.mu.Unlock()
	v.touch("key:alice")
	alice.next(t, "resources/updated")
}

func TestSharedWatchesKnowNoCaller(t *testing.T) {
	v := &vault{shared: true}
	r := newVault(t, v, Config{CallerSubscriptions: 2})
	var streams []eventStream
	for _, who := range []string{"key:alice", "key:bob", "key:alice", "key:bob"} {
		stream := r.listenAs(t, who)
		stream.next(t, "acknowledged")
		streams = append(streams, stream)
	}
	if n := v.begun("-"); n != 1 {
		t.Errorf("%d watches", n)
	}
	r.listenAs(t, "key:bob").next(t, "you hold 2 subscriptions")
	v.touch("-")
	for _, stream := range streams {
		stream.next(t, "resources/updated")
	}
}

func TestCallersWithoutACredentialWatch(t *testing.T) {
	v := new(vault)
	r := newRigFor(t, v, Config{})
	r.listenAs(t, "").next(t, "acknowledged")
	opts, updated := heard()
	s := r.connect(t, "2025-11-25", opts)
	if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: secretBook}); err != nil {
		t.Fatal(err)
	}
	p := startStdio(t, t.Context(), r)
	p.send(t, listenBook)
	p.want(t, "acknowledged")
	if anonymous, local := v.begun(auth.Anonymous), v.begun(auth.Local); anonymous != 1 || local != 1 {
		t.Errorf("%d watches over HTTP, %d over stdio", anonymous, local)
	}
	v.touch(auth.Anonymous)
	<-updated
	go v.touch(auth.Local)
	p.want(t, "resources/updated")
}

// expiring authenticates everybody as alice, until a time, with what as names.
func expiring(r *http.Request) (*auth.Caller, *auth.Refusal) {
	name, until, _ := strings.Cut(r.Header.Get(as), " ")
	c := &auth.Caller{Principal: "https://id.example.com|alice", Grants: auth.Grants{name}}
	c.Expires, _ = time.Parse(time.RFC3339, until)
	return c, nil
}

// The watches of a session end with the credential of its client, and begin again
// when it comes back with another one.
func TestAWatchEndsWithItsCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffline(t, Config{APIKey: "0123456789abcdef0123456789abcdef", SessionIdle: 10 * time.Hour})
		defer o.Server.Close()
		o.who = expiring
		told, session := 0, ""
		o.watches.send = func(string) { told++ }
		at := func(d time.Duration) string { return "* " + time.Now().Add(d).UTC().Format(time.RFC3339) }
		const subscribe = `{"jsonrpc":"2.0","id":9,"method":"resources/subscribe","params":{"uri":"demo://one"}}`
		const unsubscribe = `{"jsonrpc":"2.0","id":9,"method":"resources/unsubscribe","params":{"uri":"demo://one"}}`
		watched := func(what string, want bool) {
			t.Helper()
			synctest.Wait()
			before := told
			if got := o.touch("demo://one"); got != want {
				t.Errorf("%s: it is watched: %t", what, got)
			}
			synctest.Wait()
			o.watches.mu.Lock()
			defer o.watches.mu.Unlock()
			n := 0
			if want {
				n = 1
			}
			if o.watches.total != n || len(o.watches.of) != n || told-before != n {
				t.Errorf("%s: counted %d, told %d times", what, o.watches.total, told-before)
			}
		}
		came := func(what string, credential, message string, want int) {
			t.Helper()
			synctest.Wait()
			before := told
			if w := o.post(t, credential, session, message); w.Code >= 300 || strings.Contains(w.Body.String(), `"error"`) {
				t.Fatalf("%s: %d %s", what, w.Code, w.Body)
			}
			synctest.Wait()
			if told-before != want {
				t.Errorf("%s: told %d times", what, told-before)
			}
		}
		session = o.begin(t, at(time.Hour))
		came("subscribing", at(time.Hour), subscribe, 0)
		watched("at first", true)
		<-time.After(59 * time.Minute)
		came("a fresh token", at(time.Hour), ping, 0)
		came("an older one after it", at(time.Minute), ping, 0)
		<-time.After(59 * time.Minute)
		watched("while the second counts", true)
		<-time.After(time.Minute)
		watched("after that", false)
		came("coming back", at(time.Hour), ping, 1)
		watched("then", true)
		<-time.After(time.Hour)
		watched("the third has ended", false)
		came("a token that allows less", "other:read"+at(time.Hour)[1:], ping, 1)
		watched("it is lost", false)
		came("subscribing again", at(2*time.Hour), subscribe, 0)
		watched("again", true)
		came("one that allows less and lasts longer", "other:read"+at(3 * time.Hour)[1:], ping, 1)
		watched("it is lost too", false)

		came("subscribing a third time", at(4*time.Hour), subscribe, 0)
		<-time.After(4 * time.Hour)
		watched("asleep", false)
		came("unsubscribing", at(time.Hour), unsubscribe, 1)
		watched("it stays so", false)

		came("with a key", "*", subscribe, 0)
		watched("with a key", true)
		o.keysChanged()
		watched("the keys have changed", false)
		came("the key still counts", "*", ping, 1)
		watched("the key still counts", true)
	})
}

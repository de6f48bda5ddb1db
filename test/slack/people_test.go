//go:build e2e

package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// eras are revisions of the protocol, without sessions and with them.
var eras = []string{"2026-07-28", "2025-11-25"}

// names are the people, each with the revision in which they are asked to sign in.
var names = []string{"mona", "hubot"}

// link has somebody told where to sign in.
func (f *fleet) link(t *testing.T, name string) string {
	t.Helper()
	r := f.client(t, name, "", nil).call(t, "list_channels", nil)
	page := pageURL.FindString(r.text)
	if !r.failed || !strings.HasPrefix(page, f.origin) {
		t.Fatalf("%s has to sign in: %s", name, r.text)
	}
	return page
}

// everybody signs in, each asked by a client of another revision while a call
// waits, which then goes on.
func (f *fleet) everybody(t *testing.T) {
	t.Helper()
	for i, name := range names {
		done := make(chan error, 1)
		asked := 0
		c := f.client(t, name, eras[i], func(page string) bool {
			asked++
			go func() {
				last, err := f.signIn(page, name)
				if err == nil && (last.Status != http.StatusOK || !strings.Contains(last.Body, name+" at Octo")) {
					err = fmt.Errorf("the last page has status %d: %s", last.Status, last.Body)
				}
				done <- err
			}()
			return true
		})
		if err := f.sees(t, c, name); err != nil {
			t.Fatal(err)
		}
		if asked != 1 {
			t.Fatalf("%s is asked %d times", name, asked)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// sees returns an error unless a client sees what somebody does and nothing of the
// other's.
func (f *fleet) sees(t *testing.T, c session, name string) error {
	list, err := c.try(t.Context(), "list_channels", nil)
	if err != nil {
		return err
	}
	if list.failed {
		return errors.New(list.text)
	}
	me, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "slack://-/me"})
	if err != nil {
		return err
	}
	about, err := json.Marshal(me)
	if err != nil {
		return err
	}
	for _, other := range names {
		if strings.Contains(list.text, "diary-of-"+other) != (other == name) || strings.Contains(string(about), people[other]) != (other == name) {
			return fmt.Errorf("%s sees %.600s and is %.600s", name, list.text, about)
		}
	}
	return nil
}

// load has everybody call from many clients at the same time.
func (f *fleet) load(t *testing.T, clients, calls int) {
	t.Helper()
	var wg sync.WaitGroup
	for n := range clients {
		name := names[n%len(names)]
		c := f.client(t, name, eras[n/len(names)%len(eras)], nil)
		wg.Go(func() {
			for range calls {
				if err := f.sees(t, c, name); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// posts has everybody post, and looks in the workspace who it says has.
func (f *fleet) posts(t *testing.T) {
	t.Helper()
	for _, name := range names {
		if r := f.client(t, name, "", nil).call(t, "send_message", map[string]any{"channel": "#everybody", "text": "by " + name}); r.failed {
			t.Fatal(r.text)
		}
	}
	got := f.ask(t, f.user, "conversations.history", "channel", "C0000000E1")
	messages, _ := got["messages"].([]any)
	if len(messages) != len(names) {
		t.Fatalf("there are %v", got)
	}
	for i, m := range messages { // the newest first
		m := m.(map[string]any)
		name := names[len(names)-1-i]
		if m["user"] != people[name] || m["bot_id"] != nil {
			t.Errorf("%v has posted what %s did", m, name)
		}
	}
}

// renewed fails the test unless refresh tokens were used n times, each once.
func (f *fleet) renewed(t *testing.T, n int) {
	t.Helper()
	used := make(map[string]int)
	for _, q := range f.asked(t) {
		if q.Refresh != "" {
			used[q.Refresh]++
		}
		for _, key := range f.keys {
			if strings.Contains(q.Text, key) {
				t.Errorf("Slack is told the key of a caller with %s", q.Method)
			}
		}
	}
	for _, times := range used {
		if times != 1 {
			t.Errorf("a refresh token is used %d times", times)
		}
	}
	if len(used) != n {
		t.Errorf("%d tokens are renewed, not %d", len(used), n)
	}
}

// TestPeopleAreNotMixedUp has two people sign in and then call 1,024 times, 16 at
// once, each with the own tokens.
func TestPeopleAreNotMixedUp(t *testing.T) {
	t.Parallel()
	const clients, calls = 16, 32 // of two requests
	f := newFleet(t, nil, "--slack-bot-scopes", "chat:write,channels:read")
	f.everybody(t)
	f.load(t, clients, calls)
	f.posts(t)
	tokens := make(map[string]bool)
	for _, q := range f.asked(t) {
		// Of the app's it is asked what they may do, and nothing else.
		if strings.HasPrefix(q.Token, "xoxe.xoxb-") && q.Method != "auth.test" {
			t.Errorf("the app's token does %s", q.Method)
		}
		if strings.HasPrefix(q.Token, "xoxe.xoxp-") {
			tokens[q.Token] = true
		}
	}
	if len(tokens) != len(names) {
		t.Errorf("Slack is asked with %d tokens for %d people", len(tokens), len(names))
	}
	f.renewed(t, 0)
}

// TestTokensAreRenewed has everybody call with tokens that are about to expire, at
// both replicas: those of a sign-in are renewed, a person's and an app's, each once.
func TestTokensAreRenewed(t *testing.T) {
	t.Parallel()
	f := newFleet(t, []string{"-lifetime", "100"}, "--post-as", "bot")
	for _, name := range names {
		if _, err := f.signIn(f.link(t, name), name); err != nil {
			t.Fatal(err)
		}
	}
	f.load(t, 16, 4)
	f.renewed(t, 2*len(names))
	// The bot acts, where the person may look.
	if r := f.client(t, "hubot", "", nil).call(t, "send_message", map[string]any{"channel": "#everybody", "text": "by the bot"}); r.failed {
		t.Error(r.text)
	}
	if r := f.client(t, "hubot", "", nil).call(t, "send_message", map[string]any{"channel": "C0000000D1", "text": "into a diary"}); !r.failed {
		t.Error(r.text)
	}
	if got := fmt.Sprint(f.ask(t, f.user, "conversations.history", "channel", "C0000000E1")); !strings.Contains(got, "bot_id:B000000001") || !strings.Contains(got, "by the bot") {
		t.Error(got)
	}

	// Who disconnects is asked to sign in again, and nobody else.
	me := f.client(t, "mona", "", nil)
	page := f.page(t, me)
	last, err := f.takeBack(page, "mona")
	if err != nil || last.Status != http.StatusOK || !strings.Contains(last.Body, "Slack is disconnected") {
		t.Fatalf("%v: status %d: %s", err, last.Status, last.Body)
	}
	for range 4 { // twice at each replica
		if r := me.call(t, "list_channels", nil); !r.failed || !strings.Contains(r.text, "auth_required") {
			t.Errorf("who has disconnected sees %s", r.text)
		}
		if err := f.sees(t, f.client(t, "hubot", "", nil), "hubot"); err != nil {
			t.Error(err)
		}
	}
	if _, err := f.signIn(f.link(t, "mona"), "mona"); err != nil {
		t.Fatal(err)
	}
	f.load(t, 4, 2)
}

// page is where somebody who has signed in takes that back, as the service says.
func (f *fleet) page(t *testing.T, c session) string {
	t.Helper()
	me, err := c.ReadResource(wait(t), &mcp.ReadResourceParams{URI: "slack://-/me"})
	if err != nil {
		t.Fatal(err)
	}
	found := pageURL.FindString(me.Contents[0].Text)
	if found == "" {
		t.Fatal(me.Contents[0].Text)
	}
	return found
}

var pageURL = regexp.MustCompile(`http://[^"\\ ]+/oauth/slack/start\?ticket=[^"\\ ]+`)

// TestNobodySignsInAgain takes away all that can be: the store crashes, the
// processes are replaced, and so is the key.
func TestNobodySignsInAgain(t *testing.T) {
	t.Parallel()
	f := newFleet(t, []string{"-lifetime", "100"}) // with tokens of people alone
	f.everybody(t)
	if err := syscall.Kill(f.store.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-f.store.Done()
	if r := f.client(t, "mona", "", nil).call(t, "list_channels", nil); !r.failed || !strings.Contains(r.text, "SERVICE_UNAVAILABLE") {
		t.Errorf("without the store: %s", r.text)
	}
	if err := f.store.Restart(wait(t)); err != nil {
		t.Fatal(err)
	}
	f.load(t, 4, 2)
	f.restart(t)
	f.load(t, 4, 2)

	before, err := os.ReadFile(f.signing)
	if err != nil {
		t.Fatal(err)
	}
	after := seal.Generate() + "\n"
	for i, content := range []string{string(before) + after, after + string(before), after} {
		// As mounted secrets are: replaced in one step.
		next := f.signing + ".next"
		if err := errors.Join(os.WriteFile(next, []byte(content), 0o600), os.Rename(next, f.signing)); err != nil {
			t.Fatal(err)
		}
		for _, r := range f.replicas {
			if _, err := r.Await(wait(t), "signing keys are in force", i+2); err != nil {
				t.Fatal(err)
			}
		}
		f.load(t, 4, 2)
	}
	f.restart(t)
	f.load(t, 4, 2)
	f.renewed(t, len(names))
}

// TestForeignTeam has somebody sign in whose workspace is not one that may.
func TestForeignTeam(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil, "--slack-allow-teams", "T000000009")
	last, err := f.signIn(f.link(t, "mona"), "mona")
	if err != nil {
		t.Fatal(err)
	}
	if last.Status == http.StatusOK || !strings.Contains(last.Body, "T000000001") || !strings.Contains(last.Body, "not one that this service is for") {
		t.Errorf("the last page has status %d: %s", last.Status, last.Body)
	}
	f.link(t, "mona") // has still to sign in: nothing was stored
}

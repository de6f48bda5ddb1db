//go:build e2e

package slack

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/internal/roundrobin"
)

// people are the ids of those who sign in, by name. Each is in a private channel
// that the other does not see.
var people = map[string]string{"mona": "U000000001", "hubot": "U000000003"}

// The app that they install.
const (
	clientID     = "app.of.ours"
	clientSecret = "secret-of-the-app"
)

// fleet is two replicas with one store of tokens, behind a load balancer that
// knows no sessions.
type fleet struct {
	workspace
	// origin is where browsers find it.
	origin   string
	signing  string            // the file of signing keys
	keys     map[string]string // of callers
	store    *localpg.Server
	proxy    *roundrobin.Proxy
	replicas []*replica
}

// replica is one process after the other at one address.
type replica struct {
	*proc.Process
	addr  string
	start func() *proc.Process
}

// newFleet starts replicas whose callers sign in, at a workspace that is started
// with further arguments.
func newFleet(t *testing.T, slack []string, flags ...string) *fleet {
	t.Helper()
	f := &fleet{proxy: roundrobin.New(), signing: filepath.Join(t.TempDir(), "keys"), keys: make(map[string]string)}
	if err := roundrobin.WriteKeys(f.signing); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.proxy.Close)
	front := httptest.NewServer(f.proxy)
	t.Cleanup(front.Close)
	f.origin = front.URL
	f.workspace = own(t, append(slack, "-redirect", f.origin+"/oauth/slack/callback")...)
	// Not in the test's own directory, which PostgreSQL's user may not enter.
	dir := filepath.Join(os.TempDir(), "slack-"+rand.Text()[:8])
	var err error
	if f.store, err = localpg.Start(wait(t), localpg.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.store.Kill()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	var lines strings.Builder
	for name := range people {
		f.keys[name] = rand.Text() + rand.Text()
		fmt.Fprintf(&lines, "%s:sha256:%x=slack:read,slack:write\n", name, sha256.Sum256([]byte(f.keys[name])))
	}
	file := filepath.Join(t.TempDir(), "callers")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var ports roundrobin.Ports
	for range 2 {
		addr, args, err := ports.Flags(f.signing)
		if err != nil {
			t.Fatal(err)
		}
		args = append(append(args, flags...), "--slack-api-url", f.url, "--slack-client-id", clientID, "--slack-token-store", f.store.URL("postgres", "postgres"),
			"--api-keys-file", file, "--public-url", f.origin+"/mcp", "--confirm", "never", "--rate-limit", "off", "--caller-concurrency", "64")
		r := &replica{addr: addr, start: func() *proc.Process { return launch(t, []string{"SLACK_CLIENT_SECRET=" + clientSecret}, args...) }}
		r.Process = r.start()
		f.replicas = append(f.replicas, r)
		t.Cleanup(func() {
			log := r.Log()
			ends(t, r.Stop)
			if strings.Contains(log, "xox") || strings.Contains(log, clientSecret) {
				t.Error("a secret is in the log")
			}
		})
		f.join(t, r)
	}
	return f
}

// launch runs the service, which the test ends.
func launch(t *testing.T, env []string, args ...string) *proc.Process {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = env
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Await(wait(t), "serving", 1); err != nil {
		t.Fatal(errors.Join(err, p.Kill()))
	}
	return p
}

// join has the load balancer use a replica.
func (f *fleet) join(t *testing.T, r *replica) {
	t.Helper()
	f.proxy.Add(r.addr)
	if err := f.proxy.Await(wait(t), r.addr); err != nil {
		t.Fatal(err)
	}
}

// restart replaces the processes, one after the other.
func (f *fleet) restart(t *testing.T) {
	t.Helper()
	for _, r := range f.replicas {
		f.proxy.Remove(r.addr)
		ends(t, r.Stop)
		r.Process = r.start()
		f.join(t, r)
	}
}

// client is somebody's, of both replicas. ask is told of a page that has to be
// opened, if the client can do that.
func (f *fleet) client(t *testing.T, name, era string, ask func(page string) bool) session {
	t.Helper()
	return connect(t, f.origin+"/mcp", f.keys[name], era, ask)
}

// at returns an address of the service as that of one replica.
func (f *fleet) at(n int, address string) string {
	return strings.Replace(address, f.origin, "http://"+f.replicas[n].addr, 1)
}

// takeBack has somebody disconnect, in a browser with a link for them. It returns
// the last page.
func (f *fleet) takeBack(link, caller string) (oauthtest.Page, error) {
	browser := oauthtest.NewBrowser(caller)
	form, err := browser.Begin(f.at(1, link))
	if err != nil {
		return oauthtest.Page{}, err
	}
	start, _, _ := strings.Cut(link, "?")
	form.Set("credential", f.keys[caller])
	form.Set("action", "disconnect")
	return browser.Post(f.at(0, start), form)
}

// signIn does in a browser what somebody does with a link for a caller, each step
// at another replica than the one before. It returns the last page.
func (f *fleet) signIn(link, caller string) (oauthtest.Page, error) {
	browser := oauthtest.NewBrowser(caller)
	form, err := browser.Begin(f.at(1, link))
	if err != nil {
		return oauthtest.Page{}, err
	}
	start, _, _ := strings.Cut(link, "?")
	form.Set("credential", f.keys[caller])
	page, err := browser.GoOn(f.at(0, start), form)
	if err != nil {
		return oauthtest.Page{}, err
	}
	agreed, err := browser.Get(page + "&login=" + people[caller])
	if err != nil {
		return oauthtest.Page{}, err
	}
	back := agreed.Header.Get("Location")
	if !strings.HasPrefix(back, f.origin+"/oauth/slack/callback?") {
		return agreed, fmt.Errorf("the browser is sent back to %q", back)
	}
	last, err := browser.Get(f.at(1, back))
	if err != nil {
		return last, err
	}
	again, err := browser.Get(f.at(0, back))
	if err == nil && again.Status != http.StatusBadRequest {
		err = fmt.Errorf("an answer that comes twice has status %d", again.Status)
	}
	return last, err
}

// request is one that the workspace has had.
type request struct{ Method, Token, Refresh, Text string }

// asked returns what the workspace was asked.
func (w workspace) asked(t *testing.T) []request {
	t.Helper()
	var all []request
	if err := json.Unmarshal(w.control(t, "asked", nil), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

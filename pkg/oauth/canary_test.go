package oauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
)

// TestSecretsAreNotShown has everything go well and wrong, with a provider that
// repeats what it is sent, and looks for secrets wherever something is shown.
func TestSecretsAreNotShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens", "tokens.json")
	store, err := oauth.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := newWorld(t, func(c *oauth.Config) { c.Store = store })
	shown := make(map[string]string)
	note := func(where string, v any) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			shown[where+" "+verb] += fmt.Sprintf(verb, v)
		}
		var b bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&b, nil))
		log.Info("x", "v", v)
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		if j, err := json.Marshal(v); err == nil {
			b.Write(j)
		}
		shown[where+" logged"] += b.String()
	}
	fail := func(where string) {
		_, err := w.Token(t.Context(), "key:a")
		if err == nil {
			t.Fatal(where, "did not fail")
		}
		var missing *oauth.SignInError
		if !errors.As(err, &missing) { // its URL is meant to be seen as JSON
			note(where, err)
		}
		shown[where+" error"] = fmt.Sprintf("%v %+v %#v", err, err, err)
	}
	b := oauthtest.NewBrowser("octocat")
	start := w.StartURL("key:a")
	page, err := b.SignIn(start)
	if err != nil {
		t.Fatal(err)
	}
	shown["the last page"] = page.Body + fmt.Sprint(page.Header)
	token := w.has(t, "key:a", "octocat")
	note("token", token)
	note("token's place", &token)
	note("configuration", w.provider.Config())
	w.pass(time.Hour)
	repeat := func(status int, format string) {
		w.pass(time.Minute)
		w.provider.Set(func() {
			w.provider.Fault = func(rw http.ResponseWriter, form url.Values) bool {
				rw.WriteHeader(status)
				fmt.Fprintf(rw, format, form.Get("refresh_token")+" "+form.Get("client_secret")+" "+form.Get("code"))
				return true
			}
		})
	}
	for i, format := range []string{"%s", `{"error":%q}`, `{"error":"server_error","error_description":%q}`, `{"access_token":%q}`, `{"expires_in":%q}`} {
		for _, status := range []int{200, 400, 500} {
			repeat(status, format)
			fail(fmt.Sprint("answer ", i, " ", status))
		}
	}
	repeat(400, `{"error":"server_error %s"}`)
	callback := w.reach(t, b, "key:b")
	page, err = b.Get(callback)
	if err != nil || page.Status == http.StatusOK {
		t.Fatal(page.Status, err)
	}
	shown["a page that failed"] = page.Body
	w.provider.Set(func() { w.provider.Fault = nil })
	w.pass(time.Minute)
	token = w.has(t, "key:a", "octocat")
	w.provider.Close()
	shown["disconnecting"] = fmt.Sprintf("%+v", w.Disconnect(t.Context(), "key:a"))
	fail("nobody")
	shown["the log"] = w.log.String()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown["the file"] = string(file)

	secrets := append(w.provider.Secrets(), token.Access, strings.SplitN(start, "ticket=", 2)[1])
	if len(secrets) < 8 {
		t.Fatalf("only %d secrets", len(secrets))
	}
	for where, text := range shown {
		for _, secret := range secrets {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s holds %.12s…:\n%s", where, secret, text)
			}
		}
	}
}

//go:build e2e

package github

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestPersonIsAsked has clients call that can ask a person to open a page. Their
// call waits until somebody has signed in there, and then is answered.
func TestPersonIsAsked(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	s, _ := emulated(t, f)
	editions := []string{"v1", "v2"}
	p := welcome(t, f, s, slices.Concat(eras, editions)...)
	for _, era := range eras {
		t.Run("Go, "+era, func(t *testing.T) {
			t.Parallel()
			signedIn := make(chan error, 1)
			asked := 0
			c := connectAs(t, p.url, p.keys[era], era, func(q *mcp.ElicitParams) (*mcp.ElicitResult, error) {
				asked++
				// A host answers when it has opened the page, not when somebody is done with it.
				go func() { signedIn <- p.signIn(q.URL, era, "bob") }()
				return &mcp.ElicitResult{Action: "accept"}, nil
			})
			for range 2 {
				c.call(t, "github_list_repos", args{}).has(t, "diary-of-bob")
			}
			if asked != 1 {
				t.Fatalf("asked %d times", asked)
			}
			if err := <-signedIn; err != nil {
				t.Error(err)
			}
		})
		t.Run("Go, "+era+", declined", func(t *testing.T) {
			t.Parallel()
			c := connectAs(t, p.url, p.keys["alice"], era, func(*mcp.ElicitParams) (*mcp.ElicitResult, error) {
				return &mcp.ElicitResult{Action: "decline"}, nil
			})
			if r := c.refused(t, "AUTHENTICATION_FAILED", "github_list_repos", args{}); r.SignIn == "" {
				t.Errorf("after declining: %s", r.Text)
			}
		})
	}
	script, err := os.ReadFile("testdata/signin.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, edition := range editions {
		t.Run("TypeScript "+edition, func(t *testing.T) {
			t.Parallel()
			signedIn := make(chan error, 1)
			person := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				link, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
				if err != nil {
					t.Error(err)
				}
				go func() { signedIn <- p.signIn(string(link), edition, "bob") }()
			}))
			t.Cleanup(person.Close)
			cmd := tools.Command(wait(t), "--input-type=module", "-", edition, p.url, p.keys[edition], person.URL)
			cmd.Dir, cmd.Stdin = tools.Dir, bytes.NewReader(script)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			var got struct{ Asked, Texts []string }
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			if !slices.Equal(got.Asked, []string{"url"}) || len(got.Texts) != 2 {
				t.Fatalf("the client got %s", out)
			}
			if err := <-signedIn; err != nil {
				t.Error(err)
			}
			for _, text := range got.Texts {
				if !strings.Contains(text, "diary-of-bob") {
					t.Errorf("the client got %s", text)
				}
			}
		})
	}
}

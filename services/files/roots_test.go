package files_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files"
)

// at is a client that works in these places.
func at(uris ...string) *mcp.Client {
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	for _, uri := range uris {
		c.AddRoots(&mcp.Root{URI: uri})
	}
	return c
}

// seen are the URIs that a session lists, or the error.
func seen(t *testing.T, session *mcp.ClientSession) string {
	t.Helper()
	page, err := session.ListResources(t.Context(), nil)
	if err != nil {
		return err.Error()
	}
	var uris []string
	for _, r := range page.Resources {
		uris = append(uris, strings.TrimPrefix(r.URI, "file:///"))
	}
	return strings.Join(uris, " ")
}

func TestClientRootsNarrow(t *testing.T) {
	dir := fill(t, map[string]string{"a/x": "1", "a/deep/y": "2", "b/z": "3"})
	other := fill(t, map[string]string{"o": ""})
	secret := fill(t, map[string]string{"secret": ""})
	f := serve(t, files.Config{Roots: []string{"r=" + dir, "o=" + other + ":ro"}, ClientRoots: true})
	whole := "r r/a/deep/y r/a/x r/b/z o o/o"
	for _, tt := range []struct {
		roots []string
		era   string
		want  string
	}{
		{nil, "2025-11-25", whole},
		{[]string{"file:///r/a"}, "2026-07-28", whole},
		{[]string{"file:///r/a"}, "2025-11-25", "r/a r/a/deep/y r/a/x"},
		{[]string{"file://" + dir + "/b"}, "2025-11-25", "r/b r/b/z"},
		{[]string{"file://" + dir}, "2025-11-25", "r r/a/deep/y r/a/x r/b/z"},
		{[]string{"file:///"}, "2025-11-25", whole},
		{[]string{"file:///r/a/deep", "file:///o", "file://" + secret}, "2025-11-25", "r/a/deep r/a/deep/y o o/o"},
		{[]string{"file:///r/a/deep", "file:///r/b"}, "2025-11-25", "r/a/deep r/a/deep/y r/b r/b/z"},
		{[]string{"file://" + secret}, "2025-11-25", "nothing that is served here"},
		{[]string{"https://example.com/"}, "2025-11-25", "nothing that is served here"},
	} {
		session := f.connect(t, at(tt.roots...), tt.era)
		if got := seen(t, session); got != tt.want && !(strings.HasPrefix(tt.want, "nothing") && strings.Contains(got, tt.want)) {
			t.Errorf("%v in %s: %s, want %s", tt.roots, tt.era, got, tt.want)
		}
	}
}

func TestClientRootsHoldForEverything(t *testing.T) {
	dir := fill(t, map[string]string{"a/x": "1", "b/z": "3"})
	if err := os.Symlink("../b/z", dir+"/a/link"); err != nil {
		t.Fatal(err)
	}
	f := serve(t, files.Config{Roots: []string{"r=" + dir}, ClientRoots: true})
	client := at("file:///r/a")
	session := f.connect(t, client, "2025-11-25")
	if c, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "file:///r/a/x"}); err != nil || c.Contents[0].Text != "1" {
		t.Errorf("%v, %v", c, err)
	}
	for _, uri := range []string{"file:///r/b/z", "file:///r/a/../b/z", "file:///r/a/link", "file:///r", "file://" + dir + "/b/z"} {
		if _, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri}); err == nil || !strings.Contains(err.Error(), "Resource not found") {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if _, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "explore_project", Arguments: map[string]string{"path": "b"}}); err == nil {
		t.Error("a prompt looks outside")
	}
	complete := func(typed string) []string {
		res, err := session.Complete(t.Context(), &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/resource", URI: "file:///{+path}"},
			Argument: mcp.CompleteParamsArgument{Name: "path", Value: typed}})
		if err != nil {
			t.Fatal(err)
		}
		return res.Completion.Values
	}
	if got := complete(""); !slices.Equal(got, []string{"r/a/"}) {
		t.Errorf("completion begins with %q", got)
	}
	if got := complete("r/a/"); !slices.Equal(got, []string{"r/a/x"}) {
		t.Errorf("completion goes on with %q", got)
	}
	if got := complete("r/b/"); len(got) != 0 {
		t.Errorf("completion looks outside: %q", got)
	}
	client.AddRoots(&mcp.Root{URI: "file:///r/b"})
	for got := ""; got != "r/a r/a/x r/b r/b/z"; got = seen(t, session) {
		if t.Context().Err() != nil {
			t.Fatalf("after a change of roots: %s", got)
		}
	}
}

// TestManyClientRoots opens more trees than are kept, at the same time.
func TestManyClientRoots(t *testing.T) {
	contents := make(map[string]string)
	for i := range 50 {
		contents[fmt.Sprintf("d%02d/f", i)] = fmt.Sprint(i)
	}
	before := descriptors(t)
	svc, err := files.Open(t.Context(), files.Config{Roots: []string{"r=" + fill(t, contents)}, ClientRoots: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New("files", svc, server.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			here, there := mcp.NewInMemoryTransports()
			if _, err := srv.Connect(t.Context(), there); err != nil {
				t.Error(err)
				return
			}
			session, err := at(fmt.Sprintf("file:///r/d%02d", i)).Connect(t.Context(), here, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
			if err != nil {
				t.Error(err)
				return
			}
			defer session.Close()
			for range 3 {
				page, err := session.ListResources(t.Context(), nil)
				if err != nil || len(page.Resources) != 2 || page.Resources[1].URI != fmt.Sprintf("file:///r/d%02d/f", i) {
					t.Errorf("%d: %+v, %v", i, page, err)
				}
			}
		})
	}
	all.Wait()
	// One for the root, and what is kept. Requests end a moment after their answers.
	for descriptors(t) > before+1+32 {
		if t.Context().Err() != nil {
			t.Fatalf("%d directories are open", descriptors(t)-before)
		}
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors of directories before and %d after", before, after)
	}
}

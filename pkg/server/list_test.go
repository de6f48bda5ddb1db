package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// archive is a service with more resources than it registers: archive://0 to
// archive://4, two to a page.
type archive struct {
	fail    error
	started chan struct{} // receives when slow listing begins
	slow    bool
}

func (a *archive) Register(r *Registry) {
	read := Scope("archive:read")
	r.AddTemplate(&mcp.ResourceTemplate{URITemplate: "archive://{n}", Name: "item", Description: "An item."},
		func(_ context.Context, uri string, _ map[string]string) ([]*mcp.ResourceContents, error) {
			return []*mcp.ResourceContents{{Text: uri}}, nil
		}, read)
	r.ListResources(a.list, read, TTL(time.Minute), Private())
}

func (a *archive) list(ctx context.Context, after string) (page []*mcp.Resource, next string, err error) {
	if a.fail != nil {
		return nil, "", a.fail
	}
	if a.slow {
		a.started <- struct{}{}
		<-ctx.Done()
		return nil, "", ctx.Err()
	}
	from := 0
	if after != "" {
		if _, err := fmt.Sscan(after, &from); err != nil {
			return nil, "", err
		}
	}
	for n := from; n < 5; n++ {
		if len(page) == 2 {
			return page, fmt.Sprint(n), nil
		}
		page = append(page, &mcp.Resource{URI: fmt.Sprintf("archive://%d", n), Name: fmt.Sprint(n), Size: int64(n),
			Annotations: &mcp.Annotations{LastModified: "2026-01-02T03:04:05Z"}})
	}
	return page, "", nil
}

// office is an archive with registered resources too.
type office struct{ archive }

func (o *office) Register(r *Registry) {
	o.archive.Register(r)
	r.AddResource(&mcp.Resource{URI: "archive://index", Name: "index", Description: "All of it."},
		func(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) { return nil, nil }, Scope("archive:read"))
}

func TestResourcesAreListedInPages(t *testing.T) {
	for name, svc := range map[string]Service{"archive": new(archive), "office": new(office)} {
		r := newRigFor(t, svc, Config{})
		local, far := mcp.NewInMemoryTransports()
		if _, err := r.Connect(t.Context(), far); err != nil {
			t.Fatal(err)
		}
		for way, session := range map[string]*mcp.ClientSession{
			"modern": r.connect(t, "2026-07-28", nil), "legacy": r.connect(t, "2025-11-25", nil), "local": dial(t, local, "", nil),
		} {
			if session.InitializeResult().Capabilities.Resources == nil {
				t.Errorf("%s, %s: resources are not offered", name, way)
			}
			var got []string
			cursor := ""
			for {
				page, err := session.ListResources(t.Context(), &mcp.ListResourcesParams{Cursor: cursor})
				if err != nil {
					t.Fatal(err)
				}
				if way == "modern" && (page.TTLMs != 60_000 || page.CacheScope != "private") {
					t.Errorf("%s: ttl %d, scope %q", name, page.TTLMs, page.CacheScope)
				}
				for _, res := range page.Resources {
					got = append(got, res.URI)
					if res.URI == "archive://3" && (res.Size != 3 || res.Annotations == nil || res.Annotations.LastModified == "") {
						t.Errorf("%s, %s: it lost its size or time: %+v", name, way, res)
					}
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
				got = append(got, "|")
			}
			want := "archive://0 archive://1 | archive://2 archive://3 | archive://4"
			if name == "office" {
				want = "archive://index " + want
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s, %s: (-want +got)\n%s", name, way, diff)
			}
		}
	}
}

func TestListRefusesForeignCursors(t *testing.T) {
	svc := new(archive)
	r := newRigFor(t, svc, Config{})
	other := newRigFor(t, new(archive), Config{})
	page, err := other.connect(t, "", nil).ListResources(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"2026-07-28", "2025-11-25"} {
		session := r.connect(t, version, nil)
		for _, cursor := range []string{"3", "!", page.NextCursor, r.keys.Seal("something else", []byte("3"))} {
			_, err := session.ListResources(t.Context(), &mcp.ListResourcesParams{Cursor: cursor})
			var wire *jsonrpc.Error
			if !errors.As(err, &wire) || wire.Code != jsonrpc.CodeInvalidParams || !strings.Contains(wire.Message, "begin again") {
				t.Errorf("%s, %.10s: %v", version, cursor, err)
			}
		}
	}
}

func TestListErrorsAreRedacted(t *testing.T) {
	svc := &archive{fail: errors.New(secret)}
	session := newRigFor(t, svc, Config{}).connect(t, "", nil)
	_, err := session.ListResources(t.Context(), nil)
	var wire *jsonrpc.Error
	if !errors.As(err, &wire) || wire.Code != jsonrpc.CodeInternalError || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	svc.fail = toolerr.New(toolerr.ServiceUnavailable, "set the shelf first")
	if _, err := session.ListResources(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "set the shelf first") {
		t.Errorf("got %v", err)
	}
}

func TestListNeedsItsScope(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("reader-key = archive:read\nforeign-key = other:admin\ntools-key = tools\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRigFor(t, new(archive), Config{APIKeysFile: file})
	for key, want := range map[string]int{"reader-key": http.StatusOK, "foreign-key": http.StatusForbidden, "tools-key": http.StatusForbidden} {
		for _, version := range []string{"2026-07-28", "2025-11-25"} {
			res, body := r.ask(t, key, version, "resources/list", "", `{}`)
			got := res.StatusCode
			if version < statelessSince && want == http.StatusOK {
				got = want // it needs a session first, which is not what is asked here
			}
			if got != want || want == http.StatusForbidden && !strings.Contains(res.Header.Get("WWW-Authenticate"), `scope="archive:read"`) {
				t.Errorf("%s in %s: %d %s\n%s", key, version, res.StatusCode, res.Header.Get("WWW-Authenticate"), body)
			}
		}
	}
	if basic, _ := r.reg.scopes(); !cmp.Equal(basic, []string{"archive:read"}) {
		t.Errorf("the scopes are %v", basic)
	}
}

func TestListIsAudited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	r := newRigFor(t, new(archive), Config{AuditFile: path})
	r.ask(t, "", "2026-07-28", "resources/list", "", `{}`)
	r.ask(t, "", "2026-07-28", "resources/list", "", `{"cursor":"x"}`)
	r.Server.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := func(outcome string, bytes float64) map[string]any {
		return map[string]any{"msg": "resources listed", "method": "resources/list", "principal": "anonymous", "arguments": 16, "outcome": outcome, "bytes": bytes}
	}
	if diff := cmp.Diff([]map[string]any{line("ok", 24), line("-32602", 0)}, auditLines(t, string(b))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestListIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := &archive{slow: true, started: make(chan struct{}, 1)}
		s, err := New("archive", svc, Config{ToolDeadline: 5 * time.Second, MaxResult: 20}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		near, far := mcp.NewInMemoryTransports()
		if _, err := s.Connect(t.Context(), far); err != nil {
			t.Fatal(err)
		}
		session := dial(t, near, "", nil)
		defer session.Close()
		start := time.Now()
		_, err = session.ListResources(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), "did not finish within 5s") || time.Since(start) != 5*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		<-svc.started
		svc.slow = false
		if _, err := session.ListResources(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "the limit is 20") {
			t.Errorf("got %v", err)
		}
	})
}

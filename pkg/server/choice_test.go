package server

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// shelf is a service with tools that read and tools that write.
type shelf struct{ ran []string }

func (s *shelf) Register(r *Registry) {
	for _, name := range []string{"get_book", "get_shelf", "put_book", "burn_book"} {
		def := &mcp.Tool{Name: name, Title: name, Description: "The tool " + name + ".", Annotations: ReadOnly(false)}
		scope, opts := "shelf:read", []ToolOption{Alias("old_" + name)}
		if !strings.HasPrefix(name, "get") {
			destructive := name == "burn_book"
			def.Annotations = &mcp.ToolAnnotations{DestructiveHint: &destructive}
			scope, opts = "shelf:write", append(opts, Writes())
		}
		AddTool(r, def, func(context.Context, none) (text, error) {
			s.ran = append(s.ran, name)
			return text{"done"}, nil
		}, append(opts, Scope(scope))...)
	}
	r.AddResource(&mcp.Resource{URI: "shelf://all", Name: "all", Description: "All."},
		func(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
			return []*mcp.ResourceContents{{Text: "all"}}, nil
		}, Scope("shelf:read"))
	r.AddTemplate(&mcp.ResourceTemplate{URITemplate: "shelf://book/{+name}", Name: "book", Description: "A book."},
		func(_ context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
			return []*mcp.ResourceContents{{Text: vars["name"]}}, nil
		}, Scope("shelf:read", "books:read"))
	r.AddPrompt(&mcp.Prompt{Name: "review", Description: "Reviews.", Arguments: []*mcp.PromptArgument{{Name: "book", Description: "which"}}},
		func(context.Context, *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{}, nil
		}, Scope("shelf:read"))
	r.CompletePrompt("review", "book", func(context.Context, string, map[string]string) ([]string, error) { return []string{"one"}, nil })
}

func TestChoiceOfTools(t *testing.T) {
	tests := []struct {
		cfg   Config
		offer string // or the error
	}{
		{Config{}, "burn_book get_book get_shelf put_book"},
		{Config{ReadOnly: true}, "get_book get_shelf"},
		{Config{Tools: []string{"get_*", "put_book"}}, "get_book get_shelf put_book"},
		{Config{Tools: []string{"old_get_book"}}, "get_book"},
		{Config{ExcludeTools: []string{"burn_book"}}, "get_book get_shelf put_book"},
		{Config{ExcludeTools: []string{"*_book"}, ReadOnly: true}, "get_shelf"},
		{Config{Tools: []string{"get_*"}, ExcludeTools: []string{"get_shelf"}}, "get_book"},
		{Config{ExcludeTools: []string{"burn_bok"}}, `no tool fits "burn_bok"; did you mean burn_book`},
		{Config{Tools: []string{"x"}}, `no tool fits "x"; there are: burn_book, `},
		{Config{Tools: []string{"[", "get_book"}}, `--tools "[": give the name of a tool`},
		{Config{Tools: []string{"put_book"}, ReadOnly: true}, "leave no tool to offer"},
	}
	for _, tt := range tests {
		s, err := New("shelf", new(shelf), tt.cfg, nil)
		if err != nil {
			if !strings.Contains(err.Error(), tt.offer) {
				t.Errorf("%+v: %v", tt.cfg, err)
			}
			continue
		}
		if got := strings.Join(slices.Sorted(maps.Keys(s.reg.tools)), " "); got != tt.offer {
			t.Errorf("--read-only=%v --tools=%v --exclude-tools=%v offer %q, want %q", tt.cfg.ReadOnly, tt.cfg.Tools, tt.cfg.ExcludeTools, got, tt.offer)
		}
		s.Close()
	}
}

// TestToolNotOffered calls what is switched off, by both names and in both eras.
func TestToolNotOffered(t *testing.T) {
	svc := new(shelf)
	r := newRigFor(t, svc, Config{ReadOnly: true})
	for _, version := range []string{"2026-07-28", "2025-11-25"} {
		c := r.connect(t, version, nil)
		list, err := c.ListTools(t.Context(), nil)
		if err != nil || len(list.Tools) != 2 {
			t.Errorf("%s: %v, %v", version, list, err)
		}
		for _, name := range []string{"burn_book", "old_put_book"} {
			_, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: name})
			if err == nil || !strings.Contains(err.Error(), "not offered here: this server is read-only (--read-only)") {
				t.Errorf("%s %s: %v", version, name, err)
			}
		}
	}
	if len(svc.ran) > 0 {
		t.Errorf("ran %v", svc.ran)
	}
}

package server

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// eras are the protocol revisions that every behaviour is tested in.
var eras = []string{"2026-07-28", "2025-11-25", "2025-06-18"}

func textOf(res *mcp.CallToolResult) string {
	var blocks []string
	for _, c := range res.Content {
		blocks = append(blocks, c.(*mcp.TextContent).Text)
	}
	return strings.Join(blocks, "\n")
}

func TestCallTool(t *testing.T) {
	tests := []struct {
		name, tool, args string
		want             string // of the text blocks; %s stands for the correlation id
		fails            bool
	}{
		{"integers above 2^53 are exact", "add", `{"a":9007199254740993,"id":"9007199254740995"}`,
			`{"sum":9007199254740993,"id":"9007199254740995","mode":"plain","limit":5}`, false},
		{"an id may be a number", "add", `{"a":1,"id":9007199254740995}`, `{"sum":1,"id":"9007199254740995","mode":"plain","limit":5}`, false},
		{"old tool name", "plus", `{"a":1,"b":2}`, `{"sum":3,"id":"0","mode":"plain","limit":5}`, false},
		{"old argument name", "add", `{"a":1,"max_results":7}`, `{"sum":1,"id":"0","mode":"plain","limit":7}`, false},
		{"text is sent raw with a line of JSON", "text", `{"bytes":3}`, "xxx\n{\"bytes\":3}", false},
		{"wrong arguments", "add", `{"A":1,"mode":"quiet","limit":99}`, `"code":"INVALID_INPUT"`, true},
		{"result above the tool's limit", "small", `{"bytes":200}`, `{"error":{"code":"INVALID_INPUT","message":"the result has 213 bytes; the limit is 100: ask for less","retryable":false}}`, true},
		{"a panic is contained", "panic", `{}`, `{"error":{"code":"INTERNAL_ERROR","message":"internal error","retryable":false,"correlation_id":"%s"}}`, true},
		{"a foreign error is hidden", "leak", `{}`, `{"error":{"code":"INTERNAL_ERROR","message":"internal error","retryable":false,"correlation_id":"%s"}}`, true},
		{"a tool error is shown without its cause", "refuse", `{}`, `{"error":{"code":"CONFLICT","message":"it changed; read it again","retryable":false}}`, true},
		{"a slow call ends", "short", `{}`, `{"error":{"code":"TIMEOUT","message":"the call did not finish within 20ms; ask for less, or try again","retryable":true}}`, true},
	}
	for _, era := range eras {
		r := newRig(t, Config{})
		session := r.connect(t, era, nil)
		for _, tt := range tests {
			t.Run(era+"/"+tt.name, func(t *testing.T) {
				res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tt.tool, Arguments: json.RawMessage(tt.args)})
				if err != nil {
					t.Fatal(err)
				}
				id, _ := res.Meta[metaCorrelation].(string)
				if id == "" {
					t.Error("no correlation id in _meta")
				}
				if got, want := textOf(res), strings.ReplaceAll(tt.want, "%s", id); got != want && !(tt.fails && strings.Contains(got, want)) {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				if res.IsError != tt.fails {
					t.Errorf("isError = %v", res.IsError)
				}
			})
		}
		log := r.log.String()
		if n := strings.Count(log, `"audit":true`); n != len(tests) {
			t.Errorf("%s: %d audit lines for %d calls", era, n, len(tests))
		}
		for _, want := range []string{`"tool":"leak"`, `"outcome":"INTERNAL_ERROR"`, `"principal":"anonymous"`, `"client":"test"`} {
			if !strings.Contains(log, want) {
				t.Errorf("%s: the log lacks %s", era, want)
			}
		}
	}
}

func TestInvalidArgumentsNameTheArgument(t *testing.T) {
	r := newRig(t, Config{})
	_, body := r.call(t, "add", `{"A":1,"mode":"quiet"}`)
	for _, want := range []string{`unknown argument \\\"A\\\"`, `mode must be one of`, `missing required argument \\\"a\\\"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the error lacks %s:\n%s", want, body)
		}
	}
}

func TestUnknownToolIsHelpful(t *testing.T) {
	r := newRig(t, Config{})
	for _, tt := range []struct{ name, want string }{
		{"ad", `unknown tool \"ad\"; did you mean add?`},
		{"weather", `unknown tool \"weather\"; tools/list names what there is`},
	} {
		res, body := r.call(t, tt.name, `{}`)
		if res.StatusCode != 400 || !strings.Contains(body, `"code":-32602`) || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s", tt.name, res.StatusCode, body)
		}
	}
}

func TestProgress(t *testing.T) {
	for _, era := range eras {
		var got []string
		r := newRig(t, Config{})
		done := make(chan struct{})
		session := r.connect(t, era, &mcp.ClientOptions{ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
			got = append(got, req.Params.Message)
			if req.Params.Progress == req.Params.Total {
				close(done)
			}
		}})
		params := &mcp.CallToolParams{Name: "count", Arguments: json.RawMessage(`{}`)}
		params.SetProgressToken("p")
		if _, err := session.CallTool(t.Context(), params); err != nil {
			t.Fatal(err)
		}
		<-done
		// The first and the last come; those between are too fast.
		if len(got) != 2 {
			t.Errorf("%s: %d notifications, want 2", era, len(got))
		}
	}
}

func TestReporterWithoutTokenIsSilent(t *testing.T) {
	Progress(t.Context()).Report(1, 2, "nobody asked")
}

func TestListsAreCacheable(t *testing.T) {
	r := newRig(t, Config{})
	session := r.connect(t, "2026-07-28", nil)
	tools, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if tools.TTLMs != int(listTTL.Milliseconds()) {
		t.Errorf("tools/list: ttlMs %d", tools.TTLMs)
	}
	one, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "demo://one"})
	if err != nil {
		t.Fatal(err)
	}
	if one.TTLMs != 60_000 || one.CacheScope != "private" {
		t.Errorf("resources/read: ttlMs %d, cacheScope %q", one.TTLMs, one.CacheScope)
	}
}

// A resource that is empty has a text or a blob all the same, as its schema
// wants.
func TestEmptyResource(t *testing.T) {
	r := newRig(t, Config{})
	for _, era := range eras {
		res, err := r.connect(t, era, nil).ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "demo://item/"})
		if err != nil {
			t.Fatal(err)
		}
		if c := res.Contents[0]; c.Text != "" || c.Blob == nil {
			t.Errorf("%s: %+v", era, c)
		}
	}
}

func TestResourcesAndPrompts(t *testing.T) {
	for _, era := range eras {
		r := newRig(t, Config{})
		session := r.connect(t, era, nil)
		read := func(uri string) string {
			res, err := session.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
			if err != nil {
				return err.Error()
			}
			return res.Contents[0].Text + " " + res.Contents[0].MIMEType
		}
		ask := func(args map[string]string) string {
			res, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "ask", Arguments: args})
			if err != nil {
				return err.Error()
			}
			return res.Messages[0].Content.(*mcp.TextContent).Text
		}
		for _, tt := range []struct{ got, want string }{
			{read("demo://item/a/b%20c"), "a/b c text/plain"},
			{read("demo://item/missing"), "Resource not found"},
			{read("demo://item/leak"), "internal error"},
			{read("demo://item/wrapped"), "no such shelf"},
			{read("demo://other"), "Resource not found"},
			{ask(map[string]string{"topic": "tea"}), "tea"},
			{ask(nil), `prompt "ask" needs the argument "topic": what about`},
			{ask(map[string]string{"topic": "x", "extra": "y"}), `prompt "ask" has no argument "extra"; it takes: topic`},
			{ask(map[string]string{"topic": "panic"}), "internal error"},
		} {
			if !strings.Contains(tt.got, tt.want) || strings.Contains(tt.got, "hunter2") {
				t.Errorf("%s: got %q, want %q", era, tt.got, tt.want)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	r := newRig(t, Config{})
	session := r.connect(t, "2026-07-28", nil)
	complete := func(prompt, argument string) (*mcp.CompleteResult, error) {
		return session.Complete(t.Context(), &mcp.CompleteParams{
			Ref:      &mcp.CompleteReference{Type: "ref/prompt", Name: prompt},
			Argument: mcp.CompleteParamsArgument{Name: argument, Value: "x"},
		})
	}
	res, err := complete("ask", "topic")
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Completion; len(c.Values) != 100 || !c.HasMore || c.Total != 0 || c.Values[0] != "x000" {
		t.Errorf("got %d values, hasMore %v, total %d", len(c.Values), c.HasMore, c.Total)
	}
	if res, err := complete("ask", "other"); err != nil || len(res.Completion.Values) != 0 {
		t.Errorf("an argument without a domain: %v, %v", res, err)
	}
	if _, err := complete("nothing", "topic"); err == nil {
		t.Error("an unknown prompt completes")
	}
}

func TestRegistrationMistakesPanic(t *testing.T) {
	ok := &mcp.Tool{Name: "a", Title: "A", Description: "A.", Annotations: ReadOnly(false)}
	handler := func(context.Context, none) (addOutput, error) { return addOutput{}, nil }
	tests := map[string]func(*Registry){
		"has no scope": func(r *Registry) { AddTool(r, ok, handler) },
		"has no annotation": func(r *Registry) {
			AddTool(r, &mcp.Tool{Name: "a", Title: "A", Description: "A."}, handler, Scope("x"))
		},
		"needs a title": func(r *Registry) { AddTool(r, &mcp.Tool{Name: "a", Annotations: ReadOnly(false)}, handler, Scope("x")) },
		"registered twice": func(r *Registry) {
			AddTool(r, ok, handler, Scope("x"))
			AddTool(r, ok, handler, Scope("x"))
		},
		"has Writes() and is annotated as read-only": func(r *Registry) { AddTool(r, ok, handler, Scope("x"), Writes()) },
		"has no Writes()": func(r *Registry) {
			d := *ok
			d.Annotations = &mcp.ToolAnnotations{}
			AddTool(r, &d, handler, Scope("x"))
		},
		"has Confirm and no Writes()": func(r *Registry) {
			AddTool(r, ok, handler, Scope("x"), Confirm(func(context.Context, none) (string, error) { return "", nil }))
		},
		"takes server.none, and its Confirm server.addInput": func(r *Registry) {
			d := *ok
			d.Annotations = &mcp.ToolAnnotations{}
			AddTool(r, &d, handler, Scope("x"), Writes(), Confirm(func(context.Context, addInput) (string, error) { return "", nil }))
		},
		"alias \"b\" is taken": func(r *Registry) {
			AddTool(r, ok, handler, Scope("x"), Alias("b", "b"))
		},
		"input": func(r *Registry) {
			AddTool(r, ok, func(context.Context, struct {
				A string `json:"a" min:"1"`
			}) (addOutput, error) {
				return addOutput{}, nil
			}, Scope("x"))
		},
		"resource \"x://y\" has no scope": func(r *Registry) {
			r.AddResource(&mcp.Resource{URI: "x://y", Description: "d"}, nil)
		},
		"prompt \"p\" has no description": func(r *Registry) {
			r.AddPrompt(&mcp.Prompt{Name: "p"}, nil, Scope("x"))
		},
		"not registered": func(r *Registry) { r.CompletePrompt("p", "a", nil) },
		"json.RawMessage": func(r *Registry) {
			AddRawTool(r, &mcp.Tool{Name: "a", Title: "A", Description: "A.", Annotations: ReadOnly(false), InputSchema: map[string]any{}}, nil, Scope("x"))
		},
	}
	for want, register := range tests {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, want) {
					t.Errorf("panic %q, want one about %q", p, want)
				}
			}()
			register(newRegistry("demo"))
		})
	}
}

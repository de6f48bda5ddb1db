package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/args"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// tool is a registered tool: its definition, its rules and the handler behind
// both forms of registration.
type tool struct {
	def       *mcp.Tool
	input     *args.Schema // nil for a raw tool
	in        reflect.Type // of what decode returns
	decode    func(json.RawMessage) (any, error)
	scopes    []string
	aliases   []string
	timeout   time.Duration
	maxResult int
	writes    bool
	confirm   *confirmation // nil for the default question
	view      *View         // nil if there is nothing but the plain result
	headers   bool          // arguments are repeated in Mcp-Param- headers (SEP-2243)
	handle    mcp.ToolHandler
	call      mcp.ToolHandler // handle with everything around it
}

// ToolOption configures a tool.
type ToolOption interface{ applyTool(*tool) }

type toolOptionFunc func(*tool)

func (f toolOptionFunc) applyTool(t *tool) { f(t) }

// Timeout bounds one call of the tool, below the process-wide --tool-deadline.
func Timeout(d time.Duration) ToolOption {
	return toolOptionFunc(func(t *tool) { t.timeout = d })
}

// MaxResult bounds the size of the tool's results in bytes, instead of the
// process-wide --max-result.
func MaxResult(bytes int) ToolOption {
	return toolOptionFunc(func(t *tool) { t.maxResult = bytes })
}

// Writes declares that the tool changes something, which its annotations must
// say too: a tool is read-only or it writes. One that is not annotated as
// harmless (DestructiveHint false) asks a person before it runs, unless the
// operator decided otherwise with --confirm; see [Confirm].
func Writes() ToolOption { return toolOptionFunc(func(t *tool) { t.writes = true }) }

// Alias makes tools/call accept an older name of the tool. It is not listed.
func Alias(names ...string) ToolOption {
	return toolOptionFunc(func(t *tool) { t.aliases = append(t.aliases, names...) })
}

// AddTool adds a tool with typed arguments and result.
//
// In is a struct. Its fields become the input schema and the rules that
// arguments are held to before h runs: json names them, jsonschema describes
// them, and enum, min, max, minLength, maxLength, minItems, maxItems, pattern
// and default constrain them; alias accepts older spellings, hidden keeps an
// optional argument out of the schema, and quiet the default and the rules but
// enum. A field is required unless it has a default, omitempty or a pointer type.
// Unknown arguments are refused, which the schema says unless something is hidden
// from it. A violation is a tool result with INVALID_INPUT that names the argument
// and what it should be.
//
// Out is a struct, sent as structured content with an output schema, in which
// hidden leaves out what is rare, and as the same JSON in a text block. An Out
// that implements [Texter] is sent as plain text instead; one that implements
// [Attacher] has further blocks after it, and one that implements [Lender] gets
// its memory back.
//
// h may return a *toolerr.Error; of any other error the caller sees "internal
// error" and the correlation id. h must stop when its context ends: it does at
// the tool's timeout, when the caller cancels or goes away, and when the
// process can wait no longer.
func AddTool[In, Out any](r *Registry, def *mcp.Tool, h func(context.Context, In) (Out, error), opts ...ToolOption) {
	in, err := args.For(reflect.TypeFor[In](), args.Input)
	if err != nil {
		panic(fmt.Sprintf("tool %q: input: %v", def.Name, err))
	}
	out, err := newEncoder(reflect.TypeFor[Out]())
	if err != nil {
		panic(fmt.Sprintf("tool %q: output: %v", def.Name, err))
	}
	d := *def
	d.InputSchema = in.JSON()
	if out.schema != nil {
		d.OutputSchema = out.schema.JSON()
	}
	decode := func(raw json.RawMessage) (v In, err error) {
		if err := in.Decode(raw, &v); err != nil {
			return v, invalidArguments(err)
		}
		return v, nil
	}
	t := &tool{def: &d, input: in, in: reflect.TypeFor[In]()}
	t.decode = func(raw json.RawMessage) (any, error) { return decode(raw) }
	t.handle = func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		v, err := decode(req.Params.Arguments)
		if err != nil {
			return nil, err
		}
		result, err := h(ctx, v)
		if err != nil {
			return nil, err
		}
		return out.encode(result)
	}
	r.addTool(t, opts)
}

// AddRawTool adds a tool whose handler sees the request and makes the result
// itself, for what AddTool cannot express: multi-round-trip input, sampling,
// results of several kinds. The definition carries its input schema as
// json.RawMessage, and the handler checks the arguments. Time, size, audit,
// recovery and redaction are the same as for AddTool.
func AddRawTool(r *Registry, def *mcp.Tool, h mcp.ToolHandler, opts ...ToolOption) {
	if _, ok := def.InputSchema.(json.RawMessage); !ok {
		// The SDK marshals any other form again on every call.
		panic(fmt.Sprintf("tool %q: the input schema must be a json.RawMessage", def.Name))
	}
	d := *def
	r.addTool(&tool{
		def: &d, in: reflect.TypeFor[json.RawMessage](),
		decode: func(raw json.RawMessage) (any, error) { return raw, nil },
		handle: h,
	}, opts)
}

func (r *Registry) addTool(t *tool, opts []ToolOption) {
	for _, o := range opts {
		o.applyTool(t)
	}
	name := t.def.Name
	switch {
	case len(t.scopes) == 0:
		panic(fmt.Sprintf("tool %q has no scope", name))
	case t.def.Description == "" || t.def.Title == "":
		panic(fmt.Sprintf("tool %q needs a title and a description", name))
	case t.def.Annotations == nil:
		panic(fmt.Sprintf("tool %q has no annotations", name))
	case t.writes && t.def.Annotations.ReadOnlyHint:
		panic(fmt.Sprintf("tool %q has Writes() and is annotated as read-only", name))
	case !t.writes && !t.def.Annotations.ReadOnlyHint:
		panic(fmt.Sprintf("tool %q is not annotated as read-only and has no Writes()", name))
	case t.confirm != nil && !t.writes:
		panic(fmt.Sprintf("tool %q has Confirm and no Writes()", name))
	case t.confirm != nil && t.confirm.input != t.in:
		panic(fmt.Sprintf("tool %q takes %v, and its Confirm %v", name, t.in, t.confirm.input))
	case r.tools[name] != nil || r.aliases[name] != "" || r.off[name] != "":
		panic(fmt.Sprintf("tool %q is registered twice", name))
	}
	if why := r.choice.leavesOut(t); why != "" {
		for _, n := range append(t.aliases, name) {
			r.off[n] = why
		}
		return
	}
	schema, _ := t.def.InputSchema.(json.RawMessage)
	t.headers = bytes.Contains(schema, []byte(`"x-mcp-header"`))
	r.tools[name] = t
	for _, a := range t.aliases {
		if r.tools[a] != nil || r.aliases[a] != "" {
			panic(fmt.Sprintf("tool %q: the alias %q is taken", name, a))
		}
		r.aliases[a] = name
	}
}

// ReadOnly returns the annotations of a tool that changes nothing and answers
// the same each time. open says that it reaches beyond this process's own data.
func ReadOnly(open bool) *mcp.ToolAnnotations {
	destructive := false
	return &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: &destructive, OpenWorldHint: &open}
}

// invalidArguments shows the caller what is wrong with the arguments, also in a
// form that programs can use.
func invalidArguments(err error) error {
	shown := toolerr.New(toolerr.InvalidInput, "%s", err.Error())
	var bad *args.Error
	if !errors.As(err, &bad) {
		return shown
	}
	type argument struct {
		Name        string   `json:"name,omitempty"`
		Suggestions []string `json:"suggestions,omitempty"`
	}
	var list []argument
	for _, v := range bad.Violations {
		list = append(list, argument{v.Path, v.Suggestions})
	}
	return shown.With("arguments", list)
}

// Property describes one argument of a tool.
type Property = args.Property

// ToolInfo describes a registered tool for people and programs.
type ToolInfo struct {
	Name        string               `json:"name"`
	Title       string               `json:"title"`
	Description string               `json:"description"`
	Arguments   []Property           `json:"arguments,omitempty"`
	Scopes      []string             `json:"scopes"`
	Writes      bool                 `json:"writes"`
	Annotations *mcp.ToolAnnotations `json:"annotations"`
}

// Tools lists the registered tools by name.
func (s *Server) Tools() []ToolInfo {
	var list []ToolInfo
	for _, t := range s.reg.tools {
		info := ToolInfo{Name: t.def.Name, Title: t.def.Title, Description: t.def.Description, Scopes: t.scopes, Writes: t.writes, Annotations: t.def.Annotations}
		if t.input != nil {
			info.Arguments = t.input.Properties()
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b ToolInfo) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list
}

package server

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/segmentio/encoding/json"
)

// direct answers the request that nearly all requests are: one well-formed
// tools/call of the stateless protocol, to a tool added by [AddTool], whose
// answer is one message. It runs the same middleware and the same tool as the
// SDK's session would, without building a session and without reading the body
// some fifteen times, which is most of what such a call costs.
//
// It says nothing about wrong requests. Whatever is not plainly right is left to
// the SDK's handler, so that there is one place that judges.
type direct struct {
	s      *Server
	handle mcp.MethodHandler
	info   stdjson.RawMessage // this server's Implementation
}

func newDirect(s *Server) *direct {
	d := &direct{s: s}
	d.handle = func(ctx context.Context, _ string, req mcp.Request) (mcp.Result, error) {
		call := req.(*mcp.CallToolRequest)
		return s.reg.tools[call.Params.Name].call(ctx, call)
	}
	for _, m := range []mcp.Middleware{s.resolveTool, s.endable, s.gate, s.operation} {
		d.handle = m(d.handle)
	}
	info, err := stdjson.Marshal(s.implementation())
	if err != nil {
		panic(err) // three strings
	}
	d.info = info
	return d
}

// callParams are the parameters of a tools/call, decoded as the SDK decodes them.
type callParams struct {
	Name      string             `json:"name"`
	Arguments stdjson.RawMessage `json:"arguments"`
	Responses stdjson.RawMessage `json:"inputResponses"`
	State     stdjson.RawMessage `json:"requestState"`
	Meta      struct {
		Version      string                  `json:"io.modelcontextprotocol/protocolVersion"`
		Client       *mcp.Implementation     `json:"io.modelcontextprotocol/clientInfo"`
		Capabilities *mcp.ClientCapabilities `json:"io.modelcontextprotocol/clientCapabilities"`
		Traceparent  string                  `json:"traceparent"`
	} `json:"_meta"`
}

// accept returns the call in a request whose body is p, or nil if the SDK is to
// answer it.
func (d *direct) accept(r *http.Request, p *peeked) *mcp.CallToolRequest {
	h := r.Header
	if p.Method != methodCallTool || p.JSONRPC != "2.0" || !plainID(p.ID) ||
		h.Get("Mcp-Protocol-Version") != statelessSince || h.Get("Mcp-Method") != methodCallTool ||
		h.Get("Content-Type") != "application/json" || h.Get("Last-Event-ID") != "" || !accepts(h) {
		return nil
	}
	var c callParams
	if rest, err := json.Parse(p.Params, &c, decodeFlags); err != nil || len(rest) > 0 {
		return nil
	}
	t := d.s.reg.tools[c.Name]
	if t == nil || t.input == nil || t.headers || h.Get("Mcp-Name") != c.Name ||
		c.Meta.Version != statelessSince || c.Meta.Capabilities == nil || c.Responses != nil || c.State != nil {
		return nil
	}
	params := &mcp.CallToolParamsRaw{Name: c.Name, Arguments: c.Arguments, Meta: mcp.Meta{mcp.MetaKeyProtocolVersion: statelessSince}}
	if c.Meta.Client != nil {
		params.Meta[mcp.MetaKeyClientInfo] = c.Meta.Client
	}
	return &mcp.CallToolRequest{Params: params, Extra: &mcp.RequestExtra{Header: h}}
}

// accepts reports whether the client takes both forms of an answer, as it must.
func accepts(h http.Header) bool {
	a := h.Get("Accept")
	return strings.Contains(a, "application/json") && strings.Contains(a, "text/event-stream")
}

// plainID reports whether a request's id can be sent back as it came: a string,
// or an integer without fraction and exponent.
func plainID(id []byte) bool {
	if len(id) == 0 {
		return false
	}
	if id[0] == '"' {
		return true
	}
	digits := bytes.TrimPrefix(id, []byte("-"))
	return len(digits) > 0 && len(digits) <= 18 && len(bytes.Trim(digits, "0123456789")) == 0
}

// answer is the wire form of the answer to a tools/call.
type answer struct {
	JSONRPC string             `json:"jsonrpc"`
	ID      stdjson.RawMessage `json:"id"`
	Result  *callResult        `json:"result,omitempty"`
	Error   *jsonrpc.Error     `json:"error,omitempty"`
}

type callResult struct {
	Meta       map[string]any `json:"_meta"`
	Content    []mcp.Content  `json:"content"`
	Structured any            `json:"structuredContent,omitempty"`
	IsError    bool           `json:"isError,omitempty"`
	ResultType string         `json:"resultType"`
}

func (d *direct) serve(w http.ResponseWriter, r *http.Request, id stdjson.RawMessage, call *mcp.CallToolRequest) {
	a := answer{JSONRPC: "2.0", ID: id}
	status := http.StatusOK
	res, err := d.handle(r.Context(), methodCallTool, call)
	if err != nil {
		if !errors.As(err, &a.Error) {
			a.Error = &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: err.Error()}
		}
		status = statusOf(a.Error.Code)
	} else {
		tool := res.(*mcp.CallToolResult)
		tool.Meta[mcp.MetaKeyServerInfo] = d.info
		a.Result = &callResult{tool.Meta, tool.Content, tool.StructuredContent, tool.IsError, "complete"}
		if a.Result.Content == nil {
			a.Result.Content = []mcp.Content{}
		}
	}
	var body bytes.Buffer
	enc := stdjson.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		d.s.log.ErrorContext(r.Context(), "encoding an answer", "error", err)
		refuse(w, http.StatusInternalServerError, "internal error")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache, no-transform")
	w.WriteHeader(status)
	w.Write(bytes.TrimSuffix(body.Bytes(), []byte("\n")))
}

// statusOf is the HTTP status of an error in the stateless protocol.
func statusOf(code int64) int {
	switch code {
	case jsonrpc.CodeMethodNotFound:
		return http.StatusNotFound
	case jsonrpc.CodeInvalidParams, mcp.CodeUnsupportedProtocolVersion, mcp.CodeMissingRequiredClientCapabilities:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

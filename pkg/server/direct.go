package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// direct answers the request that nearly all requests are: one well-formed
// tools/call of the stateless protocol, to a tool added by [AddTool] that has
// nothing to ask. It runs
// the same middleware and the same tool as the SDK's session would, without
// building a session and without reading the body some fifteen times, which is
// most of what such a call costs. The answer is JSON; it becomes a stream if the
// caller asked for progress and there is some, or if the call takes long.
//
// It says nothing about wrong requests. Whatever is not plainly right is left to
// the SDK's handler, so that there is one place that judges.
type direct struct {
	s      *Server
	handle mcp.MethodHandler
	info   json.RawMessage // this server's Implementation

	buffers sync.Pool // of *[]byte: an answer of some length would be most of what a call leaves to the collector
}

// maxBuffer is the longest answer, in bytes, whose buffer is kept for another.
const maxBuffer = 128 << 10

func newDirect(s *Server) *direct {
	d := &direct{s: s}
	d.handle = func(ctx context.Context, _ string, req mcp.Request) (mcp.Result, error) {
		call := req.(*mcp.CallToolRequest)
		return s.reg.tools[call.Params.Name].call(ctx, call)
	}
	for _, m := range slices.Backward(s.middleware()) {
		d.handle = m(d.handle)
	}
	info, err := json.Marshal(s.implementation())
	if err != nil {
		panic(err) // three strings
	}
	d.info = info
	return d
}

// callParams are the parameters of a tools/call, decoded as the SDK decodes them.
type callParams struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Responses json.RawMessage `json:"inputResponses"`
	State     json.RawMessage `json:"requestState"`
	Meta      struct {
		messageMeta
		Client       *mcp.Implementation     `json:"io.modelcontextprotocol/clientInfo"`
		Capabilities *mcp.ClientCapabilities `json:"io.modelcontextprotocol/clientCapabilities"`
		Traceparent  string                  `json:"traceparent"`
		Tracestate   string                  `json:"tracestate"`
	} `json:"_meta"`
}

// accept returns the call in a request whose body is p, or nil if the SDK is to
// answer it.
func (d *direct) accept(r *http.Request, p *peeked) *mcp.CallToolRequest {
	h := r.Header
	c := p.call
	if c == nil || p.JSONRPC != "2.0" || !plainID(p.ID) || p.meta.LogLevel != "" ||
		p.progress() && !plainID(p.meta.Progress) ||
		h.Get("Mcp-Protocol-Version") != statelessSince || h.Get("Mcp-Method") != methodCallTool ||
		h.Get("Content-Type") != "application/json" || h.Get("Last-Event-ID") != "" || !accepts(h) {
		return nil
	}
	t := d.s.reg.tools[c.Name]
	if t == nil || t.input == nil || t.headers || d.s.asks(t) || h.Get("Mcp-Name") != c.Name ||
		c.Meta.Version != statelessSince || c.Meta.Capabilities == nil || c.Responses != nil || c.State != nil {
		return nil
	}
	params := &mcp.CallToolParamsRaw{Name: c.Name, Arguments: c.Arguments, Meta: mcp.Meta{mcp.MetaKeyProtocolVersion: statelessSince}}
	if c.Meta.Client != nil {
		params.Meta[mcp.MetaKeyClientInfo] = c.Meta.Client
	}
	if e := c.Meta.Capabilities.Elicitation; e != nil && e.URL != nil {
		// All that may be asked of the client here is to sign somebody in.
		params.Meta[mcp.MetaKeyClientCapabilities] = &mcp.ClientCapabilities{Elicitation: e}
	}
	if d.s.tracing != nil && c.Meta.Traceparent != "" {
		params.Meta[traceparent], params.Meta[tracestate] = c.Meta.Traceparent, c.Meta.Tracestate
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

func (d *direct) serve(w http.ResponseWriter, r *http.Request, p *peeked, call *mcp.CallToolRequest) {
	ctx, begun, send := r.Context(), func() bool { return false }, func([]byte) {}
	if p.progress() {
		stream := newStreamWriter(w, d.s.cfg.KeepAlive)
		defer stream.close()
		begun, send = stream.begun, stream.event
		reporter := &Reporter{notify: func(done, total float64, message string) {
			stream.event(progressEvent(p.meta.Progress, done, total, message))
		}}
		defer reporter.end()
		ctx = context.WithValue(ctx, progressKey{}, reporter)
	}
	buf, _ := d.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	body, status, err := d.answer(ctx, (*buf)[:0], p.ID, call)
	defer func() {
		if cap(body) <= maxBuffer {
			*buf = body
			d.buffers.Put(buf)
		}
	}()
	if err != nil {
		d.s.log.ErrorContext(ctx, "encoding an answer", "error", err)
		body, status = errorBody(jsonrpc.CodeInternalError, "internal error"), http.StatusInternalServerError
	}
	if begun() {
		send(body)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache, no-transform")
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // a long one would go out in chunks
	w.WriteHeader(status)
	w.Write(body)
}

// answer runs the call and appends its JSON-RPC answer to buf. It returns it with
// the status that it has over HTTP.
func (d *direct) answer(ctx context.Context, buf []byte, id json.RawMessage, call *mcp.CallToolRequest) (body []byte, status int, err error) {
	res, err := d.handle(ctx, methodCallTool, call)
	if err != nil {
		var wire *jsonrpc.Error
		if !errors.As(err, &wire) {
			wire = &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: err.Error()}
		}
		body, err = appendError(buf, id, wire)
		return body, statusOf(wire.Code), err
	}
	tool := res.(*mcp.CallToolResult)
	if call.Params.Meta[mcp.MetaKeyProtocolVersion] == statelessSince {
		tool.Meta[mcp.MetaKeyServerInfo] = d.info
	}
	body, err = appendResult(buf, id, tool, callsAgain(call.Session))
	if r, ok := tool.StructuredContent.(*record); ok {
		*tool = mcp.CallToolResult{}
		r.done()
	}
	return body, http.StatusOK, err
}

// progressEvent is the notification that a progress report is sent as.
func progressEvent(token json.RawMessage, done, total float64, message string) []byte {
	type params struct {
		Token    json.RawMessage `json:"progressToken"`
		Progress float64         `json:"progress"`
		Total    float64         `json:"total,omitempty"`
		Message  string          `json:"message,omitempty"`
	}
	event, err := marshal(struct {
		JSONRPC string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  params `json:"params"`
	}{"2.0", "notifications/progress", params{token, done, total, message}})
	if err != nil { // an infinite number
		return errorBody(jsonrpc.CodeInternalError, "progress that is no number")
	}
	return event
}

// marshal encodes without escaping HTML: nobody puts this into a page.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
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

package server

import (
	"bytes"
	"context"
	"log/slog"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/segmentio/encoding/json"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/lines"
)

// line returns what answers a line of a stdio session, of either era, or nil if
// the session is to answer it. The session has handled all notifications before
// the line, and has none of the calls that are answered here: who cancels them is
// the filter of the lines.
func (d *direct) line(session *mcp.ServerSession, line []byte) lines.Call {
	if session == nil || session.InitializeParams() == nil || !bytes.Contains(line, []byte(`"`+methodCallTool+`"`)) {
		return nil
	}
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	line = bytes.Clone(line)
	if rest, err := json.Parse(line, &m, decodeFlags); err != nil || len(rest) > 0 || m.Method != methodCallTool || !plainID(m.ID) {
		return nil
	}
	// What the SDK decodes for the handlers of a session, all of _meta included.
	params := new(mcp.CallToolParamsRaw)
	if rest, err := json.Parse(m.Params, params, decodeFlags); err != nil || len(rest) > 0 || params.InputResponses != nil || params.RequestState != "" {
		return nil
	}
	if t := d.s.reg.tools[params.Name]; t == nil || t.input == nil || d.s.asks(t) || !plainMeta(params.Meta, m.Params) {
		return nil
	}
	call := &mcp.CallToolRequest{Session: session, Params: params}
	return func(ctx context.Context, buf []byte) []byte {
		b, _, err := d.answer(ctx, buf, m.ID, call)
		if err != nil {
			d.s.log.ErrorContext(ctx, "encoding an answer", slog.Any("error", err))
			b, _ = appendError(buf, m.ID, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: "internal error"})
		}
		return append(b, '\n')
	}
}

// plainMeta reports whether the _meta in params is that of an older revision, or
// a right one of the stateless protocol that wants no log messages.
func plainMeta(meta mcp.Meta, params []byte) bool {
	version, _ := meta[mcp.MetaKeyProtocolVersion].(string)
	if version < statelessSince {
		return true
	}
	var c callParams
	if _, err := json.Parse(params, &c, decodeFlags); err != nil || version != statelessSince || c.Meta.Capabilities == nil {
		return false
	}
	_, named := meta[mcp.MetaKeyClientInfo]
	_, logs := meta[mcp.MetaKeyLogLevel]
	return named == (c.Meta.Client != nil) && !logs
}

// Package toolcall sends one tools/call of MCP over Streamable HTTP as a client
// without a session does, and hands back the body of the answer.
//
// Start at [New].
package toolcall

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	// Modern is the first revision of MCP with calls that need no session.
	Modern = "2026-07-28"
	// ClientInfo is who calls, as the protocol writes it.
	ClientInfo = `{"name":"bench","version":"1.0.0"}`

	maxAnswer = 8 << 20
)

// A Call is one request, which may be sent many times. It is safe for
// concurrent use.
type Call struct {
	url    string
	header http.Header
	body   []byte
}

// New builds a valid stateless request of the given MCP revision with the id 1:
// since 2026-07-28 it names method and tool in headers and carries the client
// in _meta, before it carries only the revision. arguments is a JSON object;
// token may be empty.
func New(url, protocol, token, tool, arguments string) *Call {
	c := &Call{url: url, header: http.Header{
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {protocol},
	}}
	if token != "" {
		c.header.Set("Authorization", "Bearer "+token)
	}
	meta := ""
	if protocol >= Modern {
		c.header.Set("Mcp-Method", "tools/call")
		c.header.Set("Mcp-Name", tool)
		meta = fmt.Sprintf(`,"_meta":{"io.modelcontextprotocol/protocolVersion":%q,`+
			`"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":%s}`, protocol, ClientInfo)
	}
	c.body = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s%s}}`, Params(tool, arguments), meta)
	return c
}

// Params are the fields of a call's parameters.
func Params(tool, arguments string) string {
	return fmt.Sprintf(`"name":%q,"arguments":%s`, tool, arguments)
}

// Bytes returns c as it goes over a connection.
func (c *Call) Bytes() ([]byte, error) {
	req, err := http.NewRequest(http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	req.Header = c.header
	var b bytes.Buffer
	err = req.Write(&b)
	return b.Bytes(), err
}

// Do sends c and returns the body of the answer, which is JSON with status 200.
func (c *Call) Do(ctx context.Context, client *http.Client) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	req.Header = c.header
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %.500s", resp.StatusCode, body)
	}
	if t := resp.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/json") {
		return nil, fmt.Errorf("content type %q, want application/json", t)
	}
	return body, nil
}

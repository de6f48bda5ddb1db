package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	inFlight  = 16
	maxAnswer = 1 << 20

	callParams = `"name":"calculate","arguments":{"expression":"2+3*4"}`
	clientInfo = `{"name":"bench","version":"1.0.0"}`
	wantValue  = "14"
)

// A call is one tools/call that is sent many times. Safe for concurrent use.
type call struct {
	url    string
	header http.Header
	body   []byte
	modern bool
}

// newCall builds a valid stateless request of the given MCP revision: since
// 2026-07-28 it names method and tool in headers and carries the client in
// _meta, before it carries only the revision. token may be empty.
func newCall(url, protocol, token string) *call {
	c := &call{url: url, modern: protocol >= modern, header: http.Header{
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {protocol},
	}}
	if token != "" {
		c.header.Set("Authorization", "Bearer "+token)
	}
	meta := ""
	if c.modern {
		c.header.Set("Mcp-Method", "tools/call")
		c.header.Set("Mcp-Name", "calculate")
		meta = fmt.Sprintf(`,"_meta":{"io.modelcontextprotocol/protocolVersion":%q,`+
			`"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":%s}`, protocol, clientInfo)
	}
	c.body = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s%s}}`, callParams, meta)
	return c
}

// newClient keeps a connection for each call in flight.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight, DisableCompression: true}}
}

// do sends c, checks the answer and returns its length.
func (c *call) do(ctx context.Context, client *http.Client) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return 0, err
	}
	req.Header = c.header
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("status %d: %.500s", resp.StatusCode, body)
	}
	if t := resp.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/json") {
		return 0, fmt.Errorf("content type %q, want application/json", t)
	}
	return len(body), checkAnswer(body, 1, c.modern)
}

// checkAnswer reports what is wrong with body as the answer 14 to the request
// with this id. Both the text and, where there is one, the structured content
// must say so.
func checkAnswer(body []byte, id int, modern bool) error {
	var answer struct {
		Version string          `json:"jsonrpc"`
		ID      int             `json:"id"`
		Error   json.RawMessage `json:"error"`
		Result  *struct {
			Type    string `json:"resultType"`
			IsError bool   `json:"isError"`
			Content []struct {
				Type string `json:"type"`
				Text string `json:"text"`
			} `json:"content"`
			Structured json.RawMessage `json:"structuredContent"`
		} `json:"result"`
	}
	fail := func(what string) error { return fmt.Errorf("%s in answer %.500s", what, body) }
	if err := json.Unmarshal(body, &answer); err != nil {
		return fail(err.Error())
	}
	r := answer.Result
	switch {
	case answer.Version != "2.0" || answer.ID != id:
		return fail("wrong jsonrpc or id")
	case answer.Error != nil || r == nil || r.IsError:
		return fail("error")
	case modern && r.Type != "complete":
		return fail("resultType is not complete")
	case len(r.Content) == 0 || r.Content[0].Type != "text":
		return fail("no text content")
	}
	if err := checkValue([]byte(r.Content[0].Text)); err != nil {
		return fail("content: " + err.Error())
	}
	if r.Structured != nil {
		if err := checkValue(r.Structured); err != nil {
			return fail("structuredContent: " + err.Error())
		}
	}
	return nil
}

// checkValue accepts the result as a number and as a string of digits.
func checkValue(object []byte) error {
	var v struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(object, &v); err != nil {
		return err
	}
	if s := string(v.Result); s != wantValue && s != `"`+wantValue+`"` {
		return errors.New("result is not " + wantValue)
	}
	return nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

const (
	inFlight  = 16
	maxAnswer = 1 << 20

	callTool      = "calculate"
	callArguments = `{"expression":"2+3*4"}`
	wantValue     = "14"
)

// A call is one tools/call that is sent many times. Safe for concurrent use.
type call struct {
	*toolcall.Call
	modern bool
}

// newCall builds the request in a revision of MCP. token may be empty.
func newCall(url, protocol, token string) *call {
	return &call{toolcall.New(url, protocol, token, callTool, callArguments), protocol >= modern}
}

// newClient keeps a connection for each call in flight.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight, DisableCompression: true}}
}

// do sends c, checks the answer and returns its length.
func (c *call) do(ctx context.Context, client *http.Client) (int, error) {
	body, err := c.Do(ctx, client)
	if err != nil {
		return 0, err
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

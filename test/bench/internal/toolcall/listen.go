package toolcall

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Listen subscribes to the resources at uris in one stream, says when that is
// acknowledged, and hands each notification on until ctx ends.
func Listen(ctx context.Context, url string, uris []string, ready chan<- struct{}, told func(uri string)) error {
	list, err := json.Marshal(uris)
	if err != nil {
		return err
	}
	body := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":%s},`+
		`"_meta":{"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":%s}}}`,
		list, Modern, ClientInfo)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = http.Header{
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {Modern},
		"Mcp-Method":           {"subscriptions/listen"},
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // it explains the status
		return fmt.Errorf("status %d: %s", resp.StatusCode, text)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue
		}
		var m struct {
			Method string `json:"method"`
			Params struct {
				URI string `json:"uri"`
			} `json:"params"`
			Error json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		switch m.Method {
		case "notifications/subscriptions/acknowledged":
			ready <- struct{}{}
		case "notifications/resources/updated":
			told(m.Params.URI)
		default:
			return fmt.Errorf("the server sends %.300s", data)
		}
	}
	return errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

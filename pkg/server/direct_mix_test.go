package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAnswersAreOfTheirCallers has many callers at once, some of whom go away:
// whatever is used again for another answer, none has what another asked for.
func TestAnswersAreOfTheirCallers(t *testing.T) {
	r := newRig(t, Config{RateLimit: "off"})
	var wg sync.WaitGroup
	var answered sync.Map
	for caller := range 64 {
		wg.Go(func() {
			for round := range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				if (caller+round)%4 == 0 { // its end is anywhere in the call
					ctx, cancel = context.WithTimeout(t.Context(), time.Duration(caller*round)*time.Microsecond)
				}
				n := caller*1000 + round
				body, err := addOnce(ctx, r.url, n, (caller+round)%3*2000)
				cancel()
				if err != nil {
					if (caller+round)%4 != 0 {
						t.Errorf("caller %d: %v", caller, err)
					}
					continue
				}
				var got struct {
					ID     string
					Result struct {
						StructuredContent struct{ Sum int }
						Content           []struct{ Text string }
					}
				}
				if err := json.Unmarshal(body, &got); err != nil {
					t.Errorf("caller %d: %v: %s", caller, err, body)
					continue
				}
				id, text := fmt.Sprintf("%d-", n), fmt.Sprintf(`"sum":%d,`, n)
				if !strings.HasPrefix(got.ID, id) || got.Result.StructuredContent.Sum != n ||
					len(got.Result.Content) != 1 || !strings.Contains(got.Result.Content[0].Text, text) {
					t.Errorf("caller %d asked for %d and has %s", caller, n, body)
				}
				answered.Store(n, true)
			}
		})
	}
	wg.Wait()
	n := 0
	answered.Range(func(any, any) bool { n++; return true })
	if n < 64*15 {
		t.Errorf("only %d calls were answered", n)
	}
}

// addOnce calls the tool add for n, with an id that makes the answer longer.
func addOnce(ctx context.Context, url string, n, longer int) ([]byte, error) {
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":"%d-%s","method":"tools/call","params":{"name":"add","arguments":{"a":%d},%s}}`,
		n, strings.Repeat("x", longer), n, meta)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "add"} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	return io.ReadAll(res.Body)
}

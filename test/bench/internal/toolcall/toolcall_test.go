package toolcall

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The official SDK refuses a request whose headers, _meta and body do not
// agree, so its answer says that ours do.
func TestCallIsValidInBothEras(t *testing.T) {
	type input struct {
		Expression string `json:"expression"`
	}
	type output struct {
		Result int `json:"result"`
	}
	for _, protocol := range []string{Modern, "2025-11-25"} {
		t.Run(protocol, func(t *testing.T) {
			s := mcp.NewServer(&mcp.Implementation{Name: "calculator"}, nil)
			mcp.AddTool(s, &mcp.Tool{Name: "calculate"},
				func(_ context.Context, _ *mcp.CallToolRequest, in input) (*mcp.CallToolResult, output, error) {
					if in.Expression != "2+3*4" {
						t.Errorf("expression %q", in.Expression)
					}
					return nil, output{Result: 14}, nil
				})
			web := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s },
				&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}))
			t.Cleanup(web.Close)
			body, err := New(web.URL, protocol, "", "calculate", `{"expression":"2+3*4"}`).Do(t.Context(), web.Client())
			if err != nil || !strings.Contains(string(body), `"result":14`) {
				t.Errorf("body %s, error %v", body, err)
			}
		})
	}
}

func TestDoRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		status      int
		contentType string
		want        string
	}{
		"status":       {http.StatusTooManyRequests, "application/json", "status 429"},
		"content type": {http.StatusOK, "text/event-stream", "content type"},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				w.WriteHeader(tt.status)
			}))
			t.Cleanup(web.Close)
			_, err := New(web.URL, Modern, "", "calculate", "{}").Do(t.Context(), web.Client())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want it to say %q", err, tt.want)
			}
		})
	}
}

package server

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// lending is an output whose word is in memory that is wiped when it is returned.
type lending struct {
	Word string `json:"word"`

	memory []byte
}

func newLending(word string) lending {
	memory := []byte(word)
	return lending{unsafe.String(unsafe.SliceData(memory), len(memory)), memory}
}

func (l lending) Return() { clear(l.memory) }

func TestResultOutlivesWhatItWasMadeOf(t *testing.T) {
	e, err := newEncoder(reflect.TypeFor[lending]())
	if err != nil {
		t.Fatal(err)
	}
	made := make(map[string]*mcp.CallToolResult)
	for n := range 20 {
		word := strings.Repeat("x", n)
		out := newLending(word)
		if made[word], err = e.encode(out); err != nil {
			t.Fatal(err)
		}
		if n > 0 && out.memory[0] != 0 {
			t.Error("the memory was not returned")
		}
		if n%2 == 0 {
			made[word].StructuredContent.(*record).done()
			delete(made, word)
		}
	}
	for word, res := range made {
		want := `{"word":"` + word + `"}`
		structured, err := json.Marshal(res.StructuredContent)
		if text := res.Content[0].(*mcp.TextContent).Text; err != nil || string(structured) != want || text != want {
			t.Errorf("%s became %s and %s, %v", want, structured, text, err)
		}
	}
}

func TestAnswersAtOnceKeepTheirRecords(t *testing.T) {
	s, err := New("demo", newDemo(), Config{CallerConcurrency: 16}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h := s.Handler()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 25 {
				sum := 1
				for range n % 18 {
					sum = sum*10 + i
				}
				body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":%d},%s}}`, sum, meta)
				req := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/mcp", strings.NewReader(body))
				for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
					"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "add"} {
					req.Header.Set(k, v)
				}
				w := newRecorder()
				h.ServeHTTP(w, req)
				for _, want := range []string{fmt.Sprintf(`"{\"sum\":%d,`, sum), fmt.Sprintf(`"structuredContent":{"sum":%d,`, sum)} {
					if !strings.Contains(w.String(), want) {
						t.Errorf("no %s in %s", want, w.String())
					}
				}
			}
		})
	}
	wg.Wait()
}

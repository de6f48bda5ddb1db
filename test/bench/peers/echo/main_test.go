package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAnswerHasTheSizeAskedFor(t *testing.T) {
	for _, decode := range []bool{false, true} {
		for _, size := range []int{300, 1000} {
			h, err := handler(size, decode)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":7}`)))
			if w.Code != http.StatusOK || w.Body.Len() != size {
				t.Errorf("decode %v: status %d, %d bytes, want 200 and %d", decode, w.Code, w.Body.Len(), size)
			}
			id := map[bool]string{false: `"id":1,`, true: `"id":7,`}[decode]
			if !strings.Contains(w.Body.String(), id) {
				t.Errorf("decode %v: %s has no %s", decode, w.Body, id)
			}
		}
	}
}

func TestDecodeRefusesWhatIsNotJSON(t *testing.T) {
	h, err := handler(0, true)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader("{")))
	if w.Code != http.StatusBadRequest {
		t.Errorf("status %d, want 400", w.Code)
	}
}

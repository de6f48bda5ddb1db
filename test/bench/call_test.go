package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
)

const right = `{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete",` +
	`"content":[{"type":"text","text":"{\"result\":\"14\",\"exact\":true}"}],"structuredContent":{"result":"14","exact":true}}}`

func TestCheckAnswer(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"right":                      {},
		"number for string":          {old: `{"result":"14","exact":true}}}`, new: `{"result":14}}}`},
		"no structured content":      {old: `,"structuredContent":{"result":"14","exact":true}`},
		"another id":                 {old: `"id":1`, new: `"id":2`, want: "id"},
		"error":                      {old: `"result":{`, new: `"error":{"code":1},"result":{`, want: "error"},
		"no result":                  {old: right, new: `{"jsonrpc":"2.0","id":1}`, want: "error"},
		"tool error":                 {old: `"resultType"`, new: `"isError":true,"resultType"`, want: "error"},
		"not complete":               {old: `complete`, new: `input_required`, want: "resultType"},
		"no text":                    {old: `"type":"text"`, new: `"type":"image"`, want: "no text"},
		"another value in text":      {old: `\"14\"`, new: `\"20\"`, want: "content: "},
		"another value in structure": {old: `{"result":"14","exact":true}}}`, new: `{"result":20}}}`, want: "structuredContent: "},
		"not JSON":                   {old: right, new: `<html>`, want: "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkAnswer([]byte(strings.Replace(right, tt.old, tt.new, 1)), 1, true)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error = %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestCheckAnswerAsksOlderRevisionsForNoResultType(t *testing.T) {
	old := strings.Replace(right, `"resultType":"complete",`, "", 1)
	if err := checkAnswer([]byte(old), 1, false); err != nil {
		t.Error(err)
	}
	if err := checkAnswer([]byte(old), 1, true); err == nil {
		t.Error("an answer without resultType passed for 2026-07-28")
	}
}

func TestBurstMakesExactlyItsCalls(t *testing.T) {
	var served atomic.Int64
	p := answering(t, func(w http.ResponseWriter, _ int64) {
		served.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(right))
	})
	took, err := burst(t.Context(), p, 100, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(took) != 100 || served.Load() != 100 {
		t.Errorf("%d times for %d calls, want 100", len(took), served.Load())
	}
	if took[0] <= 0 || took[0] > took[99] {
		t.Errorf("from %v to %v, want positive and ascending", took[0], took[99])
	}
}

func TestBurstLasts(t *testing.T) {
	p := answering(t, func(w http.ResponseWriter, _ int64) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(right))
	})
	const lasting = 50 * time.Millisecond
	begin := time.Now()
	took, err := burst(t.Context(), p, 1, lasting)
	if err != nil {
		t.Fatal(err)
	}
	if passed := time.Since(begin); passed < lasting || len(took) < inFlight {
		t.Errorf("%d calls in %v, want more than one round of them in at least %v", len(took), passed, lasting)
	}
}

func TestBurstFailsOnOneWrongAnswer(t *testing.T) {
	p := answering(t, func(w http.ResponseWriter, n int64) {
		w.Header().Set("Content-Type", "application/json")
		if n == 50 {
			w.Write([]byte(strings.ReplaceAll(right, "14", "15")))
			return
		}
		w.Write([]byte(right))
	})
	if _, err := burst(t.Context(), p, 100, 0); err == nil || !strings.Contains(err.Error(), "not 14") {
		t.Errorf("error = %v, want it to name the wrong value", err)
	}
}

// answering returns a process that is a handler of this test, which is told
// the number of each request.
func answering(t *testing.T, answer func(w http.ResponseWriter, n int64)) *process {
	t.Helper()
	var requests atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, requests.Add(1))
	}))
	t.Cleanup(web.Close)
	return &process{contestant: contestant{name: "test"}, Server: new(child.Server), call: newCall(web.URL, modern, ""), client: web.Client()}
}

package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

const (
	two     = `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"result\":\"2\"}"}]}}`
	refusal = `{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":"{\"error\":{\"code\":\"INVALID_INPUT\",` +
		`\"message\":\"too many digits; the limit is 9\",\"details\":{\"reason\":\"limit\"}}}"}]}}`
	late = `{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"type":"text","text":"{\"error\":{\"code\":\"TIMEOUT\",` +
		`\"message\":\"the calculation took too long\",\"details\":{\"reason\":\"timeout\"}}}"}]}}`
)

func TestCheckHostile(t *testing.T) {
	limit := hostileCall{Reasons: []string{"limit"}, Says: "limit is 9"}
	value := hostileCall{Shows: `"result":"2"`}
	for name, tt := range map[string]struct {
		c       hostileCall
		body    string
		crowded bool
		answer  string // "" for an error
	}{
		"a refusal":                     {limit, refusal, false, "refused: limit"},
		"another reason":                {hostileCall{Reasons: []string{"syntax"}}, refusal, false, ""},
		"another message":               {hostileCall{Reasons: []string{"limit"}, Says: "limit is 8"}, refusal, false, ""},
		"a value for a refusal":         {limit, two, false, ""},
		"a refusal that was unexpected": {value, refusal, false, ""},
		"a value":                       {value, two, false, "a result"},
		"another value":                 {value, strings.Replace(two, "2\\", "3\\", 1), false, ""},
		"arguments":                     {hostileCall{Says: "limit"}, strings.Replace(refusal, `\"reason\":\"limit\"`, "", 1), false, "refused: arguments"},
		"late":                          {value, late, false, ""},
		"late among others":             {value, late, true, "refused: timeout"},
		"a defect":                      {limit, strings.Replace(refusal, "INVALID_INPUT", "INTERNAL_ERROR", 1), false, ""},
		"no words":                      {limit, `{"result":{"isError":true,"content":[{"text":"{}"}]}}`, false, ""},
		"no content":                    {limit, `{"result":{}}`, false, ""},
		"no JSON":                       {limit, `<html>`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tt.c.check([]byte(tt.body), tt.crowded)
			if got != tt.answer || (err != nil) != (tt.answer == "") {
				t.Errorf("%q, error %v; want %q", got, err, tt.answer)
			}
		})
	}
}

// against returns a victim that is a handler of this test.
func against(t *testing.T, answer func(body string) string) *victim {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer(string(body)))
	}))
	t.Cleanup(web.Close)
	return &victim{Server: new(child.Server), url: web.URL, hostile: web.Client(), other: web.Client(),
		onePlus: toolcall.New(web.URL, toolcall.Modern, "", "calculate", `{"expression":"1+1"}`)}
}

func TestStrikeWhileOthersAsk(t *testing.T) {
	v := against(t, func(body string) string {
		if strings.Contains(body, "9^9^9") {
			return refusal
		}
		return two
	})
	c := hostileCall{Name: "9^9^9", Tool: "calculate", Arguments: []byte(`{"expression":"9^9^9"}`), Reasons: []string{"limit"}}
	var took float64
	var answer string
	asked, slowest, err := v.during(t.Context(), func(ctx context.Context) (err error) {
		took, answer, err = v.strike(ctx, c)
		return err
	})
	if err != nil || asked < 1 || slowest <= 0 || took <= 0 || answer != "refused: limit" {
		t.Errorf("%d calls, slowest %v ms, hostile %v ms, %q, error %v", asked, slowest, took, answer, err)
	}
	r := floodResult{Together: together}
	if err := r.send(t.Context(), v, []hostileCall{c, c, c}); err != nil || r.Took <= 0 || r.Name != c.Name {
		t.Errorf("flood %+v, error %v", r, err)
	}
	c.Reasons = []string{"syntax"}
	if err := r.send(t.Context(), v, []hostileCall{c}); err == nil {
		t.Error("a wrong answer passed in a flood")
	}
}

func TestAWrongSumEndsTheStrike(t *testing.T) {
	v := against(t, func(string) string { return refusal })
	_, _, err := v.during(t.Context(), func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "1+1") {
		t.Errorf("error = %v, want the wrong sum", err)
	}
	broken := errors.New("broken")
	v = against(t, func(string) string { return two })
	if _, _, err := v.during(t.Context(), func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error = %v, want %v", err, broken)
	}
}

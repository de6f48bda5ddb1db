package api

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

type answered func(*http.Request) (*http.Response, error)

func (f answered) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// body tells when it is closed.
type body struct {
	io.Reader
	closed atomic.Bool
}

func (b *body) Close() error { b.closed.Store(true); return nil }

// decoded calls a function while an answer is decoded.
type decoded func()

func (d decoded) UnmarshalJSON([]byte) error { d(); return nil }

// A long answer has its room, of which there is little, until it is decoded.
func TestRoomIsKeptUntilDecoded(t *testing.T) {
	b := &body{Reader: strings.NewReader(`{"ok":true,"channel":{}}`)}
	c := New(Config{Base: &url.URL{Scheme: "https", Host: "slack.test", Path: "/api/"}, HTTP: &http.Client{Transport: answered(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: b}, nil
	})}}).With("xoxb-1")
	times := 0
	got := struct {
		envelope
		Channel decoded `json:"channel"`
	}{Channel: func() {
		if times++; b.closed.Load() {
			t.Error("the room was given back before")
		}
	}}
	if _, err := c.call(t.Context(), "conversations.info", nil, &got); err != nil || times != 1 || !b.closed.Load() {
		t.Errorf("decoded %d times, closed at last: %t, %v", times, b.closed.Load(), err)
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/model"
)

const (
	talkID = "C0000000T1"
	pageOf = 50
	// talked is how many messages the channel has, besides those in threads.
	talked = 80
	// warm is how many more pages one process reads, after as many that do not count.
	warm = 100
)

var pageArgs = fmt.Sprintf(`{"channel":%q,"limit":%d}`, talkID, pageOf)

// page is what one page of messages takes: the bytes and tokens of the API's JSON,
// those of what a model sees of our answer, and the bytes of all of it.
type page struct {
	Raw, RawTokens, Text, Tokens, Answer int

	// Millis are those of each page of a warm process, CPU the milliseconds of its
	// processor for each of them.
	Millis []float64
	CPU    float64
}

func (p page) share() float64     { return float64(p.Answer) / float64(p.Raw) }
func (p page) seenShare() float64 { return float64(p.Text) / float64(p.Raw) }

// readPage reads a page of messages as a model does, beside Slack's own answer.
func (b *bench) readPage(ctx context.Context) (p page, err error) {
	raw, err := b.history(ctx)
	if err != nil {
		return p, err
	}
	p.Raw = len(raw)
	if p.RawTokens, err = b.codec.Count(string(raw)); err != nil {
		return p, err
	}
	return p, b.within(ctx, b.service(), func(s *mcp.ClientSession, pid int) error {
		res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "get_channel_history", Arguments: json.RawMessage(pageArgs)})
		if err != nil {
			return err
		}
		whole, err := model.Compact(res)
		if err != nil {
			return err
		}
		text := textOf(res)
		if err := samePage(raw, text); err != nil {
			return err
		}
		p.Answer, p.Text = len(whole), len(text)
		if p.Tokens, err = b.codec.Count(text); err != nil {
			return err
		}
		for range warm {
			if _, err := call(ctx, s, "get_channel_history", pageArgs, `"ts"`); err != nil {
				return err
			}
		}
		before, err := host.CPUTime(pid)
		if err != nil {
			return err
		}
		for range warm {
			start := time.Now()
			if _, err := call(ctx, s, "get_channel_history", pageArgs, `"ts"`); err != nil {
				return err
			}
			p.Millis = append(p.Millis, millis(start))
		}
		after, err := host.CPUTime(pid)
		p.CPU = float64(after-before) / float64(time.Millisecond) / warm
		return err
	})
}

// history is what Slack answers when it is asked for the page.
func (b *bench) history(ctx context.Context) ([]byte, error) {
	form := url.Values{"channel": {talkID}, "limit": {fmt.Sprint(pageOf)}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"conversations.history", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 16<<20))
}

// samePage returns an error unless an answer has every message of Slack's page.
func samePage(raw []byte, text string) error {
	var slack, ours struct {
		Messages []struct {
			TS        string          `json:"ts"`
			Text      string          `json:"text"`
			Replies   int             `json:"reply_count"`
			Reactions json.RawMessage `json:"reactions"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(raw, &slack); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &ours); err != nil {
		return fmt.Errorf("%w: %.300s", err, text)
	}
	if len(slack.Messages) != pageOf || len(ours.Messages) != pageOf {
		return fmt.Errorf("%d messages of %d: %.300s", len(ours.Messages), len(slack.Messages), text)
	}
	of := make(map[string]int)
	for i, m := range ours.Messages {
		of[m.TS] = i
	}
	for _, m := range slack.Messages {
		i, ok := of[m.TS]
		if !ok {
			return fmt.Errorf("the message %s is lost", m.TS)
		}
		if got := ours.Messages[i]; got.Text == "" || got.Replies != m.Replies || (got.Reactions == nil) != (m.Reactions == nil) {
			return fmt.Errorf("the message %s is %+v, want %+v", m.TS, got, m)
		}
	}
	return nil
}

package slacktest

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

const historyArgs = "channel cursor include_all_metadata inclusive latest limit oldest"

var historyMethods = map[string]method{
	"conversations.history": {args: historyArgs, answer: (*call).history},
	"conversations.replies": {args: historyArgs + " ts", answer: (*call).threadReplies},
}

// readable is channel for reading its messages: an app has to be a member, a
// person sees public channels.
func (c *call) readable() (*channel, error) {
	ch, err := c.channel(":history")
	if err == nil && c.token.Bot != "" && !ch.has(c.token.User) {
		return nil, refuse("not_in_channel")
	}
	return ch, err
}

// pageSize is the limit of a page of messages.
func (c *call) pageSize(standard, most int) (int, error) {
	if c.capped {
		return c.number("limit", 15, 15)
	}
	return c.number("limit", standard, most)
}

// numeric is what bounds a page: a timestamp, or seconds without or with some
// decimals.
var numeric = regexp.MustCompile(`^\d{1,10}(\.\d{1,6})?$`)

// bound reads oldest or latest.
func (c *call) bound(name string) (string, error) {
	v := c.Get(name)
	if v == "" || v == "now" && name == "latest" || v == "0" {
		return "", nil
	}
	if !numeric.MatchString(v) {
		return "", refuse("invalid_ts_" + name)
	}
	whole, part, _ := strings.Cut(v, ".")
	return leftPad(whole, 10) + "." + part + strings.Repeat("0", 6-len(part)), nil
}

// within keeps the messages between oldest and latest.
func (c *call) within(all []*message) ([]*message, error) {
	oldest, err := c.bound("oldest")
	if err != nil {
		return nil, err
	}
	latest, err := c.bound("latest")
	if err != nil {
		return nil, err
	}
	inclusive := c.flag("inclusive")
	kept := slices.DeleteFunc(slices.Clone(all), func(m *message) bool {
		switch {
		case inclusive && (m.TS == oldest || m.TS == latest):
			return false
		case oldest != "" && m.TS <= oldest:
			return true
		}
		return latest != "" && m.TS >= latest
	})
	return kept, nil
}

// after reads a cursor: the timestamp that the next page begins with.
func (c *call) after(kind string) (string, error) {
	cursor := c.Get("cursor")
	if cursor == "" {
		return "", nil
	}
	text, err := base64.StdEncoding.DecodeString(cursor)
	digits, ok := strings.CutPrefix(string(text), kind)
	if err != nil || !ok || len(digits) < 7 {
		return "", refuse("invalid_cursor")
	}
	return digits[:len(digits)-6] + "." + digits[len(digits)-6:], nil
}

func messageCursor(kind string, m *message) string {
	return base64.StdEncoding.EncodeToString([]byte(kind + strings.ReplaceAll(m.TS, ".", "")))
}

func (c *call) history() (object, error) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	limit, err := c.pageSize(100, 999)
	if err != nil {
		return nil, err
	}
	from, err := c.after("next_ts:")
	if err != nil {
		return nil, err
	}
	kept, err := c.within(ch.messages)
	if err != nil {
		return nil, err
	}
	page, cursor := []any{}, ""
	for _, m := range slices.Backward(kept) {
		if m.hidden() || from != "" && m.TS > from {
			continue
		}
		if len(page) == limit {
			cursor = messageCursor("next_ts:", m)
			break
		}
		page = append(page, c.messageObject(ch, m))
	}
	out := object{
		"messages": page, "has_more": cursor != "", "is_limited": false, "pin_count": len(ch.pins),
		"channel_actions_ts": nil, "channel_actions_count": 0,
	}
	if v := c.Get("latest"); v != "" {
		out["latest"] = v
	}
	if v := c.Get("oldest"); v != "" {
		out["oldest"] = v
	}
	if cursor != "" {
		out["response_metadata"] = next(cursor)
	}
	return out, nil
}

func (c *call) threadReplies() (object, error) {
	ch, err := c.readable()
	if err != nil {
		return nil, err
	}
	ts, err := c.required("ts")
	if err != nil {
		return nil, err
	}
	parent := ch.message(ts)
	if parent == nil {
		return nil, refuse("thread_not_found")
	}
	if parent.ThreadTS != "" { // a reply is shown by itself
		return object{"messages": []any{c.messageObject(ch, parent)}, "has_more": false}, nil
	}
	limit, err := c.pageSize(1000, 1000)
	if err != nil {
		return nil, err
	}
	from, err := c.after("next_ts:")
	if err != nil {
		return nil, err
	}
	kept, err := c.within(parent.replies)
	if err != nil {
		return nil, err
	}
	page, cursor := []any{c.messageObject(ch, parent)}, ""
	for _, m := range kept {
		if from != "" && m.TS < from {
			continue
		}
		if len(page) >= max(limit, 2) { // the first message of the thread is on every page
			cursor = messageCursor("next_ts:", m)
			break
		}
		page = append(page, c.messageObject(ch, m))
	}
	out := object{"messages": page, "has_more": cursor != ""}
	if cursor != "" {
		out["response_metadata"] = next(cursor)
	}
	return out, nil
}

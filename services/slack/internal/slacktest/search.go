package slacktest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

var searchMethods = map[string]method{
	"search.messages": {args: "query count cursor highlight page sort sort_dir team_id", answer: (*call).searchMessages},
	"assistant.search.context": {
		args: "query action_token after before channel_types content_types context_channel_id cursor disable_semantic_search highlight include_archived_channels " +
			"include_bots include_context_messages include_deleted_users include_message_blocks limit modifiers sort sort_dir term_clauses",
		answer: (*call).searchContext,
	},
}

// hit is a message that was found.
type hit struct {
	ch *channel
	m  *message
}

// term is one condition of a query.
type term func(c *call, h hit) bool

// query reads a search in Slack's language.
func (c *call) query(text string) []term {
	var terms []term
	for _, word := range words(text) {
		negative := strings.HasPrefix(word, "-")
		t := c.term(strings.TrimPrefix(word, "-"))
		if negative {
			positive := t
			t = func(c *call, h hit) bool { return !positive(c, h) }
		}
		terms = append(terms, t)
	}
	return terms
}

func (c *call) term(word string) term {
	name, value, ok := strings.Cut(word, ":")
	value = strings.Trim(value, `"`)
	if ok && value != "" {
		switch name {
		case "in":
			return inside(strings.TrimLeft(value, "#@"))
		case "from":
			return from(strings.TrimPrefix(value, "@"))
		case "has":
			return having(value)
		case "is":
			return func(_ *call, h hit) bool { return value == "thread" && (h.m.ThreadTS != "" || len(h.m.replies) != 0) }
		case "after", "before", "on", "during":
			return dated(name, value)
		}
	}
	want := strings.ToLower(strings.Trim(word, `"`))
	if prefix, ok := strings.CutSuffix(want, "*"); ok && len(prefix) >= 3 {
		return func(_ *call, h hit) bool { return strings.Contains(strings.ToLower(h.m.Text), prefix) }
	}
	return func(_ *call, h hit) bool { return strings.Contains(strings.ToLower(h.m.Text), want) }
}

// inside matches a channel by name or id, and direct messages by whom with.
func inside(value string) term {
	id := strings.Trim(value, "<>#@")
	id, _, _ = strings.Cut(id, "|")
	return func(c *call, h hit) bool {
		if h.ch.ID == id || h.ch.Name == value {
			return true
		}
		u, _ := c.person(h.ch.other(c.token.User))
		return h.ch.Direct && u != nil && (u.Name == value || u.ID == id)
	}
}

func from(value string) term {
	id := strings.Trim(value, "<>@")
	return func(c *call, h hit) bool {
		if value == "me" {
			return h.m.User == c.token.User
		}
		u, ok := c.person(h.m.User)
		return h.m.User == id || ok && (u.Name == value || strings.EqualFold(u.DisplayName, value))
	}
}

func having(value string) term {
	return func(_ *call, h hit) bool {
		switch {
		case value == "link":
			return strings.Contains(h.m.Text, "http://") || strings.Contains(h.m.Text, "https://")
		case value == "file":
			return len(h.m.Files) != 0
		case value == "reaction":
			return len(h.m.Reactions) != 0
		case value == "pin":
			return slices.ContainsFunc(h.ch.pins, func(p pin) bool { return p.message == h.m })
		}
		return slices.ContainsFunc(h.m.Reactions, func(r Reaction) bool { return ":"+r.Name+":" == value })
	}
}

// dated matches days, of which the bound itself is left out.
func dated(name, value string) term {
	layout := map[int]string{4: "2006", 7: "2006-01", 10: "2006-01-02"}[len(value)]
	day, err := time.Parse(layout, value)
	return func(_ *call, h hit) bool {
		at := h.m.when().UTC()
		end := day.AddDate(0, 0, 1)
		switch len(value) {
		case 4:
			end = day.AddDate(1, 0, 0)
		case 7:
			end = day.AddDate(0, 1, 0)
		}
		switch {
		case err != nil || layout == "":
			return false
		case name == "after":
			return !at.Before(end)
		case name == "before":
			return at.Before(day)
		}
		return !at.Before(day) && at.Before(end)
	}
}

// words splits a query; what is quoted stays together.
func words(text string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ' ' && !quoted:
			if b.Len() != 0 {
				out = append(out, b.String())
			}
			b.Reset()
			continue
		}
		b.WriteRune(r)
	}
	if b.Len() != 0 {
		out = append(out, b.String())
	}
	return out
}

// hits returns the messages that the caller sees and the terms match, the newest
// first unless that is turned.
func (c *call) hits(terms []term, keep func(*channel) bool, oldestFirst bool) []hit {
	var found []hit
	for _, ch := range c.channels {
		if !c.visible(ch) || !keep(ch) {
			continue
		}
	messages:
		for _, m := range ch.messages {
			if m.tombstone || m.Subtype != "" {
				continue
			}
			for _, t := range terms {
				if !t(c, hit{ch, m}) {
					continue messages
				}
			}
			found = append(found, hit{ch, m})
		}
	}
	slices.SortFunc(found, func(a, b hit) int {
		if n := strings.Compare(b.m.TS, a.m.TS); n != 0 {
			return n
		}
		return strings.Compare(a.ch.ID, b.ch.ID)
	})
	if oldestFirst {
		slices.Reverse(found)
	}
	return found
}

func (c *call) searchMessages() (object, error) {
	if c.token.Bot != "" {
		return nil, refuse("not_allowed_token_type")
	}
	if err := c.need("search:read"); err != nil {
		return nil, err
	}
	if err := c.inTeam(); err != nil {
		return nil, err
	}
	query := strings.TrimSpace(c.Get("query"))
	if query == "" {
		return nil, refuse("no_query")
	}
	count, err := c.number("count", 20, 100)
	if err != nil {
		return nil, err
	}
	page, err := c.number("page", 1, 100)
	if err != nil {
		return nil, err
	}
	marked := c.Get("cursor") != ""
	if cursor := c.Get("cursor"); marked && cursor != "*" {
		text, err := base64.StdEncoding.DecodeString(cursor)
		digits, ok := strings.CutPrefix(string(text), "page:")
		if page, _ = strconv.Atoi(digits); err != nil || !ok || page < 1 {
			return nil, refuse("invalid_cursor")
		}
	}
	switch {
	case !slices.Contains([]string{"", "score", "timestamp"}, c.Get("sort")):
		return nil, refuse("invalid_sort")
	case !slices.Contains([]string{"", "asc", "desc"}, c.Get("sort_dir")):
		return nil, refuse("invalid_sort_dir")
	}
	found := c.hits(c.query(query), func(*channel) bool { return true }, c.Get("sort_dir") == "asc")
	pages := (len(found) + count - 1) / count
	first := min((page-1)*count, len(found))
	last := min(first+count, len(found))
	matches := []any{}
	for i, h := range found[first:last] {
		matches = append(matches, c.match(h, len(found)-first-i))
	}
	paging := object{"count": count, "total": len(found), "page": page, "pages": pages}
	if marked {
		cursor := ""
		if page < pages {
			cursor = base64.StdEncoding.EncodeToString([]byte("page:" + strconv.Itoa(page+1)))
		}
		paging["next_cursor"] = cursor
	}
	out := object{"query": query, "messages": object{
		"total": len(found), "matches": matches, "paging": paging,
		"pagination": object{"total_count": len(found), "page": page, "per_page": count, "page_count": pages, "first": first + 1, "last": last},
	}}
	if marked {
		out["response_metadata"] = next(paging["next_cursor"].(string))
	}
	return out, nil
}

// match is a find as search.messages writes it: neither thread nor reactions.
func (c *call) match(h hit, score int) object {
	name := h.ch.Name
	if h.ch.Direct {
		name = h.ch.other(c.token.User)
	}
	full := c.messageObject(h.ch, h.m)
	m := object{
		"iid": uuid(h.ch.ID + h.m.TS), "team": TeamID, "score": score, "type": "message", "user": h.m.User, "username": h.m.Username, "ts": h.m.TS, "text": h.m.Text,
		"permalink": permalink(h.ch.ID, h.m), "no_reactions": len(h.m.Reactions) == 0,
		"channel": object{
			"id": h.ch.ID, "name": name, "is_channel": !h.ch.Direct && !h.ch.Group, "is_group": false, "is_im": h.ch.Direct, "is_mpim": h.ch.Group,
			"is_private": h.ch.Private || h.ch.Direct, "is_shared": h.ch.External, "is_org_shared": false, "is_ext_shared": h.ch.External,
			"is_pending_ext_shared": h.ch.Pending, "pending_shared": []string{},
		},
	}
	if h.ch.Direct {
		m["type"] = "im"
		m["channel"].(object)["user"] = name
	}
	if u, ok := c.person(h.m.User); ok && h.m.Username == "" {
		m["username"] = u.Name
	}
	for _, k := range []string{"blocks", "attachments", "files"} {
		if v, ok := full[k]; ok {
			m[k] = v
		}
	}
	return m
}

// searchScopes are those of assistant.search.context, by kind of channel.
var searchScopes = map[string]string{"public_channel": "search:read.public", "private_channel": "search:read.private", "mpim": "search:read.mpim", "im": "search:read.im"}

func (c *call) searchContext() (object, error) {
	query, err := c.required("query")
	if err != nil {
		return nil, err
	}
	types := strings.Split(c.Get("channel_types"), ",")
	if c.Get("channel_types") == "" {
		types = []string{"public_channel"}
	}
	for _, t := range types {
		scope, ok := searchScopes[strings.TrimSpace(t)]
		if !ok {
			return nil, refuse("invalid_arguments", "[ERROR] no such channel type: "+t)
		}
		if err := c.need(scope); err != nil {
			return nil, err
		}
	}
	if c.token.Bot != "" && c.Get("action_token") == "" {
		return nil, refuse("missing_argument", "[ERROR] missing required field: action_token")
	}
	for _, content := range strings.Split(c.Get("content_types"), ",") {
		if !slices.Contains([]string{"", "messages", "files", "channels", "users"}, strings.TrimSpace(content)) {
			return nil, refuse("invalid_arguments", "[ERROR] no such content type: "+content)
		}
	}
	limit, err := c.number("limit", 20, 20)
	if err != nil {
		return nil, err
	}
	at, err := c.offset("search:")
	if err != nil {
		return nil, err
	}
	terms := c.query(query + " " + c.Get("modifiers"))
	for name, late := range map[string]bool{"before": false, "after": true} {
		if n, err := strconv.ParseInt(c.Get(name), 10, 64); err == nil {
			terms = append(terms, func(_ *call, h hit) bool { return late == (h.m.when().Unix() > n) })
		}
	}
	if !c.flag("include_bots") {
		terms = append(terms, func(c *call, h hit) bool { u, ok := c.person(h.m.User); return !ok || u.Bot == "" })
	}
	found := c.hits(terms, func(ch *channel) bool {
		return slices.Contains(types, ch.kind()) && (!ch.Archived || c.flag("include_archived_channels"))
	}, c.Get("sort_dir") == "asc")
	messages, cursor := []any{}, ""
	for i := at; i < len(found); i++ {
		if len(messages) == limit {
			cursor = cursorOf("search:", i)
			break
		}
		m := c.contextOf(found[i])
		if c.flag("include_context_messages") {
			m["context_messages"] = c.around(found[i])
		}
		messages = append(messages, m)
	}
	return object{"results": object{"messages": messages}, "response_metadata": next(cursor)}, nil
}

// around are the messages next to one.
func (c *call) around(h hit) object {
	i := slices.Index(h.ch.messages, h.m)
	before, after := []any{}, []any{}
	for _, m := range h.ch.messages[max(0, i-2):i] {
		before = append(before, c.contextOf(hit{h.ch, m}))
	}
	for _, m := range h.ch.messages[i+1 : min(len(h.ch.messages), i+3)] {
		after = append(after, c.contextOf(hit{h.ch, m}))
	}
	return object{"before": before, "after": after}
}

func (c *call) contextOf(h hit) object {
	u, ok := c.person(h.m.User)
	m := object{
		"author_user_id": h.m.User, "author_name": "", "team_id": TeamID, "channel_id": h.ch.ID, "channel_name": h.ch.Name, "message_ts": h.m.TS,
		"content": h.m.Text, "is_author_bot": ok && u.Bot != "", "permalink": permalink(h.ch.ID, h.m),
	}
	if ok {
		m["author_name"] = u.real()
	}
	if h.m.ThreadTS != "" {
		m["thread_ts"] = h.m.ThreadTS
	}
	if c.flag("include_message_blocks") {
		m["blocks"] = h.m.blocks
	}
	return m
}

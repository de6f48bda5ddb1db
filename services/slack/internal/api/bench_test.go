package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// page is an answer with n messages, as people and apps write them.
func page(n int) string {
	var b strings.Builder
	b.WriteString(`{"ok":true,"messages":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"message","user":"U%09d","ts":"%d.000200","client_msg_id":"0b1c2d3e-0000-4000-8000-%012d","team":"T000000001","text":"The deploy of service %d is done, see <https://example.com/%d|the log>.",
			"blocks":[{"type":"rich_text","block_id":"b%d","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"The deploy of service %d is done, see "},{"type":"link","url":"https://example.com/%d","text":"the log"},{"type":"text","text":"."}]}]}],
			"reactions":[{"name":"eyes","users":["U000000001","U000000002"],"count":2}],"thread_ts":"%d.000200","reply_count":2,"reply_users_count":1,"latest_reply":"%d.000300","is_locked":false,"subscribed":false}`, i, 1700000000-i, i, i, i, i, i, i, 1700000000-i, 1700000000-i)
	}
	b.WriteString(`],"has_more":true,"response_metadata":{"next_cursor":"n"}}`)
	return b.String()
}

func BenchmarkHistory(b *testing.B) {
	s := serve(b, 0, says(page(200)))
	b.Run("library", func(b *testing.B) {
		lib := s.library()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := lib.GetConversationHistoryContext(b.Context(), &slack.GetConversationHistoryParameters{ChannelID: channel, Limit: 200}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("api", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			c := s.api.WithTeam(fmt.Sprint("xoxb-", n), fmt.Sprint("T", n)) // a limit of its own
			if _, err := c.History(b.Context(), api.HistoryQuery{Channel: channel, Limit: 200}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

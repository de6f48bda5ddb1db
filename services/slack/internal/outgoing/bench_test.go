package outgoing_test

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/outgoing"
)

// BenchmarkCompose is of the worst that one text can be: all of it has to be
// unescaped again and again.
func BenchmarkCompose(b *testing.B) {
	for name, text := range map[string]string{
		"words":   strings.Repeat("Deployed *api* to production, see <https://x.example|log>. ", 60),
		"escapes": strings.Repeat("&amp;#38;lt;\u200b\\@ ", 2000),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := outgoing.Compose(outgoing.Draft{Text: text, Format: outgoing.Mrkdwn}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package slack

import (
	"testing"
	"time"
)

// What has been written is told of at once, without its permalink if Slack does not
// say whose the workspace is.
func TestWritesDoNotWaitForPermalinks(t *testing.T) {
	const written = `{"ok":true,"channel":"C000000001","ts":"1503435956.000247"}`
	for name, write := range map[string]func(*testing.T, *Service) (ts, link string, err error){
		"send_message": func(t *testing.T, s *Service) (string, string, error) {
			out, err := s.sendMessage(t.Context(), sendMessageInput{Channel: "C000000001", composed: composed{Text: "hi", Format: "plain"}})
			return out.TS, out.Permalink, err
		},
		"update_message": func(t *testing.T, s *Service) (string, string, error) {
			out, err := s.updateMessage(t.Context(), updateMessageInput{Channel: "C000000001", TS: "1503435956.000247", Text: "hi", Format: "plain"})
			return out.TS, out.Permalink, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			watching(t, Config{}, func(t *testing.T, s *Service, h *hub) {
				h.set("chat.postMessage", written)
				h.set("chat.update", written)
				h.silent = map[string]bool{"auth.test": true}
				begun := time.Now()
				ts, link, err := write(t, s)
				if err != nil || ts != "1503435956.000247" || link != "" {
					t.Errorf("%s, %s, %v", ts, link, err)
				}
				if took := time.Since(begun); took > linkWait {
					t.Errorf("it was told of after %v", took)
				}
			})
		})
	}
}

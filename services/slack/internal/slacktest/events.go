package slacktest

// Event is something that happened in a channel, of those that Slack tells apps.
type Event struct {
	// Type is "message", "message_changed", "message_deleted", "reaction_added" or
	// "reaction_removed".
	Type    string
	Channel string
	TS      string
	// ThreadTS is the first message of the thread, "" outside of threads.
	ThreadTS string
	User     string
	Text     string
}

// Watch has f told of what happens, while the workspace is locked: f must not
// call it.
func (s *Server) Watch(f func(Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, f)
}

func (s *Server) tell(ch *channel, m *message, what string) {
	for _, f := range s.events {
		f(Event{Type: what, Channel: ch.ID, TS: m.TS, ThreadTS: m.ThreadTS, User: m.User, Text: m.Text})
	}
}

package slacktest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// said is what people write to each other.
var said = []string{
	"Morning all, the deploy of api 1.42.0 is out, latency is back to what it was on Friday.",
	"Can somebody look at the failing job? It only fails on arm64, the logs are in the thread.",
	"I think we should move the migration to Thursday: support has the big customer on Wednesday and nobody wants a lock on orders then.",
	"done :white_check_mark:",
	"Notes of the incident review are in the doc. Three things to do: alert on queue depth, document the failover, and test restoring from the replica.",
	"thanks!",
	"Looks good to me. One question: why does the retry wait 30 seconds and not use what the header says?",
	"ok, will do after lunch",
}

// talk adds the channel #talk with n messages of six of the crowd and an app: with
// threads, reactions, pictures, previews of links and changes.
func talk(s *slacktest.Server, n int) {
	people := make([]string, 6)
	for i := range people {
		people[i] = slacktest.CrowdUser(i + 1)
	}
	channel := s.AddChannel(slacktest.Channel{ID: "C0000000T1", Name: "talk", Creator: slacktest.Mona, Members: append([]string{slacktest.Mona, slacktest.Octobot}, people...)})
	start := time.Now().Add(-24 * time.Hour)
	for i := range n {
		m := slacktest.Message{User: people[i%len(people)], Text: said[i%len(said)], At: start.Add(time.Duration(i) * time.Minute), Edited: i%12 == 5}
		if i%2 == 0 {
			m.Reactions = []slacktest.Reaction{{Name: "eyes", Users: people[:2]}, {Name: "white_check_mark", Users: people[2:5]}}
		}
		switch {
		case i%10 == 4:
			m.Files = []string{s.AddFile(slacktest.File{ID: fmt.Sprintf("F0TALK%04d", i), Name: "dashboard.png", Mimetype: "image/png", Content: []byte("not a picture"), Thumbnails: true})}
		case i%10 == 7:
			m.Attachments = preview(i)
		case i%9 == 8:
			m.User, m.Text = slacktest.Octobot, "api 1.42.0 → production, 14 changes <https://ci.example.com/runs/1234|run 1234> · 3m 12s"
		}
		ts := s.Post(channel, m)
		for j := 0; i%3 == 0 && j < 3+i%5; j++ {
			s.Post(channel, slacktest.Message{User: people[(i+j+1)%len(people)], Text: said[j], ThreadTS: ts, At: m.At.Add(time.Duration(j+1) * time.Second)})
		}
	}
}

// preview is what Slack attaches for a link.
func preview(i int) string {
	to := fmt.Sprintf("https://wiki.example.com/pages/%d", i)
	b, err := json.Marshal([]map[string]any{{
		"id": 1, "from_url": to, "original_url": to, "fallback": "Wiki: How we restore from the replica", "title": "How we restore from the replica", "title_link": to,
		"text": "Stop the writers, promote the replica, check the sequence numbers, and start again.", "service_name": "Wiki", "service_icon": strings.TrimSuffix(to, fmt.Sprint(i)) + "favicon.ico",
	}})
	if err != nil {
		panic(err) // of strings alone
	}
	return string(b)
}

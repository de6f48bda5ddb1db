package demo

import (
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// people of the workspace beside mona and octobot.
const (
	ada    = "U0000DEM01"
	linus  = "U0000DEM02"
	grace  = "U0000DEM03"
	pascal = "U0000DEM04"
)

// Channels beside #general and #random.
const (
	deploys = "C0000DEM01"
	support = "C0000DEM02"
	launch  = "C0000DEM03"
	leads   = "C0000DEM04"
)

// story writes what was said in one channel, each message some minutes after the
// one before.
type story struct {
	w       *slacktest.Server
	channel string
	at      time.Time
}

// say posts and returns the message's timestamp.
func (s *story) say(minutes int, m slacktest.Message) string {
	s.at = s.at.Add(time.Duration(minutes) * time.Minute)
	m.At = s.at
	return s.w.Post(s.channel, m)
}

func by(user, text string, reactions ...slacktest.Reaction) slacktest.Message {
	return slacktest.Message{User: user, Text: text, Reactions: reactions}
}

func in(thread string, m slacktest.Message) slacktest.Message {
	m.ThreadTS = thread
	return m
}

func mood(emoji string, who ...string) slacktest.Reaction {
	return slacktest.Reaction{Name: emoji, Users: who}
}

// fill gives a new workspace the week of a small team that runs a shop, which
// ends at now.
func fill(w *slacktest.Server, now time.Time) {
	for _, u := range []slacktest.User{
		{ID: ada, Name: "ada", RealName: "Ada Byron", Title: "Backend", Email: "ada@octo.example", TZ: "Europe/London"},
		{ID: linus, Name: "linus", RealName: "Linus Benedict", Title: "Operations", Email: "linus@octo.example", TZ: "Europe/Helsinki"},
		{ID: grace, Name: "grace", RealName: "Grace Murray", Title: "Support", Email: "grace@octo.example", TZ: "America/New_York"},
		{ID: pascal, Name: "pascal", RealName: "Blaise Pascal", Title: "Design", Email: "pascal@octo.example", TZ: "Europe/Paris"},
	} {
		w.AddUser(u)
	}
	all := []string{slacktest.Mona, slacktest.Octobot, ada, linus, grace, pascal}
	for _, c := range []slacktest.Channel{
		{ID: deploys, Name: "deploys", Topic: "What goes out, and what comes back", Purpose: "Releases of the shop", Members: all},
		{ID: support, Name: "support", Topic: "Customers first", Purpose: "What customers ask", Members: []string{slacktest.Mona, slacktest.Octobot, ada, grace}},
		{ID: launch, Name: "launch-winter", Purpose: "The winter catalogue, due on the 1st", Members: all},
		{ID: leads, Name: "leads", Private: true, Purpose: "Plans that are not plans yet", Members: []string{slacktest.Mona, ada}},
	} {
		c.Creator, c.Created = slacktest.Mona, now.AddDate(0, -6, 0).Unix()
		w.AddChannel(c)
	}
	w.AddUserGroup(slacktest.UserGroup{ID: "S0000DEM01", Handle: "oncall", Name: "On call", Description: "Who wakes up", Members: []string{ada, linus}})
	w.AddEmoji("shipit", "https://emoji.example/shipit.png")
	outage(w, now)
	questions(w, now)
	plans(w, now)
	talk(w, now)
}

// outage is a release that was rolled back yesterday.
func outage(w *slacktest.Server, now time.Time) {
	s := story{w, deploys, now.Add(-26 * time.Hour)}
	log := w.AddFile(slacktest.File{ID: "F0000DEM01", User: linus, Name: "checkout-errors.log", Content: []byte("" +
		"09:41:07 checkout 500 POST /pay order=4711 error=\"price is null\"\n" +
		"09:41:09 checkout 500 POST /pay order=4712 error=\"price is null\"\n" +
		"09:41:15 checkout 200 POST /pay order=4713\n" +
		"09:41:22 checkout 500 POST /pay order=4714 error=\"price is null\"\n")})
	s.say(0, by(slacktest.Octobot, "*1.42.0* is going out: <https://git.example/octo/shop/releases/v1.42.0|release notes>", mood("rocket", ada, linus)))
	problem := s.say(14, by(linus, "Errors of the checkout are at *4 %* since 1.42.0, from 0.1 % before. <!subteam^S0000DEM01> are we rolling back?", mood("eyes", ada, slacktest.Mona)))
	s.say(2, in(problem, slacktest.Message{User: linus, Text: "These are the last of them", Files: []string{log}}))
	s.say(3, in(problem, by(ada, "`price is null` for articles of the winter catalogue: they have no price before the 1st. My change in `prices.py` does not look at the date.")))
	s.say(4, in(problem, by(slacktest.Mona, "Then please roll back now and mend it in daylight.", mood("+1", ada, linus))))
	s.say(6, in(problem, by(slacktest.Octobot, "*1.41.9* is back. Errors of the checkout: 0.1 %.", mood("tada", slacktest.Mona, grace))))
	s.say(55, in(problem, by(ada, "What happened, and what we change:\n• articles without a price are not for sale (fixed in #8)\n• the checkout has a test for them\n• a release stops by itself above 1 % of errors — <@"+linus+">, can you take that until Friday?")))
	s.say(5, in(problem, by(linus, "Yes, until Friday.", mood("white_check_mark", ada))))
	w.Pin(deploys, problem, slacktest.Mona)
	s.say(900, by(slacktest.Octobot, "*1.42.1* is out. Errors of the checkout: 0.1 %.", mood("shipit", ada, linus, grace)))
}

// questions are those of customers.
func questions(w *slacktest.Server, now time.Time) {
	s := story{w, support, now.Add(-25 * time.Hour)}
	first := s.say(0, by(grace, "Three customers write that they could not pay this morning (orders 4711, 4712, 4714). What do I answer?"))
	s.say(7, in(first, by(slacktest.Mona, "It was us, it is mended, they can try again; and shipping is free for them.", mood("heart", grace))))
	s.say(12, in(first, by(grace, "Sent. Two of them have paid already.", mood("tada", slacktest.Mona, ada))))
	s.say(400, by(grace, "Is there a way to see an order's history without asking the database? I have <mailto:customer@shop.example|somebody> who swears to have ordered in blue."))
	s.say(680, by(grace, "Weekly numbers: 212 questions, 96 % answered on the same day. Most asked: where is my parcel (71)."))
}

// plans are about what is to come.
func plans(w *slacktest.Server, now time.Time) {
	s := story{w, launch, now.AddDate(0, 0, -4)}
	plan := w.AddCanvas("Winter catalogue", "# Winter catalogue\n\n| what | who | until |\n|---|---|---|\n| prices | Ada | the 28th |\n| pictures | Pascal | the 29th |\n| answers for support | Grace | the 30th |\n\n- [x] list of articles\n- [ ] prices\n- [ ] pictures\n")
	s.say(0, slacktest.Message{User: slacktest.Mona, Text: "The plan for the winter catalogue. We go live on the 1st at 9.", Files: []string{plan}, Reactions: []slacktest.Reaction{mood("snowflake", ada, pascal, grace)}})
	pictures := s.say(90, by(pascal, "Pictures: photographs like last year, or drawings?"))
	s.say(11, in(pictures, by(ada, "Drawings! They load faster too.", mood("heart", pascal))))
	s.say(15, in(pictures, by(slacktest.Mona, "Decided: drawings.", mood("white_check_mark", pascal))))
	s.say(2600, by(ada, "The prices are in, apart from the scarves. <@"+slacktest.Mona+">, I need those from you by Thursday."))
	l := story{w, leads, now.AddDate(0, 0, -2)}
	l.say(0, by(slacktest.Mona, "Between us: a second shop in spring?"))
	l.say(30, by(ada, "Only if releases can stop by themselves by then.", mood("100", slacktest.Mona)))
}

// talk is about nothing.
func talk(w *slacktest.Server, now time.Time) {
	g := story{w, slacktest.General, now.AddDate(0, 0, -6)}
	g.say(0, by(slacktest.Mona, "Good morning! <@"+pascal+"> is with us from today and draws everything better than it was.", mood("wave", ada, linus, grace)))
	g.say(25, by(pascal, "Thank you! I sit by the window and take tea."))
	g.say(4300, by(slacktest.Mona, "All hands on Thursday at 15:00: what the week with 1.42 has taught us, and the winter."))
	r := story{w, slacktest.Random, now.AddDate(0, 0, -3)}
	r.say(0, by(slacktest.Mona, "The coffee machine has learnt to speak. It says `E04`."))
}

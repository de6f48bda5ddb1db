package slacktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// The tests' program is also one that serves a workspace, to what is not a test
// of this module: with the argument serve, until its standard input ends, at -addr.
// People and channels are added by -people, -channels and -every, so-manyth channels
// of which everybody is in; -talk adds a channel with messages; -redirect adds an app at which people sign in, and more
// of them.
func TestMain(m *testing.M) {
	if len(os.Args) >= 2 && os.Args[1] == "serve" {
		if err := serve(os.Args[2:], os.Stdin, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve says where in a record "serving". A request that Slack would not
// understand is its error in the end.
func serve(args []string, until io.Reader, log io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	people := flags.Int("people", 0, "people beside the others")
	channels := flags.Int("channels", 0, "channels beside the others")
	every := flags.Int("every", 0, "everybody is in each so-manyth of these channels; 0: in none")
	messages := flags.Int("talk", 0, "messages in a channel #talk; they are of the crowd, so there are six people at least")
	addr := flags.String("addr", "localhost:0", "where to listen")
	app := slacktest.App{Rotates: true}
	flags.StringVar(&app.ClientID, "client-id", "app.of.ours", "the client id of the app")
	flags.StringVar(&app.ClientSecret, "client-secret", "secret-of-the-app", "its secret")
	flags.IntVar(&app.Lifetime, "lifetime", 0, "seconds until the tokens of its sign-ins expire; 0: twelve hours")
	redirect := flags.String("redirect", "", "what the addresses begin with to which an app sends people back; mona and hubot, who can install it, then have a private channel each")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var wrong atomic.Bool
	s := slacktest.Open(func(format string, args ...any) {
		wrong.Store(true)
		fmt.Fprintf(log, format+"\n", args...)
	})
	s.Grant("xoxb-fake-bot", slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID})
	s.Grant("xoxp-fake-mona", slacktest.Token{User: slacktest.Mona})
	s.AddUserGroup(slacktest.UserGroup{ID: "S0000000A1", Handle: "launchers", Name: "Launchers", Members: []string{slacktest.Mona}})
	picture := s.AddFile(slacktest.File{ID: "F0000000A1", Name: "launch.png", Mimetype: "image/png", Content: []byte("not a picture"), Thumbnails: true})
	s.Post(slacktest.Random, slacktest.Message{Text: "Look", Files: []string{picture}})
	hubot := s.AddUser(slacktest.User{ID: "U000000003", Name: "hubot", RealName: "Hu Bot", Email: "hubot@octo.example"})
	if *redirect != "" {
		app.Redirects = []string{*redirect}
		s.AddApp(app)
		s.AddChannel(slacktest.Channel{ID: "C0000000D1", Name: "diary-of-mona", Private: true, Creator: slacktest.Mona, Members: []string{slacktest.Mona}})
		s.AddChannel(slacktest.Channel{ID: "C0000000D3", Name: "diary-of-hubot", Private: true, Creator: hubot, Members: []string{hubot}})
		s.AddChannel(slacktest.Channel{ID: "C0000000E1", Name: "everybody", Creator: slacktest.Mona, Members: []string{slacktest.Mona, hubot, slacktest.Octobot}})
	}
	s.AddCrowd(*people)
	s.AddSprawl(*channels, *every)
	if *messages > 0 {
		if *people < 6 {
			return errors.New("-talk needs -people 6 or more")
		}
		talk(s, *messages)
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	s.Base("http://" + l.Addr().String())
	server := &http.Server{Handler: &control{Server: s}, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	if err := json.NewEncoder(log).Encode(map[string]string{"msg": "serving", "url": s.URL}); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, until); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return err
	}
	<-ended
	if wrong.Load() {
		return fmt.Errorf("there were requests that Slack would not understand")
	}
	return nil
}

package main

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/model"
)

func TestParse(t *testing.T) {
	o, err := parse([]string{"-rounds", "3", "-ours", "x", "-alone"})
	if err != nil || !o.alone || o.rounds != 3 || o.ours != "x" {
		t.Errorf("options %+v, %v", o, err)
	}
	for _, args := range [][]string{{"-rounds", "1"}, {"-rounds", "101"}, {"extra"}, {"-none"}} {
		if o, err := parse(args); err == nil {
			t.Errorf("%v is taken as %+v", args, o)
		}
	}
}

func TestServed(t *testing.T) {
	if url, err := served(strings.NewReader("noise\n" + `{"msg":"serving","url":"http://localhost:1/api/"}` + "\n")); err != nil || url != "http://localhost:1/api/" {
		t.Errorf("%q, %v", url, err)
	}
	if url, err := served(strings.NewReader(`{"msg":"cannot listen"}`)); err == nil {
		t.Errorf("%q", url)
	}
}

func TestTargetsAreMissed(t *testing.T) {
	r := results{
		First: []timed{
			{Name: "one", Tool: "t", Millis: []float64{1, 49, 80}, FromStart: []float64{60}, Requests: 2}, {Name: "two", Millis: []float64{51}, FromStart: []float64{70}},
			{Name: "three", Millis: []float64{300}, FromStart: []float64{400}, Far: true},
		},
		Memory: host.Memory{Now: 1e6, Peak: 65e6}, Page: page{Raw: 1000, Text: 200, Answer: 351, Millis: []float64{1}},
		Ours: started{Initialize: []float64{26}, Idle: []float64{21}, Tools: model.Offered{Count: 12, Bytes: 9217, Tokens: 1}, Requests: 1}, Waits: true,
		Peers: []started{{Name: "other 1", Initialize: []float64{900}, Idle: []float64{30}, First: []float64{12}, Answer: 20, AnswerTokens: 10}, {Name: "mute 2", Initialize: []float64{9}, Idle: []float64{3}, Refused: "no"}},
	}
	var missed []string
	for _, target := range r.Targets() {
		if !target.Met() {
			missed = append(missed, target.What)
		}
	}
	if got := strings.Join(missed, "; "); got != "First answer: two; Requests to Slack that initialize waits for; From the start to the answer to initialize; Memory of an idle process; tools/list; Whole answer of a page of 50 messages; Memory of a process that has looked at everybody" {
		t.Error(got)
	}
	text := r.Markdown()
	for _, want := range []string{"| one | `t` | 2 | 49.0 | 80.0 | 60.0 |", "| other 1 | 900.0 | 0 | 30.0 | 0 | 0 | 0 | 12.0 | 20 | 10 |", "| mute 2 | 9.0 | 0 | 3.0 | 0 | 0 | 0 | – | – | – |", "mute 2 gave no page: no"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}

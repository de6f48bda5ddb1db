package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/host"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

// meanwhile is how long a hostile call is repeated at least, so that the calls
// of others meet it.
const meanwhile = 100 * time.Millisecond

// A hostileCall is a row of services/calculator/corpus/hostile.
type hostileCall struct {
	Name      string          `json:"name"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	Shows     string          `json:"shows"`
	Reasons   []string        `json:"reasons"`
	Says      string          `json:"says"`
	Predicted bool            `json:"predicted"`
}

// hostileCalls asks the timing program for all of them.
func hostileCalls(ctx context.Context, timing string) ([]hostileCall, error) {
	out, err := exec.CommandContext(ctx, timing, "hostile").Output()
	if err != nil {
		return nil, fmt.Errorf("%s hostile: %w", timing, err)
	}
	var list []hostileCall
	return list, json.Unmarshal(out, &list)
}

// An attackResult is what one hostile call showed.
type attackResult struct {
	Name      string    `json:"name"`
	Answer    string    `json:"answer"`                  // in a word
	Took      []float64 `json:"took_ms"`                 // the slowest call of each round
	Bystander []float64 `json:"bystander_ms"`            // the slowest 1+1 meanwhile
	InProcess []float64 `json:"in_process_us,omitempty"` // CPU of a predicted refusal, without the server
}

// attacks are all of them, on one process.
type attacks struct {
	Rounds int             `json:"rounds"`
	Alone  []float64       `json:"alone_ms"` // the slowest 1+1 of each round while nothing else is asked for
	Calls  []*attackResult `json:"calls"`
	Others int             `json:"others"` // calls of 1+1
	Memory host.Memory     `json:"memory"`
	Flood  *floodResult    `json:"flood"`
}

// attack sends the hostile calls to a service with the limits that it has by
// default, while another connection asks for 1+1 all the time.
func (b *bench) attack(ctx context.Context, evaluator *evaluator) (*attacks, error) {
	list, err := hostileCalls(ctx, evaluator.argv[0])
	if err != nil {
		return nil, err
	}
	binary := b.ours
	if binary == "" {
		b.say("building mcp-calculator")
		binary = filepath.Join(b.dir, "mcp-calculator")
		err = child.Build(ctx, serviceDir, binary, "./cmd/mcp-calculator")
	} else {
		binary, err = filepath.Abs(binary)
	}
	if err != nil {
		return nil, err
	}
	v, err := startVictim(ctx, binary, b.dir)
	if err != nil {
		return nil, err
	}
	defer v.Stop()

	r := &attacks{Rounds: b.attacks}
	for _, c := range list {
		r.Calls = append(r.Calls, &attackResult{Name: c.Name})
	}
	for n := range b.attacks {
		_, alone, err := v.during(ctx, func(ctx context.Context) error {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			return nil
		})
		if err != nil {
			return nil, v.Explain(err)
		}
		r.Alone = append(r.Alone, alone)
		for i, c := range list {
			row := r.Calls[i]
			var took float64
			asked, slowest, err := v.during(ctx, func(ctx context.Context) error {
				took, row.Answer, err = v.strike(ctx, c)
				return err
			})
			if err != nil {
				return nil, v.Explain(fmt.Errorf("%s: %w", c.Name, err))
			}
			r.Others += asked
			row.Took, row.Bystander = append(row.Took, took), append(row.Bystander, slowest)
			if err := inProcess(ctx, evaluator, c, row); err != nil {
				return nil, err
			}
			b.say("attack %d/%d: %-50s %8.1f ms, 1+1 %6.1f ms: %s", n+1, b.attacks, c.Name, took, slowest, row.Answer)
		}
	}
	if r.Memory, err = host.ReadMemory(v.PID); err != nil {
		return nil, err
	}
	b.say("%d of them at a time", together)
	if r.Flood, err = v.flood(ctx, list); err != nil {
		return nil, v.Explain(err)
	}
	return r, nil
}

// inProcess adds the CPU time of a refusal that is predicted.
func inProcess(ctx context.Context, e *evaluator, c hostileCall, row *attackResult) error {
	var q request
	if !c.Predicted || c.Tool != "calculate" {
		return nil
	}
	if err := json.Unmarshal(c.Arguments, &q); err != nil {
		return err
	}
	const lasting = 50 * time.Millisecond
	s, err := e.time(ctx, q, lasting/2, lasting, func(r response) error {
		if r.Refusal == "" {
			return fmt.Errorf("%s: evaluated to %.100s, want a refusal", c.Name, r.Value)
		}
		return nil
	})
	row.InProcess = append(row.InProcess, s.CPU)
	return err
}

// A victim is a started service.
type victim struct {
	*child.Server
	url     string
	onePlus *toolcall.Call
	// Two callers, on connections of their own.
	hostile, other *http.Client
}

func startVictim(ctx context.Context, binary, dir string) (*victim, error) {
	addr, err := child.FreeAddress()
	if err != nil {
		return nil, err
	}
	url := "http://" + addr + "/mcp"
	v := &victim{
		url: url, onePlus: toolcall.New(url, toolcall.Modern, "", "calculate", `{"expression":"1+1"}`),
		hostile: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: together}}, other: &http.Client{Transport: new(http.Transport)},
	}
	v.Server, err = child.Serve(ctx, "mcp-calculator", dir, nil, []string{binary, "--http", addr, "--rate-limit", "off"}, v.ask)
	return v, err
}

// ask asks for 1+1.
func (v *victim) ask(ctx context.Context) error {
	body, err := v.onePlus.Do(ctx, v.other)
	if err != nil {
		return err
	}
	a, err := parseAnswer(body)
	if err != nil {
		return err
	}
	if !strings.Contains(a.text, `"result":"2"`) {
		return fmt.Errorf("1+1 is answered with %.500s", body)
	}
	return nil
}

// strike sends c, again and again for a while, and returns how long the slowest
// took and what the last gave.
func (v *victim) strike(ctx context.Context, c hostileCall) (took float64, answer string, err error) {
	call := toolcall.New(v.url, toolcall.Modern, "", c.Tool, string(c.Arguments))
	for begin := time.Now(); err == nil && time.Since(begin) < meanwhile; {
		start := time.Now()
		var body []byte
		if body, err = call.Do(ctx, v.hostile); err == nil {
			took = max(took, milliseconds(time.Since(start)))
			answer, err = c.check(body, false)
		}
	}
	return took, answer, err
}

// during asks for 1+1 all the time until f returns, and returns how often it
// has asked and how long the slowest took.
func (v *victim) during(ctx context.Context, f func(context.Context) error) (asked int, slowest float64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	for {
		start := time.Now()
		if err := v.ask(ctx); err != nil {
			cancel()
			return asked, slowest, errors.Join(err, <-ended)
		}
		slowest = max(slowest, milliseconds(time.Since(start)))
		asked++
		select {
		case err := <-ended:
			return asked, slowest, err
		default:
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// check reports what is wrong with body as the answer to c, or says it in a
// word. Where it was one of a crowd it may have met its deadline.
func (c hostileCall) check(body []byte, crowded bool) (string, error) {
	a, err := parseAnswer(body)
	if err != nil {
		return "", err
	}
	switch {
	case crowded && a.reason == "timeout":
		return "refused: timeout", nil
	case c.Shows != "" && a.message == "" && strings.Contains(a.text, c.Shows):
		return "a result", nil
	case c.Shows != "" || a.message == "":
		return "", fmt.Errorf("want a result with %q, got %.500s", c.Shows, body)
	case !strings.Contains(a.message, c.Says):
		return "", fmt.Errorf("want a refusal that says %q, got %.500s", c.Says, body)
	case len(c.Reasons) > 0 && !slices.Contains(c.Reasons, a.reason):
		return "", fmt.Errorf("want the reason to be one of %q, got %.500s", c.Reasons, body)
	case a.reason == "":
		return "refused: arguments", nil
	}
	return "refused: " + strings.ReplaceAll(a.reason, "_", " "), nil
}

// An answer is the text of a result, or a refusal with its message.
type answer struct{ text, message, reason string }

func parseAnswer(body []byte) (answer, error) {
	var message struct {
		Result struct {
			IsError bool `json:"isError"`
			Content []struct {
				Text string `json:"text"`
			} `json:"content"`
		} `json:"result"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return answer{}, fmt.Errorf("%w in answer %.500s", err, body)
	}
	r := message.Result
	if len(r.Content) == 0 {
		return answer{}, fmt.Errorf("no content in answer %.500s", body)
	}
	if !r.IsError {
		return answer{text: r.Content[0].Text}, nil
	}
	var refusal struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Details struct {
				Reason string `json:"reason"`
			} `json:"details"`
		} `json:"error"`
	}
	if json.Unmarshal([]byte(r.Content[0].Text), &refusal) != nil || refusal.Error.Message == "" {
		return answer{}, fmt.Errorf("no message in refusal %.500s", body)
	}
	e := refusal.Error
	if e.Code != "INVALID_INPUT" && e.Code != "TIMEOUT" {
		return answer{}, fmt.Errorf("refused with the code %s: %s", e.Code, e.Message)
	}
	return answer{message: e.Message, reason: e.Details.Reason}, nil
}

package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const (
	// confirmTime is how long an answer to a question counts.
	confirmTime = 5 * time.Minute
	// maxSpent bounds the memory of answers that were used.
	maxSpent = 10_000
	// maxQuestion and maxShown bound what a person is asked to read, in bytes:
	// a question, and the arguments in one that the server makes.
	maxQuestion = 2000
	maxShown    = 400
)

// The purposes of sealed state: a question was asked; the person agreed and the
// tool has a question of its own.
const (
	stateAsked  = "confirm"
	stateAgreed = "confirmed"
)

// confirmation is how a tool words its question.
type confirmation struct {
	input reflect.Type
	ask   func(ctx context.Context, in any) (question, fact string, err error)
}

// Confirm words the question that a person is asked before the tool runs, by
// what it is about to do: "Delete notes.txt (12 kB)?". In is the tool's input,
// or json.RawMessage for a tool added by [AddRawTool]. ask sees checked
// arguments and must change nothing; an error of it is the call's, and "" means
// that this call needs no question unless the operator wants one always. Without Confirm the question shows the
// tool's title and its arguments. Whether the tool asks at all is --confirm's to
// say, by its annotations.
func Confirm[In any](ask func(ctx context.Context, in In) (question string, err error)) ToolOption {
	return ConfirmFact(func(ctx context.Context, in In) (string, string, error) {
		question, err := ask(ctx, in)
		return question, "", err
	})
}

// ConfirmFact is [Confirm] for a tool whose agreement holds only as long as
// something is as it was when the question was worded: the 17 rows of "Delete 17
// rows?". The tool gets the fact back by [Confirmed] and does nothing if it is
// another one by then. Between question and answer the client carries it, sealed:
// nobody else can read or change it, and every replica can use it.
func ConfirmFact[In any](ask func(ctx context.Context, in In) (question, fact string, err error)) ToolOption {
	return toolOptionFunc(func(t *tool) {
		t.confirm = &confirmation{reflect.TypeFor[In](), func(ctx context.Context, in any) (string, string, error) {
			return ask(ctx, in.(In))
		}}
	})
}

type factKey struct{}

// Confirmed returns the fact of [ConfirmFact] that the call of ctx was agreed to
// with, or that its function gave when it had no question. ok is false if nobody
// was asked because the operator wants it so.
func Confirmed(ctx context.Context) (fact string, ok bool) {
	fact, ok = ctx.Value(factKey{}).(string)
	return fact, ok
}

type cannotKey struct{}

// Askable reports whether the client of ctx, which is that of a function of
// [Confirm], can ask a person. If it cannot, a question is only the reason to
// refuse the call, and what it costs or does to word it well can be spared.
func Askable(ctx context.Context) bool { return ctx.Value(cannotKey{}) == nil }

// asks reports whether a person may be asked before t runs. That destructive is
// the default of a tool that writes is MCP's rule.
func (s *Server) asks(t *tool) bool {
	switch s.cfg.Confirm {
	case "never":
		return false
	case "always":
		return t.writes
	}
	hint := t.def.Annotations.DestructiveHint
	return t.writes && (hint == nil || *hint)
}

// confirmed returns t's handler, behind its question if it may ask one.
//
// The question is a result like any that needs input, so that it is asked the
// same way of every client. What was asked travels as state that only this
// server's keys open, bound to the caller, the tool and the arguments: an answer
// for one call is of no use to another. State that does not fit is no reason to
// fail: the person is asked again, who may only have been slow, or asked by a
// process that has been replaced since.
func (s *Server) confirmed(t *tool) mcp.ToolHandler {
	if !s.asks(t) {
		return t.handle
	}
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		in, err := t.decode(req.Params.Arguments)
		if err != nil {
			return nil, err
		}
		arguments, err := t.canonical(req.Params.Arguments)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(arguments)
		c := &consent{s: s, bound: []string{s.name, principal(ctx), t.def.Name, string(sum[:])}}

		p := req.Params
		if inner, ok := c.redeem(stateAgreed, p.RequestState); ok {
			if fact, state, ok := cutFact(inner); ok {
				return c.run(ctx, t, req, p.InputResponses, fact, state)
			}
		}
		if answer, _ := p.InputResponses["confirm"].(*mcp.ElicitResult); answer != nil {
			if fact, ok := c.redeem(stateAsked, p.RequestState); ok {
				if yes, _ := answer.Content["confirm"].(bool); answer.Action != "accept" || !yes {
					return nil, toolerr.New(toolerr.Cancelled, "the person who was asked did not agree; nothing was done")
				}
				return c.run(ctx, t, req, nil, fact, "")
			}
		}
		form := &mcp.ElicitParams{Mode: "form", RequestedSchema: confirmForm}
		ask := mcp.InputRequestMap{"confirm": form}
		cannot := require(req.ClientCapabilities(), ask, "this tool asks a person before it runs, and this client cannot ask; "+
			"whoever operates the server can let it run unasked with --confirm=never [MCP_CONFIRM]")
		question, fact, err := t.question(context.WithValue(ctx, cannotKey{}, cannot), in, arguments, s.cfg.Confirm == "always")
		if err != nil {
			return nil, err
		}
		if question == "" {
			return t.handle(context.WithValue(ctx, factKey{}, fact), req)
		}
		if cannot != nil {
			return nil, cannot
		}
		form.Message = question
		return c.asking(&mcp.CallToolResult{InputRequests: ask}, stateAsked, fact)
	}
}

var confirmForm = json.RawMessage(`{"type":"object","properties":{"confirm":{"type":"boolean","title":"Go ahead",` +
	`"description":"Yes lets the tool do this. With no, nothing is done."}},"required":["confirm"]}`)

// question returns what to ask, "" for nothing. An operator who wants to be asked
// always is asked also where the tool has no question.
func (t *tool) question(ctx context.Context, in any, arguments []byte, always bool) (question, fact string, err error) {
	if t.confirm != nil {
		question, fact, err = t.confirm.ask(ctx, in)
		if err != nil || question != "" || !always {
			return readable(question, maxQuestion), fact, err
		}
	}
	// The first cut is there so that a huge call is not searched for secrets.
	shown := readable(logging.Redact(readable(string(arguments), 10*maxShown)), maxShown)
	return fmt.Sprintf("Run %q with the arguments %s?", t.def.Title, shown), fact, nil
}

// readable bounds s and takes out of it what could make it look like another
// text: control characters, and those that turn the direction of writing.
func readable(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// canonical returns the arguments in a form that is the same however a client
// writes them: it may send them again in another order or with other escapes.
// Checked arguments have no repeated and no unknown names, so nothing else is
// the same. A raw tool's handler reads the bytes itself, by rules that are not
// known here, so only white space is taken out of them.
func (t *tool) canonical(raw json.RawMessage) ([]byte, error) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return []byte("{}"), nil
	}
	var b bytes.Buffer
	if t.input == nil {
		if err := json.Compact(&b, raw); err != nil {
			return nil, toolerr.New(toolerr.InvalidInput, "the arguments are not JSON")
		}
		return b.Bytes(), nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // an id above 2^53 would be another one
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, toolerr.New(toolerr.InvalidInput, "the arguments are not JSON")
	}
	return marshal(v)
}

// consent is the state of one question: what it is bound to.
type consent struct {
	s     *Server
	bound []string
}

// seal returns state that redeem takes once, until confirmTime has passed.
func (c *consent) seal(purpose, inner string) string {
	expires := time.Now().Add(confirmTime)
	b := binary.BigEndian.AppendUint64(nil, uint64(expires.UnixMilli()))
	return c.s.keys.Seal(purpose, append(b, inner...), c.bound...)
}

// redeem returns what is in state if it was sealed for this purpose and call,
// has not expired and was not redeemed before by this process.
func (c *consent) redeem(purpose, state string) (inner string, ok bool) {
	if state == "" {
		return "", false
	}
	b, err := c.s.keys.Open(purpose, state, c.bound...)
	if err != nil || len(b) < 8 {
		return "", false
	}
	expires := time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	return string(b[8:]), c.s.spent.first(sha256.Sum256([]byte(state)), expires, time.Now())
}

// run calls the tool that a person agreed to. A handler that has a question of
// its own ends this call with it: what the person agreed to goes into the state
// beside the handler's.
func (c *consent) run(ctx context.Context, t *tool, req *mcp.CallToolRequest, responses mcp.InputResponseMap, fact, state string) (*mcp.CallToolResult, error) {
	res, err := t.handle(context.WithValue(ctx, factKey{}, fact), answered(req, responses, state))
	if _, missing := toolerr.SignInURL(err); missing {
		return nil, resumable{err, c.seal(stateAgreed, withFact(fact, state))}
	}
	if err != nil || res == nil || res.InputRequests == nil {
		return res, err
	}
	return c.asking(res, stateAgreed, withFact(fact, res.RequestState))
}

// asking returns res with sealed state.
func (c *consent) asking(res *mcp.CallToolResult, purpose, inner string) (*mcp.CallToolResult, error) {
	asking := *res
	if asking.RequestState = c.seal(purpose, inner); len(asking.RequestState) > seal.MaxToken {
		return nil, errors.New("the request state is too long")
	}
	return &asking, nil
}

// withFact puts a fact before the state of a handler.
func withFact(fact, state string) string {
	return string(binary.AppendUvarint(nil, uint64(len(fact)))) + fact + state
}

// cutFact undoes withFact.
func cutFact(inner string) (fact, state string, ok bool) {
	n, size := binary.Uvarint([]byte(inner))
	if size <= 0 || n > uint64(len(inner)-size) {
		return "", "", false
	}
	inner = inner[size:]
	return inner[:n], inner[n:], true
}

// spent remembers which states were redeemed, so that an answer cannot be sent
// twice. It is bounded: of those that it has to forget early it keeps the latest
// expiry, and takes no state that expires sooner, so that under a flood somebody
// is asked again and nobody believed twice. The zero value is ready.
type spent struct {
	mu    sync.Mutex
	seen  map[[sha256.Size]byte]struct{}
	order []redeemed // by the time of use
	floor time.Time
}

type redeemed struct {
	state   [sha256.Size]byte
	expires time.Time
}

// first reports whether state counts: it has not expired and was not seen. It is
// seen from now on.
func (s *spent) first(state [sha256.Size]byte, expires, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) > 0 && (len(s.order) >= maxSpent || !s.order[0].expires.After(now)) {
		oldest := s.order[0]
		s.order = s.order[1:]
		delete(s.seen, oldest.state)
		if oldest.expires.After(s.floor) {
			s.floor = oldest.expires
		}
	}
	if _, used := s.seen[state]; used || !expires.After(now) || !expires.After(s.floor) {
		return false
	}
	if s.seen == nil {
		s.seen = make(map[[sha256.Size]byte]struct{})
	}
	s.seen[state] = struct{}{}
	s.order = append(s.order, redeemed{state, expires})
	return true
}

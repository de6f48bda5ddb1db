package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const (
	// maxRounds is how often one call may ask its client, as often as the SDK's
	// own clients let it.
	maxRounds = 10
	// answerTime is how long a session's client may take for one round of questions.
	answerTime = 5 * time.Minute
)

// rounds calls handle until it has no more questions. A client of the stateless
// protocol calls again with its answers; an older one knows nothing of rounds
// and is asked over its session, between two calls of handle, so that nothing
// that a call holds is held while a person thinks. The SDK would ask it once,
// and answer a second question with an empty success.
func rounds[P mcp.Params, R mcp.Result](ctx context.Context, s *Server, req *mcp.ServerRequest[P],
	handle func(context.Context, *mcp.ServerRequest[P]) (R, error),
) (R, error) {
	var none R
	for n := 0; ; n++ {
		res, err := handle(ctx, req)
		if err != nil {
			return res, err
		}
		questions, state := asked(res)
		if len(questions) == 0 || callsAgain(req.Session) {
			return res, nil
		}
		if n == maxRounds {
			return none, toolerr.New(toolerr.Internal, "it asked %d times in a row and had no result; it was ended", maxRounds)
		}
		responses, err := s.ask(ctx, req.Session, questions)
		if err != nil {
			return none, err
		}
		req = answered(req, responses, state)
	}
}

// callsAgain reports whether the client takes questions as a result. The SDK
// decides the same way what to do with one.
func callsAgain(ss *mcp.ServerSession) bool {
	if ss == nil {
		return true
	}
	p := ss.InitializeParams()
	return p == nil || p.ProtocolVersion >= statelessSince
}

// asked returns the questions in a result, and the state to call again with.
func asked(res mcp.Result) (mcp.InputRequestMap, string) {
	switch r := res.(type) {
	case *mcp.CallToolResult:
		if r != nil {
			return r.InputRequests, r.RequestState
		}
	case *mcp.GetPromptResult:
		if r != nil {
			return r.InputRequests, r.RequestState
		}
	case *mcp.ReadResourceResult:
		if r != nil {
			return r.InputRequests, r.RequestState
		}
	}
	return nil, ""
}

// answered is req as a client sends it again.
func answered[P mcp.Params](req *mcp.ServerRequest[P], responses mcp.InputResponseMap, state string) *mcp.ServerRequest[P] {
	again := &mcp.ServerRequest[P]{Session: req.Session, Params: req.Params, Extra: req.Extra}
	switch p := any(req.Params).(type) {
	case *mcp.CallToolParamsRaw:
		c := *p
		c.InputResponses, c.RequestState = responses, state
		again.Params = any(&c).(P)
	case *mcp.GetPromptParams:
		c := *p
		c.InputResponses, c.RequestState = responses, state
		again.Params = any(&c).(P)
	case *mcp.ReadResourceParams:
		c := *p
		c.InputResponses, c.RequestState = responses, state
		again.Params = any(&c).(P)
	}
	return again
}

// answers returns what a client sends again with a request: its answers, and the
// state that it was given.
func answers(params mcp.Params) (mcp.InputResponseMap, string) {
	switch p := params.(type) {
	case *mcp.CallToolParamsRaw:
		return p.InputResponses, p.RequestState
	case *mcp.GetPromptParams:
		return p.InputResponses, p.RequestState
	case *mcp.ReadResourceParams:
		return p.InputResponses, p.RequestState
	}
	return nil, ""
}

// ask puts questions to the client of a session, one after the other.
func (s *Server) ask(ctx context.Context, ss *mcp.ServerSession, questions mcp.InputRequestMap) (mcp.InputResponseMap, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	defer s.abort.bind(cancel)()
	responses := make(mcp.InputResponseMap, len(questions))
	for _, key := range slices.Sorted(maps.Keys(questions)) {
		response, err := askOne(ctx, ss, questions[key])
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, toolerr.Wrap(err, toolerr.Timeout, "the client did not answer within %s; nothing was done", answerTime)
		case ctx.Err() != nil:
			return nil, toolerr.Wrap(err, toolerr.Cancelled, "the call was cancelled while the client was asked")
		case err != nil:
			return nil, toolerr.Wrap(err, toolerr.Cancelled, "the client could not answer what it was asked; nothing was done")
		}
		responses[key] = response
	}
	return responses, nil
}

func askOne(ctx context.Context, ss *mcp.ServerSession, question mcp.InputRequest) (mcp.InputResponse, error) {
	switch q := question.(type) {
	case *mcp.ElicitParams:
		return ss.Elicit(ctx, q)
	case *mcp.CreateMessageParams:
		plain := &mcp.CreateMessageWithToolsParams{
			Meta: q.Meta, IncludeContext: q.IncludeContext, MaxTokens: q.MaxTokens, Metadata: q.Metadata,
			ModelPreferences: q.ModelPreferences, StopSequences: q.StopSequences, SystemPrompt: q.SystemPrompt, Temperature: q.Temperature,
		}
		for _, m := range q.Messages {
			plain.Messages = append(plain.Messages, &mcp.SamplingMessageV2{Role: m.Role, Content: []mcp.Content{m.Content}})
		}
		return ss.CreateMessageWithTools(ctx, plain)
	case *mcp.CreateMessageWithToolsParams:
		return ss.CreateMessageWithTools(ctx, q)
	case *mcp.ListRootsParams:
		return ss.ListRoots(ctx, q)
	}
	return nil, fmt.Errorf("no way to ask a %T", question)
}

// require returns the protocol's error if a client with these capabilities
// cannot answer all questions. The error names what is missing in its data, and
// in its message unless there is another one to show.
func require(caps *mcp.ClientCapabilities, questions mcp.InputRequestMap, message string) error {
	if caps == nil {
		caps = new(mcp.ClientCapabilities)
	}
	missing := make(map[string]map[string]struct{})
	for _, q := range questions {
		if name, member := lacks(caps, q); name != "" {
			if missing[name] == nil {
				missing[name] = make(map[string]struct{})
			}
			if member != "" {
				missing[name][member] = struct{}{}
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if message == "" {
		message = "this needs client capabilities that were not declared: " + strings.Join(slices.Sorted(maps.Keys(missing)), ", ")
	}
	data, err := json.Marshal(map[string]any{"requiredCapabilities": missing})
	if err != nil {
		return err
	}
	return &jsonrpc.Error{Code: mcp.CodeMissingRequiredClientCapabilities, Message: message, Data: data}
}

// lacks names the capability, and the part of it, that a client would have to
// declare to be asked q; "" if it has.
func lacks(caps *mcp.ClientCapabilities, q mcp.InputRequest) (name, member string) {
	switch q := q.(type) {
	case *mcp.ElicitParams:
		e := caps.Elicitation
		if q.Mode == "url" || q.Mode == "" && (q.URL != "" || q.ElicitationID != "") {
			if e == nil || e.URL == nil {
				return "elicitation", "url"
			}
		} else if e == nil || e.Form == nil && e.URL != nil { // neither means form
			return "elicitation", "form"
		}
	case *mcp.CreateMessageParams:
		if caps.Sampling == nil {
			return "sampling", ""
		}
	case *mcp.CreateMessageWithToolsParams:
		if len(q.Tools) > 0 && (caps.Sampling == nil || caps.Sampling.Tools == nil) {
			return "sampling", "tools"
		} else if caps.Sampling == nil {
			return "sampling", ""
		}
	case *mcp.ListRootsParams:
		if caps.RootsV2 == nil {
			return "roots", ""
		}
	}
	return "", ""
}

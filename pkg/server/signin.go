package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const (
	// stateSignIn is the purpose of sealed state: a person was asked to sign in.
	stateSignIn = "sign-in"
	// askSignIn is the id of the question.
	askSignIn = "sign_in"
	// signInTime is how long a request waits, after a person agreed to open the
	// page, for that person to have signed in: for as long as proxies leave a
	// request without an answer.
	signInTime = 45 * time.Second
)

// signIn is what a client carries while its person signs in at an upstream. It
// holds the error that the call fails with if that does not happen, and the state
// that the handler had given.
type signIn struct {
	Message string `json:"message"`
	URL     string `json:"url"`
	ID      string `json:"id,omitempty"` // of the elicitation, where the revision has one
	State   string `json:"state,omitempty"`
}

// failure is what the call ends with if the person does not sign in.
func (in signIn) failure() error {
	return settled{toolerr.SignIn(in.URL, nil, "%s", in.Message)}
}

// settled is a failure to sign in that a person has been asked about.
type settled struct{ error }

// Unwrap returns the failure itself.
func (s settled) Unwrap() error { return s.error }

// resumable is a failure of a handler that has to be called again with state, for
// what was agreed to before not to be asked once more.
type resumable struct {
	error
	state string
}

// Unwrap returns the failure itself.
func (r resumable) Unwrap() error { return r.error }

// stateAfter is the state to call again with after err, which is that of req if the
// failure has none.
func stateAfter(err error, req mcp.Request) string {
	if r, ok := errors.AsType[resumable](err); ok {
		return r.state
	}
	_, state := answers(req.GetParams())
	return state
}

type signInAskedKey struct{}

// offer returns the question to sign in that a request failed for, and the state
// to ask it with. ok is false if err is another failure, if the client cannot ask
// a person to open a page, and if it has asked: nobody is sent there twice by one
// call.
func (s *Server) offer(ctx context.Context, subject string, req mcp.Request, caps *mcp.ClientCapabilities, err error) (ask mcp.InputRequestMap, state string, ok bool) {
	url, ok := toolerr.SignInURL(err)
	_, done := errors.AsType[settled](err)
	if !ok || done || ctx.Value(signInAskedKey{}) != nil || caps == nil || caps.Elicitation == nil || caps.Elicitation.URL == nil {
		return nil, "", false
	}
	in := signIn{Message: readable(toolerr.From(err).Message, maxQuestion), URL: url, State: stateAfter(err, req)}
	if session, _ := req.GetSession().(*mcp.ServerSession); !callsAgain(session) {
		in.ID = rand.Text() // 2026-07-28 has none
	}
	inner, jerr := json.Marshal(in)
	if jerr != nil {
		return nil, "", false // strings
	}
	state = s.signInConsent(ctx, subject).seal(stateSignIn, string(inner))
	if len(state) > seal.MaxToken {
		return nil, "", false
	}
	return mcp.InputRequestMap{askSignIn: &mcp.ElicitParams{Mode: "url", Message: in.Message, URL: url, ElicitationID: in.ID}}, state, true
}

// signInConsent is what the state of the question is bound to.
func (s *Server) signInConsent(ctx context.Context, subject string) *consent {
	return &consent{s: s, bound: []string{s.name, principal(ctx), subject}}
}

// signedIn runs handle, which holds what a call holds. If the request is the
// answer of a person who was asked to sign in, it runs after that: a client says
// only that its person agreed to open the page. subject is what was asked for.
func signedIn[P mcp.Params, R mcp.Result](ctx context.Context, s *Server, subject string, req *mcp.ServerRequest[P],
	handle func(context.Context, *mcp.ServerRequest[P]) (R, error),
) (R, error) {
	var none R
	responses, state := answers(req.Params)
	answer, _ := responses[askSignIn].(*mcp.ElicitResult)
	if answer == nil {
		return handle(ctx, req)
	}
	inner, ok := s.signInConsent(ctx, subject).redeem(stateSignIn, state)
	if !ok {
		return handle(ctx, answered(req, nil, ""))
	}
	var in signIn
	if err := json.Unmarshal([]byte(inner), &in); err != nil {
		return none, err
	}
	if answer.Action != "accept" {
		return none, in.failure()
	}
	ctx = context.WithValue(ctx, signInAskedKey{}, true)
	req = answered(req, nil, in.State)
	res, err := handle(ctx, req)
	if _, missing := toolerr.SignInURL(err); missing {
		if wait := toolerr.From(err).Wait; wait == nil || !s.waited(ctx, wait) {
			return none, settled{err}
		}
		res, err = handle(ctx, answered(req, nil, stateAfter(err, req)))
	}
	if _, missing := toolerr.SignInURL(err); missing {
		return none, settled{err}
	}
	if in.ID != "" && req.Session != nil {
		// A client that is gone does not have to know.
		_ = req.Session.NotifyElicitationComplete(ctx, &mcp.ElicitationCompleteParams{ElicitationID: in.ID})
	}
	return res, err
}

// waited reports whether a person signed in in time.
func (s *Server) waited(ctx context.Context, wait func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(ctx, signInTime)
	defer cancel()
	defer s.abort.bind(cancel)()
	return wait(ctx) == nil
}

// signsIn asks those who read a resource to sign in, like those who call a tool.
func (s *Server) signsIn(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		read, ok := req.(*mcp.ReadResourceRequest)
		if !ok {
			return next(ctx, method, req)
		}
		subject := method + " " + read.Params.URI
		return rounds(ctx, s, read, func(ctx context.Context, req *mcp.ReadResourceRequest) (mcp.Result, error) {
			res, err := signedIn(ctx, s, subject, req, func(ctx context.Context, req *mcp.ReadResourceRequest) (mcp.Result, error) {
				return next(ctx, method, req)
			})
			if err != nil && !callsAgain(req.Session) {
				if ask, state, ok := s.offer(ctx, subject, req, req.ClientCapabilities(), err); ok {
					return &mcp.ReadResourceResult{InputRequests: ask, RequestState: state}, nil
				}
			}
			return res, err
		})
	}
}

// offered is the result of reading a resource of the stateless protocol: the SDK
// marks a question as one only if it comes from here.
func (s *Server) offered(ctx context.Context, req *mcp.ReadResourceRequest, res *mcp.ReadResourceResult, err error) (*mcp.ReadResourceResult, error) {
	if err == nil || !callsAgain(req.Session) {
		return res, err
	}
	if ask, state, ok := s.offer(ctx, methodReadResource+" "+req.Params.URI, req, req.ClientCapabilities(), err); ok {
		return &mcp.ReadResourceResult{InputRequests: ask, RequestState: state}, nil
	}
	return res, err
}

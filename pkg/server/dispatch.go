package server

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/segmentio/encoding/json"
)

// statelessSince is the first protocol revision without sessions.
const statelessSince = "2026-07-28"

// dispatcher serves both protocol eras on one path over one mcp.Server. A
// request of 2026-07-28 or later, or one without a session, is answered by
// itself; a session of an older revision is kept from its initialize on.
type dispatcher struct {
	s      *Server
	direct *direct
	json   http.Handler // stateless, one JSON body
	stream http.Handler // stateless, server-sent events
	legacy http.Handler // sessions; nil when they are switched off
}

func newDispatcher(s *Server) *dispatcher {
	one := func(*http.Request) *mcp.Server { return s.mcp }
	handler := func(o mcp.StreamableHTTPOptions) http.Handler {
		o.Logger = slog.New(sdkLog{s.log.Handler()})
		o.MaxRequestBodyBytes = -1            // bounded here, before the SDK
		o.DisableLocalhostProtection = true   // the policy does it
		o.PropagateRequestCancellation = true // for older revisions, Server.enter does it
		return mcp.NewStreamableHTTPHandler(one, &o)
	}
	d := &dispatcher{
		s:      s,
		direct: newDirect(s),
		json:   handler(mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true}),
		stream: handler(mcp.StreamableHTTPOptions{Stateless: true}),
	}
	if s.cfg.LegacySessions != "off" {
		d.legacy = handler(mcp.StreamableHTTPOptions{EventStore: newEvents(maxEvents), SessionTimeout: s.cfg.SessionIdle})
	}
	return d
}

// maxEvents bounds what is kept for clients that resume a broken stream, for
// all sessions together.
const maxEvents = 8 << 20

func (d *dispatcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(r)
	x.keys = d.s.keysOf(r.Context())
	if r.Method != http.MethodPost {
		d.notPost(w, r, x)
		return
	}
	leave := func() {}
	if !x.forwarded {
		if leave = d.s.inflight.hold(x.caller.Principal); leave == nil {
			d.s.refused(r, refusedRateLimited, target{})
			refuseBusy(w, http.StatusTooManyRequests, time.Second, "as many requests are under way as one caller, or all together, may have; wait for an answer first")
			return
		}
	}
	defer func() { leave() }()
	body, err := d.s.readBody(w, r)
	if err != nil {
		d.s.refuseBody(w, r, err)
		return
	}
	p, err := peek(body)
	if err != nil {
		refuseCode(w, http.StatusBadRequest, jsonrpc.CodeParseError, err.Error())
		return
	}
	if err := p.checkBatch(r.Header); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if err := p.checkSize(); err != nil {
		refuseCode(w, http.StatusBadRequest, jsonrpc.CodeInvalidParams, err.Error())
		return
	}
	// The message that a batch begins with was counted before it was read.
	if p.batch > 1 && !x.forwarded && !d.s.mayTake(w, r, x.caller, p.batch-1) {
		return
	}
	d.s.tracing.note(x, r, p)
	if !d.s.allowed(w, r, p.targets) {
		return
	}
	r = withBody(r, body)
	if p.Method == methodListen {
		leave() // it is counted as a stream from here on
		leave = func() {}
		d.stands(w, r, x, func() { d.post(w, r, x, p, body) })
		return
	}
	d.post(w, r, x, p, body)
}

// post answers a message.
func (d *dispatcher) post(w http.ResponseWriter, r *http.Request, x *exchange, p *peeked, body []byte) {
	if d.ofSession(r, x, p) {
		defer x.watch(r.Context())()
		d.session(w, r, x, p, body)
		return
	}
	decodeName(r.Header)
	x.stateless = true
	if call := d.direct.accept(r, p); call != nil {
		defer d.s.open.begin(r, x)()
		d.direct.serve(timedWriter{w}, r, p, call)
		return
	}
	defer x.watch(r.Context())()
	if p.streams() {
		d.serve(w, r, x, d.stream, true)
	} else {
		d.serve(timedWriter{w}, r, x, d.json, false)
	}
}

// notPost answers what only sessions have: standing streams and their end.
func (d *dispatcher) notPost(w http.ResponseWriter, r *http.Request, x *exchange) {
	defer x.watch(r.Context())()
	// A standing stream has no end of its own: the drain ends it.
	ctx, cancel := d.s.whileValid(r.Context())
	defer cancel()
	defer d.s.drain.bind(cancel)()
	r = r.WithContext(ctx)
	switch {
	case d.legacy == nil && !x.forwarded:
		d.serve(w, r, x, d.json, true) // which answers 405
	case r.Method == http.MethodGet:
		d.stands(w, r, x, func() { d.session(w, r, x, nil, nil) })
	case r.Method == http.MethodDelete:
		d.session(w, r, x, nil, nil)
	default:
		d.serve(w, r, x, d.legacy, true) // which answers 405
	}
}

// ofSession reports whether a POST belongs to a session of an older revision,
// or begins one.
func (d *dispatcher) ofSession(r *http.Request, x *exchange, p *peeked) bool {
	switch {
	case x.forwarded:
		return true
	case d.legacy == nil, r.Header.Get("Mcp-Protocol-Version") >= statelessSince:
		return false
	case r.Header.Get(headerSession) != "":
		return true
	}
	return p.Method == methodInitialize && p.meta.Version < statelessSince
}

// serve hands the request to one of the SDK's handlers, within its exchange.
func (d *dispatcher) serve(w http.ResponseWriter, r *http.Request, x *exchange, h http.Handler, stream bool) {
	defer d.s.open.begin(r, x)()
	if stream {
		sw := newStreamWriter(w, d.s.cfg.KeepAlive)
		defer sw.close()
		w = sw
	}
	h.ServeHTTP(w, r)
}

// peeked is what must be known of a message before it is handed on.
type peeked struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`

	meta    messageMeta
	call    *callParams // of a tools/call whose parameters can be decoded
	batch   int         // how many messages the body is an array of; 0 if it is no array
	values  int         // how many there are in all
	targets []target
}

// messageMeta is what the _meta of a message says of how it is answered.
type messageMeta struct {
	Version  string          `json:"io.modelcontextprotocol/protocolVersion"`
	LogLevel string          `json:"io.modelcontextprotocol/logLevel"`
	Progress json.RawMessage `json:"progressToken"`
}

// The last protocol revision with batches, and how many messages one may hold.
const (
	lastBatchVersion = "2025-03-26"
	maxBatch         = 100
)

// checkBatch returns why a body that is an array is refused, if it is.
func (p *peeked) checkBatch(h http.Header) error {
	switch v := h.Get("Mcp-Protocol-Version"); {
	case p.batch == 0:
		return nil
	case v > lastBatchVersion:
		return fmt.Errorf("protocol %s has no batches: send one message at a time", clip(v))
	case p.batch > maxBatch:
		return fmt.Errorf("the batch has %d messages; send at most %d", p.batch, maxBatch)
	}
	return nil
}

// progress reports whether the caller asked for progress.
func (p *peeked) progress() bool {
	return len(p.meta.Progress) > 0 && string(p.meta.Progress) != "null"
}

// streams reports whether the answer may be more than one message.
func (p *peeked) streams() bool {
	return p.batch > 0 || p.Method == methodListen || p.meta.LogLevel != "" || p.progress()
}

// decodeFlags make the decoder read a message as the SDK does.
const decodeFlags = json.DontMatchCaseInsensitiveStructFields | json.ZeroCopy

// maxDepth bounds nesting, as the SDK does: the decoder recurses.
const maxDepth = 1000

// maxValues bounds the values of a message: the SDK decodes some of it into
// maps and slices that take a hundred times the bytes. An object or an array
// counts as containerValues, since it takes that much more than a number.
const (
	maxValues       = 1 << 18
	containerValues = 4
)

// checkSize returns why the message is refused for what is in it, if it is.
func (p *peeked) checkSize() error {
	if p.values > maxValues {
		return fmt.Errorf("the request has more than %d values, an object or a list counting as several; send less at a time", maxValues)
	}
	for i := range p.targets {
		if err := p.targets[i].checkSize(); err != nil {
			return err
		}
	}
	return nil
}

// peek reads the parts of a message that decide how it is answered, with the
// decoder and the rules of the SDK, so that both see the same message. It
// decides nothing about who may do what.
func peek(body []byte) (*peeked, error) {
	elements, values, err := scan(body)
	if err != nil {
		return nil, err
	}
	p := &peeked{values: values}
	if b := bytes.TrimLeft(body, " \t\r\n"); len(b) > 0 && b[0] == '[' {
		p.batch = elements
		if !json.Valid(body) {
			return nil, errNotJSON
		}
		var messages []json.RawMessage
		if elements <= maxBatch {
			_, _ = json.Parse(body, &messages, decodeFlags)
		}
		for _, m := range messages {
			var one peeked
			_, _ = json.Parse(m, &one, decodeFlags)
			p.targets = append(p.targets, targetOf(one.Method, one.Params))
		}
		return p, nil
	}
	rest, err := json.Parse(body, p, decodeFlags)
	if err != nil && !json.Valid(body) || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errNotJSON
	}
	if p.Method == methodCallTool {
		var c callParams
		if rest, err := json.Parse(p.Params, &c, decodeFlags); err == nil && len(rest) == 0 {
			p.call, p.meta, p.targets = &c, c.Meta.messageMeta, []target{{method: p.Method, name: c.Name}}
			return p, nil
		}
	}
	if len(p.Params) > 0 && p.Params[0] == '{' {
		var params struct {
			Meta any `json:"_meta"`
		}
		params.Meta = &p.meta
		// JSON of another shape is left as it is: the SDK says what is wrong with it.
		_, _ = json.Parse(p.Params, &params, decodeFlags)
	}
	p.targets = []target{targetOf(p.Method, p.Params)}
	return p, nil
}

var (
	errNotJSON = errors.New("the request body is not one JSON value")
	errTooDeep = errors.New("the request body is nested too deeply")
)

// scan checks the nesting of body, counts the elements of its outermost array
// or object, and weighs all there are. It holds for JSON only, which body may not
// be.
func scan(body []byte) (elements, values int, err error) {
	depth, inString := 0, false
	elements = 1
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString:
			if c == '\\' {
				i++
			} else if c == '"' {
				inString = false
			}
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			values += containerValues
			if depth++; depth > maxDepth {
				return 0, 0, errTooDeep
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			values++
			if depth == 1 {
				elements++
			}
		}
	}
	return elements, values, nil
}

// decodeName undoes the encoding that SEP-2243 gives to names that are not
// plain ASCII; the SDK compares the header with the body as it stands.
func decodeName(h http.Header) {
	v := h.Get("Mcp-Name")
	enc, ok := strings.CutPrefix(v, "=?base64?")
	if !ok {
		return
	}
	if enc, ok = strings.CutSuffix(enc, "?="); !ok {
		return
	}
	if name, err := base64.StdEncoding.DecodeString(enc); err == nil {
		h.Set("Mcp-Name", string(name))
	}
}

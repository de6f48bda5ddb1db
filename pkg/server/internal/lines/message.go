package lines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Error codes of JSON-RPC 2.0, section 5.1, and the one for refused work.
const (
	codeParse   = -32700
	codeInvalid = -32600
	codeRefused = -32000
)

const (
	maxID      = 256       // bytes of an id as written: ids are kept while requests are in flight
	maxIntID   = 1<<53 - 1 // the SDK reads numbers as float64: beyond this the answer would carry another id
	maxKey     = 2 + 6*len("jsonrpc")
	listen     = "subscriptions/listen"
	initialize = "initialize"
	cancelled  = "notifications/cancelled"
)

type kind int

const (
	notification kind = iota
	request
	response
)

// A callID identifies a request in flight: the same text as string and as
// number are different ids.
type callID struct {
	text   string
	number int64
	isText bool
}

// A message is what the filter knows of one JSON-RPC message.
type message struct {
	kind   kind
	id     callID // of requests and responses
	rawID  []byte // as written, if an answer may carry it; else nil
	method string // only initialize, listen and cancelled are kept
}

// A fault says why a message is not passed on.
type fault struct {
	code int
	text string
	// silent marks a broken error response: to answer an error with an error
	// would let two strict peers answer each other for ever.
	silent bool
}

func invalid(format string, args ...any) *fault {
	return &fault{code: codeInvalid, text: fmt.Sprintf(format, args...)}
}

// The members of a message.
const (
	fieldVersion = iota
	fieldID
	fieldMethod
	fieldParams
	fieldResult
	fieldError
	fieldCount
)

// field returns the member that a quoted key names, or -1. Keys are matched
// exactly, with escapes decoded, as the SDK does.
func field(key []byte) int {
	if len(key) > maxKey {
		return -1
	}
	name := key[1 : len(key)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(key))
	}
	switch string(name) {
	case "jsonrpc":
		return fieldVersion
	case "id":
		return fieldID
	case "method":
		return fieldMethod
	case "params":
		return fieldParams
	case "result":
		return fieldResult
	case "error":
		return fieldError
	}
	return -1
}

// parse checks one message. The fault is nil only if the SDK accepts the line
// and will answer it, if at all, with the id that it carries.
func parse(line []byte) (message, *fault) {
	var (
		s      = scanner{b: line}
		fields [fieldCount][]byte
		twice  string
	)
	if s.peek() != '{' {
		return message{}, notObject(&s)
	}
	for first := true; ; first = false {
		key, err := s.member(first)
		if key == nil && err == nil {
			break
		}
		start := s.i
		if err == nil {
			err = s.value(1)
		}
		if err != nil {
			return unreadable(err, &fields)
		}
		if f := field(key); f >= 0 {
			if fields[f] != nil {
				twice = unquote(key)
			}
			fields[f] = line[start:s.i]
		}
	}
	if err := s.end(); err != nil {
		return unreadable(err, &fields)
	}
	if twice != "" {
		m, ft := message{}, invalid("it has %q more than once", twice)
		if twice != "id" && twice != "method" {
			m.rawID = echo(&fields)
		}
		ft.silent = isError(&fields)
		return m, ft
	}
	m, ft := classify(&fields)
	if ft != nil {
		m.rawID = echo(&fields)
		ft.silent = isError(&fields)
	}
	return m, ft
}

// notObject explains a line that does not begin with a brace.
func notObject(s *scanner) *fault {
	err := s.value(0)
	if err == nil {
		err = s.end()
	}
	if err != nil && !err.deep {
		return &fault{code: codeParse, text: err.Error()}
	}
	return invalid("a message is one JSON object")
}

// unreadable explains a line that the scanner could not finish. Only what is
// too deep may carry an id: what is not JSON has none (JSON-RPC 2.0, section 5).
func unreadable(err *syntaxError, fields *[fieldCount][]byte) (message, *fault) {
	if !err.deep {
		return message{}, &fault{code: codeParse, text: err.Error()}
	}
	ft := invalid("%s", err)
	ft.silent = isError(fields)
	if fields[fieldMethod] == nil {
		return message{}, ft
	}
	return message{rawID: echo(fields)}, ft
}

func isError(fields *[fieldCount][]byte) bool {
	return fields[fieldMethod] == nil && fields[fieldError] != nil
}

// echo returns the id that the answer to a faulty message may carry: none for
// a response, since its id names a request of the server's.
func echo(fields *[fieldCount][]byte) []byte {
	id := fields[fieldID]
	if len(id) == 0 || len(id) > maxID || fields[fieldMethod] == nil && (fields[fieldResult] != nil || fields[fieldError] != nil) {
		return nil
	}
	if c := id[0]; c == '"' || c == '-' || c >= '0' && c <= '9' {
		return id
	}
	return nil
}

func classify(fields *[fieldCount][]byte) (message, *fault) {
	version, id, method := fields[fieldVersion], fields[fieldID], fields[fieldMethod]
	if len(version) == 0 || version[0] != '"' || unquote(version) != "2.0" {
		return message{}, invalid(`it must have "jsonrpc":"2.0"`)
	}
	var m message
	hasID := id != nil && string(id) != "null"
	if hasID {
		var ft *fault
		if m.id, ft = parseID(id); ft != nil {
			return m, ft
		}
	}
	if method == nil {
		return classifyResponse(m, hasID, fields)
	}
	switch {
	case method[0] != '"':
		return m, invalid(`"method" must be a string`)
	case fields[fieldResult] != nil || fields[fieldError] != nil:
		return m, invalid(`it has "method" and also "result" or "error": send a request or a response`)
	case hasID:
		m.kind, m.rawID = request, id
		if name := unquote(method); name == initialize || name == listen {
			m.method = name
		}
	case id != nil && !strings.HasPrefix(unquote(method), "notifications/"):
		// The SDK would take it for a notification and never answer.
		return m, invalid(`"id" is null: use a string or an integer, or no id in a notification`)
	case unquote(method) == cancelled:
		m.method = cancelled
	}
	return m, nil
}

func classifyResponse(m message, hasID bool, fields *[fieldCount][]byte) (message, *fault) {
	switch {
	case fields[fieldResult] == nil && fields[fieldError] == nil:
		return m, invalid(`it has no "method", "result" or "error"`)
	case !hasID:
		return m, invalid("a response must have the id of its request")
	}
	m.kind = response
	return m, checkError(fields[fieldError])
}

// checkError reports an "error" that the SDK cannot decode.
func checkError(text []byte) *fault {
	if text == nil || string(text) == "null" {
		return nil
	}
	if text[0] != '{' {
		return invalid(`"error" must be an object`)
	}
	s := scanner{b: text}
	for first := true; ; first = false {
		key, err := s.member(first)
		if key == nil || err != nil {
			return nil
		}
		start := s.i
		if s.value(1) != nil {
			return nil
		}
		value := text[start:s.i]
		if string(value) == "null" {
			continue
		}
		switch unquote(key) {
		case "code":
			if _, err := strconv.ParseInt(string(value), 10, 64); err != nil {
				return invalid(`"code" of "error" must be an integer`)
			}
		case "message":
			if value[0] != '"' {
				return invalid(`"message" of "error" must be a string`)
			}
		}
	}
}

// parseID reads a string or an integer.
func parseID(text []byte) (callID, *fault) {
	if len(text) > maxID {
		return callID{}, invalid(`"id" is longer than %d bytes`, maxID)
	}
	if text[0] == '"' {
		return callID{text: unquote(text), isText: true}, nil
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n > maxIntID || n < -maxIntID {
		return callID{}, invalid(`"id" must be a string or an integer up to %d`, maxIntID)
	}
	return callID{number: n}, nil
}

// answered returns the ids of the requests that an outgoing line answers. It
// reads no further than it must: the SDK writes the id before the result.
func answered(line []byte, ids []callID) []callID {
	s := scanner{b: line}
	if s.peek() != '[' {
		if id, ok := s.responseID(); ok {
			ids = append(ids, id)
		}
		return ids
	}
	for first := true; ; first = false {
		more, err := s.element(first)
		if err != nil || !more {
			return ids
		}
		s.peek()
		start := s.i
		if s.value(1) != nil {
			return ids
		}
		element := scanner{b: line[start:s.i]}
		if id, ok := element.responseID(); ok {
			ids = append(ids, id)
		}
	}
}

// responseID returns the id of the message at the scanner if it is a response.
func (s *scanner) responseID() (id callID, ok bool) {
	if s.peek() != '{' {
		return id, false
	}
	hasID, hasResult := false, false
	for first := true; ; first = false {
		key, err := s.member(first)
		if key == nil || err != nil {
			return id, hasID && err == nil
		}
		switch field(key) {
		case fieldMethod:
			return id, false
		case fieldResult, fieldError:
			hasResult = true
		case fieldID:
			start := s.i
			if s.value(1) != nil {
				return id, false
			}
			var ft *fault
			if id, ft = parseID(s.b[start:s.i]); ft != nil {
				return id, false
			}
			hasID = true
			continue
		}
		if hasID && hasResult {
			return id, true
		}
		if s.value(1) != nil {
			return id, false
		}
	}
}

// negotiated returns the protocol version in an answer to initialize, or "".
func negotiated(line []byte) string {
	var answer struct {
		Result struct {
			ProtocolVersion string `json:"protocolVersion"`
		} `json:"result"`
	}
	if json.Unmarshal(line, &answer) != nil {
		return ""
	}
	return answer.Result.ProtocolVersion
}

// target returns the id that a cancelled notification names, as the SDK reads
// it.
func target(line []byte) (id callID, ok bool) {
	// Maps, since the names of a struct's fields would match in any case.
	var members map[string]json.RawMessage
	var params map[string]any
	if json.Unmarshal(line, &members) != nil || json.Unmarshal(members["params"], &params) != nil {
		return id, false
	}
	switch v := params["requestId"].(type) {
	case string:
		return callID{text: v, isText: true}, true
	case float64:
		return callID{number: int64(v)}, true
	}
	return id, false
}

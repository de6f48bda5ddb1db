package messages

// facts are what a scanner finds in a message, values as they are written.
type facts struct {
	id, method, name, version, code, isError string

	result, err bool // it has such a member
	broken      bool // it is no JSON-RPC message
	size        int
}

func (f *facts) kind() string {
	switch {
	case f.broken:
		return "invalid"
	case f.method != "" && f.id != "" && f.id != "null":
		return "request"
	case f.method != "":
		return "notification"
	case f.result || f.err:
		return "response"
	}
	return "invalid"
}

// failure is the code of an error, or tool_error.
func (f *facts) failure() string {
	switch {
	case f.err && f.code != "" && len(f.code) <= len("-2147483648"):
		return f.code
	case f.err:
		return "error"
	case f.isError == "true":
		return "tool_error"
	}
	return ""
}

const (
	maxToken = 256 // of what is kept of a key or value
	maxPath  = 6   // how deep a wanted value may be
)

// scanner finds the facts in messages that pass by in pieces. It keeps nothing of
// them but the values it looks for, whatever their size, and it does not check
// that they are JSON. A batch is so many messages.
type scanner struct {
	emit func(facts)

	facts  facts
	depth  int             // of the containers that are open
	base   int             // the depth of a message: 1, or 2 in a batch
	object [maxPath]bool   // what is open is an object
	keys   [maxPath]string // the member that is being read
	token  []byte          // the string, number or word that is being read
	quoted bool            // it is a string, not at its end
	escape bool
	key    bool // a string now is a member's name
	seen   bool // something but white space came
	some   bool // a message was emitted
}

func (s *scanner) feed(p []byte) {
	for _, c := range p {
		s.byte(c)
	}
}

func (s *scanner) byte(c byte) {
	s.facts.size++
	if s.quoted {
		s.keep(c)
		switch {
		case s.escape:
			s.escape = false
		case c == '\\':
			s.escape = true
		case c == '"':
			s.quoted = false
			s.endString()
		}
		return
	}
	switch c {
	case ' ', '\t', '\r', '\n':
		s.endWord()
		if !s.seen {
			s.facts.size = 0
		}
		return
	case '"':
		s.quoted, s.token = true, append(s.token[:0], c)
	case '{', '[':
		s.open(c == '{')
	case '}', ']':
		s.endWord()
		s.close()
	case ':':
		s.key = false
	case ',':
		s.endWord()
		if s.depth < s.base {
			s.facts = facts{}
		}
		s.key = s.depth < maxPath && s.object[s.depth]
	default:
		s.keep(c)
	}
	s.seen = true
}

func (s *scanner) keep(c byte) {
	if len(s.token) < maxToken {
		s.token = append(s.token, c)
	}
}

func (s *scanner) open(object bool) {
	if !s.seen {
		s.base = 1
		if !object {
			s.base = 2
		}
	}
	s.value("")
	s.depth++
	if s.depth == s.base {
		s.facts = facts{size: 1, broken: !object}
	}
	if s.depth < maxPath {
		s.object[s.depth], s.keys[s.depth] = object, ""
	}
	s.key = object
}

func (s *scanner) close() {
	if s.depth == s.base && s.base > 0 {
		s.emit(s.facts)
		s.some = true
		s.facts = facts{}
	}
	s.depth = max(0, s.depth-1)
	s.key = false
}

func (s *scanner) endString() {
	if s.key {
		if s.depth < maxPath {
			s.keys[s.depth] = text(string(s.token))
		}
	} else {
		s.value(string(s.token))
	}
	s.token = s.token[:0]
}

// endWord ends a number, or one of true, false and null.
func (s *scanner) endWord() {
	if len(s.token) > 0 {
		s.value(string(s.token))
		s.token = s.token[:0]
	}
}

// value takes the value of the member that is being read; a container has "".
func (s *scanner) value(v string) {
	d := s.depth - s.base
	if s.base == 0 || d < 0 || d > 2 || s.depth >= maxPath || !s.object[s.depth] {
		return
	}
	f, path := &s.facts, s.keys[s.base:s.depth+1]
	switch {
	case d == 0 && path[0] == "id":
		f.id = v
	case d == 0 && path[0] == "method":
		f.method = v
	case d == 0 && path[0] == "result":
		f.result = true
	case d == 0 && path[0] == "error":
		f.err = true
	case d == 1 && path[0] == "params" && (path[1] == "name" || path[1] == "uri"):
		f.name = v
	case d == 1 && path[0] == "error" && path[1] == "code":
		f.code = v
	case d == 1 && path[0] == "result" && path[1] == "isError":
		f.isError = v
	case d == 2 && path[0] == "params" && path[1] == "_meta" && path[2] == "io.modelcontextprotocol/protocolVersion":
		f.version = v
	}
}

// finish ends what was fed: what was no message, or not to its end, is emitted
// as invalid. The scanner is ready for the next.
func (s *scanner) finish() {
	s.endWord()
	if s.seen && (!s.some || s.depth > 0) {
		s.facts.broken = true
		s.emit(s.facts)
	}
	*s = scanner{emit: s.emit, token: s.token[:0]}
}

package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// argumentSchema is what the command line reads of a tool's input schema.
type argumentSchema struct {
	Properties map[string]argumentRule `json:"properties"`
	Required   []string                `json:"required"`
}

type argumentRule struct {
	Type        jsonTypes         `json:"type"`
	Items       json.RawMessage   `json:"items"`
	Enum        []json.RawMessage `json:"enum"`
	Default     json.RawMessage   `json:"default"`
	Description string            `json:"description"`
}

// jsonTypes is a type, or a list of them, in a schema.
type jsonTypes []string

// UnmarshalJSON reads both forms. What is neither is no type that is known here.
func (t *jsonTypes) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*t = jsonTypes{one}
		return nil
	}
	var many []string
	_ = json.Unmarshal(raw, &many)
	*t = many
	return nil
}

// is reports whether a value has this type and no other one but null.
func (t jsonTypes) is(name string) bool {
	rest := slices.DeleteFunc(slices.Clone(t), func(n string) bool { return n == "null" })
	return len(rest) == 1 && rest[0] == name
}

func argumentsOf(tool *mcp.Tool) (s argumentSchema, err error) {
	raw, err := json.Marshal(tool.InputSchema)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(raw, &s)
}

// item is the rule of the elements of a list.
func (r argumentRule) item() (item argumentRule) {
	// A schema that is no object is true, which has no rules.
	_ = json.Unmarshal(r.Items, &item)
	return item
}

// argumentType returns what knows the type of each argument of a tool by all of
// its names, those that are not shown too. Of a service that is elsewhere, which
// is a nil one, only what is shown is known.
func (s *Server) argumentType(tool string) func(name string) string {
	if s != nil {
		if t := s.reg.tools[tool]; t != nil && t.input != nil {
			return t.input.Type
		}
	}
	return func(string) string { return "" }
}

// maxArgument bounds what is read of a file: a request could not be longer.
const maxArgument = 4 << 20

// word is an argument as it was given.
type word struct {
	key, value string
	file       bool // value names a file, or - is standard input
}

// splitWord takes key=value or key@FILE apart. The sign that comes first decides:
// assignee=@me is text.
func splitWord(w string) (word, bool) {
	i := strings.IndexAny(w, "=@")
	if i < 1 {
		return word{}, false
	}
	return word{key: w[:i], value: w[i+1:], file: w[i] == '@'}, true
}

// read returns the value, from where it is.
func (w word) read(stdin io.Reader) (string, error) {
	if !w.file {
		return w.value, nil
	}
	from := stdin
	if w.value != "-" {
		f, err := os.Open(expandHome(w.value)) // no shell does it behind an @
		if err != nil {
			return "", fmt.Errorf("%s@: %w", w.key, err)
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxArgument+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%s@: %w", w.key, err)
	case len(text) > maxArgument:
		return "", fmt.Errorf("%s@%s: it holds more than %d MiB, which is the most", w.key, w.value, maxArgument>>20)
	case !utf8.Valid(text):
		return "", fmt.Errorf("%s@%s: it is no text in UTF-8", w.key, w.value)
	}
	return string(text), nil
}

// parseArguments turns key=value and key@FILE words into the arguments of tool.
// unlisted returns the types of those that its schema does not show.
func parseArguments(tool *mcp.Tool, unlisted func(name string) string, words []string, stdin io.Reader) (map[string]json.RawMessage, error) {
	schema, err := argumentsOf(tool)
	if err != nil {
		return nil, err
	}
	given := make(map[string][]string, len(words))
	arguments := make(map[string]json.RawMessage, len(words))
	for _, text := range words {
		w, ok := splitWord(text)
		if !ok {
			return nil, fmt.Errorf("argument %q: write key=value%s", text, bareHint(schema, text))
		}
		value, err := w.read(stdin)
		if err != nil {
			return nil, err
		}
		if w.file && w.value == "-" {
			stdin = failingReader{} // it can be read once
		}
		given[w.key] = append(given[w.key], value)
		rule, listed := schema.Properties[w.key]
		if !listed {
			// Of an argument that nobody knows, what can be a number is one.
			if typ := unlisted(w.key); typ != "" && typ != "any" {
				rule.Type = jsonTypes{typ}
			} else if typ == "" {
				rule.Type = jsonTypes{"string", "number"}
			}
		}
		if len(given[w.key]) > 1 && !rule.Type.is("array") {
			return nil, fmt.Errorf("argument %q is given twice", w.key)
		}
		if arguments[w.key], err = rule.value(given[w.key]); err != nil {
			return nil, err
		}
	}
	return arguments, nil
}

// failingReader is standard input after it was read.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) {
	return 0, errors.New("standard input is the value of another argument")
}

// value is what was given as JSON: text where text is taken, else JSON. What is no
// JSON is sent as text: the tool then says what it takes.
func (r argumentRule) value(given []string) (json.RawMessage, error) {
	text := given[len(given)-1]
	switch {
	case r.Type.is("array") && (len(given) > 1 || !isList(text)):
		return r.list(given)
	case len(r.Type) > 0 && !r.Type.is("string") && json.Valid([]byte(text)):
		return json.RawMessage(text), nil
	}
	return quoteJSON(text)
}

func isList(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "[") && json.Valid([]byte(text))
}

// list makes an array of one value with commas, or of several values.
func (r argumentRule) list(given []string) (json.RawMessage, error) {
	item := r.item()
	if item.Type.is("array") || item.Type.is("object") {
		return quoteJSON(given[0]) // only JSON can say what it is
	}
	if len(given) == 1 {
		given = splitList(given[0])
	}
	var b bytes.Buffer
	b.WriteByte('[')
	for i, text := range given {
		if i > 0 {
			b.WriteByte(',')
		}
		if !item.Type.is("string") && json.Valid([]byte(text)) {
			b.WriteString(text)
			continue
		}
		quoted, err := quoteJSON(text)
		if err != nil {
			return nil, err
		}
		b.Write(quoted)
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// splitList takes a,b apart at the commas that are in no brackets and in no
// quotes: *.{go,md} and max(a,b) are each one.
func splitList(text string) []string {
	if text == "" {
		return nil
	}
	var parts []string
	start, depth := 0, 0
	var quote byte
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' && (i == start || !isLetter(text[i-1])): // not that of don't
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth = max(0, depth-1)
		case c == ',' && depth == 0:
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	return append(parts, text[start:])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func quoteJSON(text string) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(text)
	return bytes.TrimSpace(b.Bytes()), err
}

// bareHint proposes what a word without a key may have meant.
func bareHint(schema argumentSchema, text string) string {
	if key, value, ok := strings.Cut(text, ":"); ok {
		if _, listed := schema.Properties[key]; listed {
			return ": did you mean " + key + "=" + value + "?"
		}
	}
	if _, listed := schema.Properties[text]; listed {
		return ": " + text + "=VALUE"
	}
	if len(schema.Required) == 1 {
		return ": did you mean " + schema.Required[0] + "=" + text + "?"
	}
	return ""
}

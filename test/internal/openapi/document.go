// Package openapi holds requests to the OpenAPI 3.0 description of the API that
// they are for, more strictly than the API itself: what the description does not
// name is wrong too. It answers them with the description's own examples.
//
// Start with [Open] and [Document.Find].
package openapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Document is a description. It is safe for concurrent use.
type Document struct {
	operations []*Operation
	components map[string]map[string]json.RawMessage
}

// Operation is what a method does at the addresses of a path.
type Operation struct {
	// ID is the description's name of it: issues/create.
	ID string
	// Method and Path are GET and /repos/{owner}/{repo}.
	Method, Path string

	doc        *Document
	segments   []segment
	parameters []*parameter
	body       *body
	responses  map[string]json.RawMessage
}

type parameter struct {
	Name     string          `json:"name"`
	In       string          `json:"in"`
	Required bool            `json:"required"`
	Multi    bool            `json:"x-multi-segment"`
	Schema   json.RawMessage `json:"schema"`
}

type body struct {
	Required bool `json:"required"`
	Content  map[string]struct {
		Schema json.RawMessage `json:"schema"`
	} `json:"content"`
}

// segment is a part of a path between slashes: a text, or the parameter of that
// name.
type segment struct {
	text, name string
	multi      bool // it takes any number of segments
}

// Open reads the description in the file at path.
func Open(path string) (*Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func parse(text []byte) (*Document, error) {
	var raw struct {
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components map[string]map[string]json.RawMessage `json:"components"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	d := &Document{components: raw.Components}
	for path, methods := range raw.Paths {
		for method, text := range methods {
			// What has several parameters between two slashes is described once
			// more with one.
			if strings.Contains(path, "}.") {
				continue
			}
			o, err := d.operation(method, path, text)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			d.operations = append(d.operations, o)
		}
	}
	if len(d.operations) == 0 {
		return nil, fmt.Errorf("it describes no operation")
	}
	return d, nil
}

func (d *Document) operation(method, path string, text json.RawMessage) (*Operation, error) {
	var raw struct {
		ID         string                     `json:"operationId"`
		Parameters []json.RawMessage          `json:"parameters"`
		Body       json.RawMessage            `json:"requestBody"`
		Responses  map[string]json.RawMessage `json:"responses"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	o := &Operation{ID: raw.ID, Method: strings.ToUpper(method), Path: path, doc: d, responses: raw.Responses}
	for _, text := range raw.Parameters {
		p := new(parameter)
		if err := d.decode(text, p); err != nil {
			return nil, err
		}
		o.parameters = append(o.parameters, p)
	}
	if raw.Body != nil {
		o.body = new(body)
		if err := d.decode(raw.Body, o.body); err != nil {
			return nil, err
		}
	}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		s := segment{text: part}
		if name, ok := strings.CutPrefix(part, "{"); ok {
			s = segment{name: strings.TrimSuffix(name, "}")}
			if p := o.parameter("path", s.name); p != nil {
				s.multi = p.Multi
			}
		}
		o.segments = append(o.segments, s)
	}
	return o, nil
}

// decode reads what text is, or refers to, into v.
func (d *Document) decode(text json.RawMessage, v any) error {
	for range 10 {
		var ref struct {
			Ref string `json:"$ref"`
		}
		if json.Unmarshal(text, &ref) != nil || ref.Ref == "" {
			return json.Unmarshal(text, v)
		}
		kind, name, _ := strings.Cut(strings.TrimPrefix(ref.Ref, "#/components/"), "/")
		if text = d.components[kind][name]; text == nil {
			return fmt.Errorf("%s is not in the description", ref.Ref)
		}
	}
	return fmt.Errorf("a reference to references")
}

func (o *Operation) parameter(in, name string) *parameter {
	i := slices.IndexFunc(o.parameters, func(p *parameter) bool { return p.In == in && p.Name == name })
	if i < 0 {
		return nil
	}
	return o.parameters[i]
}

// Has reports whether the operation has a parameter in its query.
func (o *Operation) Has(query string) bool { return o.parameter("query", query) != nil }

// Find returns the operation of a request and its parameters of the path, nil if
// there is none. path is the escaped one of its URL.
func (d *Document) Find(method, path string) (*Operation, map[string]string) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, p := range parts {
		text, err := url.PathUnescape(p)
		if err != nil {
			return nil, nil
		}
		parts[i] = text
	}
	var found *Operation
	var values map[string]string
	best := -1
	for _, o := range d.operations {
		if o.Method != method {
			continue
		}
		if v, ok := match(o.segments, parts); ok && o.literals() > best {
			found, values, best = o, v, o.literals()
		}
	}
	return found, values
}

// literals says how closely an operation names its addresses: releases/latest
// comes before releases/{id}, and that before a parameter that takes all.
func (o *Operation) literals() (n int) {
	for _, s := range o.segments {
		switch {
		case s.text != "":
			n += 100
		case !s.multi:
			n++
		}
	}
	return n
}

// match returns the parameters of a path. One of many segments may have none, as
// in contents/.
func match(segments []segment, parts []string) (map[string]string, bool) {
	if len(segments) == 0 {
		return map[string]string{}, len(parts) == 0
	}
	if len(parts) == 0 {
		return nil, false
	}
	s := segments[0]
	most := 1
	if s.multi {
		most = len(parts)
	}
	if s.text != "" && s.text != parts[0] {
		return nil, false
	}
	for n := 1; n <= most; n++ {
		values, ok := match(segments[1:], parts[n:])
		if !ok {
			continue
		}
		if s.name != "" {
			values[s.name] = strings.Join(parts[:n], "/")
		}
		return values, true
	}
	return nil, false
}

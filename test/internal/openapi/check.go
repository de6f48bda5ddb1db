package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Check returns what is wrong with a request of the operation, whose parameters
// of the path [Document.Find] returned.
func (o *Operation) Check(r *http.Request, path map[string]string, content []byte) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for name, value := range path {
		p := o.parameter("path", name)
		switch {
		case p == nil:
			add("the description does not say what {%s} is", name)
		case value == "" && !p.Multi:
			add("{%s} of the path is empty", name)
		case slices.Contains(strings.Split(value, "/"), "..") || slices.Contains(strings.Split(value, "/"), "."):
			add("{%s} of the path is %q", name, value)
		default:
			if err := o.value(p, []string{value}); err != nil {
				add("{%s} of the path: %v", name, err)
			}
		}
	}
	query := r.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		p := o.parameter("query", name)
		if p == nil {
			p = o.parameter("query", name+"[]")
		}
		if p == nil {
			add("the query has %s, which the operation does not know", name)
		} else if err := o.value(p, query[name]); err != nil {
			add("%s of the query: %v", name, err)
		}
	}
	for _, p := range o.parameters {
		if p.In == "query" && p.Required && !query.Has(p.Name) {
			add("the query lacks %s", p.Name)
		}
	}
	return append(problems, o.checkBody(r, content)...)
}

// value holds the texts of a parameter to its schema.
func (o *Operation) value(p *parameter, texts []string) error {
	var kind struct {
		Type string `json:"type"`
	}
	if err := o.doc.decode(p.Schema, &kind); err != nil {
		return err
	}
	if kind.Type != "array" && len(texts) > 1 {
		return fmt.Errorf("it is given %d times", len(texts))
	}
	var v any = texts[0]
	var err error
	switch kind.Type {
	case "integer", "number":
		v, err = strconv.ParseFloat(texts[0], 64)
	case "boolean":
		v, err = strconv.ParseBool(texts[0])
	case "array":
		return nil
	}
	if err != nil {
		return fmt.Errorf("%q is no %s", texts[0], kind.Type)
	}
	// The limit is in the words of the description alone.
	if p.Name == "per_page" && v.(float64) > 100 {
		return fmt.Errorf("%s is more than a page has", texts[0])
	}
	return o.doc.validate(p.Schema, v)
}

func (o *Operation) checkBody(r *http.Request, content []byte) []string {
	switch {
	case len(content) == 0 && o.body != nil && o.body.Required:
		return []string{"it has no body"}
	case len(content) == 0:
		return nil
	case o.body == nil:
		return []string{fmt.Sprintf("it has a body, which the operation does not take: %.200s", content)}
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return []string{"the type of the body: " + err.Error()}
	}
	form, ok := o.body.Content[media]
	if !ok {
		return []string{"the body is " + media}
	}
	if media != "application/json" {
		return nil
	}
	var v any
	if err := json.Unmarshal(content, &v); err != nil {
		return []string{"the body: " + err.Error()}
	}
	if err := o.doc.validate(form.Schema, v); err != nil {
		return []string{fmt.Sprintf("the body %.200s: %v", content, err)}
	}
	return nil
}

package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Answer is how an operation answers when all goes well, by the description's
// example.
type Answer struct {
	Status int
	// Type is that of Body, "" if there is none.
	Type string
	Body json.RawMessage
}

// Example returns the example of that name. If the operation has none so named it
// is the one called default, or the first by name.
func (o *Operation) Example(name string) (Answer, error) {
	for _, status := range slices.Sorted(maps.Keys(o.responses)) {
		code, err := strconv.Atoi(status)
		if err != nil || code < 200 || code > 399 || code == 304 {
			continue
		}
		var raw struct {
			Content map[string]struct {
				Examples map[string]json.RawMessage `json:"examples"`
			} `json:"content"`
		}
		if err := o.doc.decode(o.responses[status], &raw); err != nil {
			return Answer{}, err
		}
		const media = "application/json"
		form, ok := raw.Content[media]
		if !ok {
			return Answer{Status: code}, nil
		}
		text := form.Examples[name]
		for _, k := range slices.Concat([]string{"default"}, slices.Sorted(maps.Keys(form.Examples))) {
			if text == nil {
				text = form.Examples[k]
			}
		}
		if text == nil {
			return Answer{}, fmt.Errorf("%s has no example", o.ID)
		}
		body, err := o.doc.example(text)
		return Answer{Status: code, Type: media, Body: body}, err
	}
	return Answer{}, fmt.Errorf("%s has no answer", o.ID)
}

// example returns the value of an example. Some values are references to another
// example.
func (d *Document) example(text json.RawMessage) (json.RawMessage, error) {
	for {
		var example struct {
			Value json.RawMessage `json:"value"`
		}
		if err := d.decode(text, &example); err != nil {
			return nil, err
		}
		var ref struct {
			Ref string `json:"$ref"`
		}
		if json.Unmarshal(example.Value, &ref) != nil || ref.Ref == "" {
			return example.Value, nil
		}
		text = example.Value
	}
}

package openapi

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// validate holds a value to a schema of the description in which objects have
// only the members that are named.
func (d *Document) validate(schema json.RawMessage, v any) error {
	t := &translation{doc: d, defs: map[string]any{}}
	root, err := t.schema(schema)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"allOf": []any{root}, "$defs": t.defs})
	if err != nil {
		return err
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("a schema of the description: %w", err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return fmt.Errorf("a schema of the description: %w", err)
	}
	return resolved.Validate(v)
}

// translation turns the schemas of OpenAPI 3.0 into JSON Schema.
type translation struct {
	doc  *Document
	defs map[string]any
}

func (t *translation) schema(text json.RawMessage) (any, error) {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	return t.translate(v, true)
}

// kept are the keywords that mean the same in both.
var kept = []string{
	"type", "enum", "required", "minimum", "maximum", "minLength", "maxLength",
	"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
}

// translate does one schema. One that is closed allows no members but those that
// it names; a part of a whole is left open, since the whole is closed.
func (t *translation) translate(v any, closed bool) (any, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return v, nil // true and false
	}
	if ref, ok := in["$ref"].(string); ok {
		return t.refer(ref, closed)
	}
	out := map[string]any{}
	for _, k := range kept {
		if v, ok := in[k]; ok {
			out[k] = v
		}
	}
	if p, ok := in["pattern"].(string); ok {
		// Some patterns are of JavaScript alone.
		if _, err := regexp.Compile(p); err == nil {
			out["pattern"] = p
		}
	}
	properties, object := in["properties"].(map[string]any)
	whole := object || in["allOf"] != nil
	if err := t.parts(in, out, closed && !whole); err != nil {
		return nil, err
	}
	if object {
		named := map[string]any{}
		for name, p := range properties {
			var err error
			if named[name], err = t.translate(p, true); err != nil {
				return nil, err
			}
		}
		out["properties"] = named
	}
	if extra, ok := in["additionalProperties"]; ok {
		var err error
		if out["additionalProperties"], err = t.translate(extra, true); err != nil {
			return nil, err
		}
	} else if closed && whole {
		out["unevaluatedProperties"] = false
	}
	if in["nullable"] == true {
		return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, out}}, nil
	}
	return out, nil
}

// parts does the schemas that a schema is made of.
func (t *translation) parts(in, out map[string]any, closed bool) error {
	for _, k := range []string{"allOf", "anyOf", "oneOf"} {
		list, ok := in[k].([]any)
		if !ok {
			continue
		}
		parts := make([]any, len(list))
		for i, p := range list {
			var err error
			if parts[i], err = t.translate(p, closed); err != nil {
				return err
			}
		}
		out[k] = parts
	}
	for _, k := range []string{"items", "not"} {
		if p, ok := in[k]; ok {
			var err error
			if out[k], err = t.translate(p, k == "items"); err != nil {
				return err
			}
		}
	}
	return nil
}

// refer does a schema that others refer to, once as a whole and once as a part.
func (t *translation) refer(ref string, closed bool) (any, error) {
	name := strings.TrimPrefix(ref, "#/components/schemas/")
	key := name
	if !closed {
		key += ".part"
	}
	if _, ok := t.defs[key]; !ok {
		text := t.doc.components["schemas"][name]
		if text == nil {
			return nil, fmt.Errorf("%s is not in the description", ref)
		}
		t.defs[key] = true // it may refer to itself
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return nil, err
		}
		var err error
		if t.defs[key], err = t.translate(v, closed); err != nil {
			return nil, err
		}
	}
	return map[string]any{"$ref": "#/$defs/" + key}, nil
}

package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// definitionsFile holds the types of the Kubernetes API, to which the schemas of
// all kinds refer.
const definitionsFile = "_definitions.json"

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

// WriteSchemas writes a JSON schema for every kind of an OpenAPI document of
// Kubernetes and of CustomResourceDefinitions into dir, in files that
// kubeconform finds as {{.ResourceKind}}{{.KindSuffix}}.json. Unlike those
// documents the schemas refuse fields that they do not name, and null.
func WriteSchemas(dir string, openAPI []byte, definitions ...[]byte) error {
	if err := writeBuiltin(dir, openAPI); err != nil {
		return fmt.Errorf("the OpenAPI document of Kubernetes: %w", err)
	}
	for _, crd := range definitions {
		if err := writeCustom(dir, crd); err != nil {
			return fmt.Errorf("a CustomResourceDefinition: %w", err)
		}
	}
	return nil
}

func writeBuiltin(dir string, openAPI []byte) error {
	var doc struct {
		Definitions map[string]map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		return err
	}
	if doc.Definitions[objectMeta] == nil {
		return fmt.Errorf("it does not define %s", objectMeta)
	}
	strict := make(map[string]any, len(doc.Definitions))
	for name, d := range doc.Definitions {
		strict[name] = builtin(name, d)
		kinds, _ := d["x-kubernetes-group-version-kind"].([]any)
		if len(kinds) != 1 {
			continue // options of requests, which are no objects
		}
		kind, _ := kinds[0].(map[string]any)
		group, _ := kind["group"].(string)
		version, _ := kind["version"].(string)
		name, schema := fmt.Sprint(kind["kind"]), map[string]any{"$ref": reference(name)}
		if err := writeSchema(dir, schemaFile(name, group, version), schema); err != nil {
			return err
		}
	}
	return writeSchema(dir, definitionsFile, map[string]any{"definitions": strict})
}

// builtin is a type's schema, made strict. A few types are written in another
// way than the document says.
func builtin(name string, schema map[string]any) any {
	switch name[strings.LastIndex(name, ".")+1:] {
	case "Quantity":
		return map[string]any{"type": []string{"string", "number"}}
	case "IntOrString":
		return map[string]any{"type": []string{"string", "integer"}}
	case "JSON", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrStringArray", "RawExtension", "FieldsV1":
		return map[string]any{}
	}
	return strict(schema, true)
}

func writeCustom(dir string, crd []byte) error {
	var doc struct {
		Spec struct {
			Group string
			Names struct{ Kind string }

			Versions []struct {
				Name   string
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(crd, &doc); err != nil {
		return err
	}
	if doc.Spec.Names.Kind == "" || len(doc.Spec.Versions) == 0 {
		return fmt.Errorf("it names no kind or no version")
	}
	for _, v := range doc.Spec.Versions {
		schema, _ := strict(v.Schema.OpenAPIV3Schema, true).(map[string]any)
		properties, _ := schema["properties"].(map[string]any)
		if properties == nil {
			return fmt.Errorf("%s %s has no schema", doc.Spec.Names.Kind, v.Name)
		}
		properties["metadata"] = map[string]any{"$ref": reference(objectMeta)}
		if err := writeSchema(dir, schemaFile(doc.Spec.Names.Kind, doc.Spec.Group, v.Name), schema); err != nil {
			return err
		}
	}
	return nil
}

// schemaFile is the name under which kubeconform looks for a kind.
func schemaFile(kind, group, version string) string {
	group, _, _ = strings.Cut(group, ".")
	parts := slices.DeleteFunc([]string{strings.ToLower(kind), group, version}, func(s string) bool { return s == "" })
	return strings.Join(parts, "-") + ".json"
}

func reference(definition string) string { return definitionsFile + "#/definitions/" + definition }

func writeSchema(dir, name string, schema any) error {
	data, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), data, 0o644)
}

// strict returns the JSON schema for an OpenAPI schema. Where closed, objects
// have no other fields than those that are named; the branches of anyOf and the
// like only add conditions, and are left open.
func strict(schema any, closed bool) any {
	s, ok := schema.(map[string]any)
	if !ok {
		return schema // true or false
	}
	if ref, ok := s["$ref"].(string); ok {
		return map[string]any{"$ref": reference(strings.TrimPrefix(ref, "#/definitions/"))}
	}
	if s["x-kubernetes-int-or-string"] == true || s["format"] == "int-or-string" {
		return map[string]any{"type": []string{"string", "integer"}}
	}
	out := make(map[string]any)
	for key, value := range s {
		switch key {
		case "description", "default", "format", "nullable", "example":
		case "properties":
			properties := make(map[string]any)
			for name, p := range value.(map[string]any) {
				properties[name] = strict(p, closed)
			}
			out[key] = properties
		case "items", "additionalProperties":
			out[key] = strict(value, closed)
		case "not":
			out[key] = strict(value, false)
		case "allOf", "anyOf", "oneOf":
			var branches []any
			for _, b := range value.([]any) {
				branches = append(branches, strict(b, false))
			}
			out[key] = branches
		default:
			if !strings.HasPrefix(key, "x-kubernetes-") {
				out[key] = value
			}
		}
	}
	_, open := out["additionalProperties"]
	if closed && !open && out["properties"] != nil && s["x-kubernetes-preserve-unknown-fields"] != true {
		out["additionalProperties"] = false
	}
	return out
}

package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const smallAPI = `{"definitions": {
	"io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object", "properties": {"name": {"type": "string", "description": "of the object"}}},
	"io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string"},
	"io.k8s.api.apps.v1.Thing": {
		"type": "object", "required": ["spec"],
		"x-kubernetes-group-version-kind": [{"group": "apps.example.com", "version": "v1", "kind": "Thing"}],
		"properties": {
			"size": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity", "description": "how large"},
			"port": {"type": "string", "format": "int-or-string"},
			"labels": {"type": "object", "additionalProperties": {"type": "string"}},
			"either": {"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"properties": {"a": {"enum": [1]}}}]},
			"any": {"type": "object", "properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": true}
		}
	}
}}`

const smallCRD = `
spec:
  group: example.com
  names: {kind: Widget}
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          properties:
            metadata: {type: object}
            spec: {type: object, properties: {size: {type: integer}}}
`

func TestWriteSchemas(t *testing.T) {
	dir := t.TempDir()
	if err := WriteSchemas(dir, []byte(smallAPI), []byte(smallCRD)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"thing-apps-v1.json": `{"$ref": "_definitions.json#/definitions/io.k8s.api.apps.v1.Thing"}`,
		"_definitions.json": `{"definitions": {
			"io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object", "additionalProperties": false, "properties": {"name": {"type": "string"}}},
			"io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number"]},
			"io.k8s.api.apps.v1.Thing": {"type": "object", "required": ["spec"], "additionalProperties": false, "properties": {
				"size": {"$ref": "_definitions.json#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"},
				"port": {"type": ["string", "integer"]},
				"labels": {"type": "object", "additionalProperties": {"type": "string"}},
				"either": {"type": "object", "additionalProperties": false, "properties": {"a": {}, "b": {}}, "anyOf": [{"properties": {"a": {"enum": [1]}}}]},
				"any": {"type": "object", "properties": {"a": {}}}
			}}
		}}`,
		"widget-example-v1.json": `{"type": "object", "additionalProperties": false, "properties": {
			"metadata": {"$ref": "_definitions.json#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"},
			"spec": {"type": "object", "additionalProperties": false, "properties": {"size": {"type": "integer"}}}
		}}`,
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		var got, wanted any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWriteSchemasRefuses(t *testing.T) {
	for name, c := range map[string]struct{ api, crd string }{
		"no JSON":       {"openapi: 3", smallCRD},
		"not of an API": {`{"definitions": {}}`, smallCRD},
		"no CRD":        {smallAPI, "kind: ConfigMap"},
		"no schema":     {smallAPI, "spec: {group: a.b, names: {kind: A}, versions: [{name: v1}]}"},
	} {
		if err := WriteSchemas(t.TempDir(), []byte(c.api), []byte(c.crd)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

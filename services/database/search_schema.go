package database

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
)

// maxHitLabels is how many labels of an enum a hit shows.
const maxHitLabels = 20

var searchSchemaTool = &mcp.Tool{
	Name:        "search_schema",
	Title:       "Search schema",
	Description: `Find what a database has by words in names, comments and enum labels. Example: {"query":"customer email"}`,
	Annotations: server.ReadOnly(false),
}

type searchSchemaInput struct {
	Query    string   `json:"query" minLength:"1" maxLength:"500" jsonschema:"words"`
	Kinds    []string `json:"kinds,omitempty" enum:"table,column,type,function" jsonschema:"only these"`
	Database string   `json:"database,omitempty" jsonschema:"default: the first"`
	Limit    int      `json:"limit" min:"1" max:"100" default:"20" jsonschema:"hits"`
}

type searchSchemaOutput struct {
	Hits      []hitInfo `json:"hits"`
	Truncated bool      `json:"truncated" jsonschema:"there is more: raise limit, or add words"`
}

type hitInfo struct {
	Kind    string   `json:"kind" enum:"table,column,type,function"`
	Schema  string   `json:"schema"`
	Table   string   `json:"table,omitempty" jsonschema:"of a column"`
	Name    string   `json:"name"`
	Type    string   `json:"type,omitempty" jsonschema:"of a column; what a function returns; else the kind of table or type"`
	Args    string   `json:"args,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	Comment string   `json:"comment,omitempty"`
}

func (s *Service) searchSchema(ctx context.Context, in searchSchemaInput) (searchSchemaOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return searchSchemaOutput{}, err
	}
	index, err := d.catalog.Index(ctx)
	if err != nil {
		return searchSchemaOutput{}, shown(err)
	}
	hits, more := index.Search(catalog.Query{Text: in.Query, Kinds: in.Kinds, Limit: in.Limit})
	if err := catalog.Signatures(ctx, d.DB, hits); err != nil {
		return searchSchemaOutput{}, shown(err)
	}
	out := searchSchemaOutput{Hits: make([]hitInfo, len(hits)), Truncated: more}
	for i, h := range hits {
		out.Hits[i] = hitInfo{h.Kind, h.Schema, h.Table, h.Name, h.Type, h.Args, labels(h.Labels), catalog.Cut(h.Comment, maxComment)}
	}
	return out, nil
}

// labels cuts the labels of an enum.
func labels(list []string) []string {
	if len(list) <= maxHitLabels {
		return list
	}
	return append(list[:maxHitLabels:maxHitLabels], "…")
}

package database

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
)

const (
	// tablesBudget is about how many bytes a page of tables has at most.
	tablesBudget = 128 << 10
	// maxComment is what is shown of a comment beside others.
	maxComment = 200
)

var listTablesTool = &mcp.Tool{
	Name:        "list_tables",
	Title:       "List tables",
	Description: `List tables and views with sizes and estimated rows; partitions only if asked for. Example: {"pattern":"order*"}`,
	Annotations: server.ReadOnly(false),
}

type listTablesInput struct {
	Database string `json:"database,omitempty" jsonschema:"default: the first"`
	Schema   string `json:"schema,omitempty" jsonschema:"only this"`
	Pattern  string `json:"pattern,omitempty" jsonschema:"part of the name; * any letters"`
	Kind     string `json:"kind,omitempty" enum:"table,view,matview,partitioned,foreign,partition" jsonschema:"only this"`
	Detail   string `json:"detail" enum:"names,summary" default:"summary" jsonschema:"how much"`
	Limit    int    `json:"limit" min:"1" max:"1000" default:"100" jsonschema:"a page"`
	Cursor   string `json:"cursor,omitempty" jsonschema:"next_cursor"`
}

type listTablesOutput struct {
	Tables     []tableInfo `json:"tables"`
	NextCursor string      `json:"next_cursor,omitempty"`
	Truncated  bool        `json:"truncated" jsonschema:"there is more: call again with next_cursor"`
	Unreadable int         `json:"unreadable,omitempty" jsonschema:"tables left out because this role may not read them"`
}

type tableInfo struct {
	Schema     string `json:"schema"`
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	Columns    int    `json:"columns,omitempty"`
	EstRows    *int64 `json:"est_rows,omitempty" jsonschema:"the planner's estimate; absent if there is none"`
	Bytes      int64  `json:"bytes,omitempty" jsonschema:"with indexes and partitions"`
	Partitions int    `json:"partitions,omitempty"`
	Comment    string `json:"comment,omitempty"`
}

// tablePlace is behind which table a list of tables goes on.
type tablePlace struct {
	Schema string `json:"s"`
	Name   string `json:"n"`
}

func (s *Service) listTables(ctx context.Context, in listTablesInput) (listTablesOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return listTablesOutput{}, err
	}
	asked := in
	asked.Database, asked.Limit, asked.Cursor = d.set.Name, 0, ""
	question, err := json.Marshal(asked)
	if err != nil {
		return listTablesOutput{}, err
	}
	var from tablePlace
	if err := s.cursors.Open(in.Cursor, &from, "list_tables", string(question)); err != nil {
		return listTablesOutput{}, err
	}
	snap, err := d.catalog.Snapshot(ctx)
	if err != nil {
		return listTablesOutput{}, shown(err)
	}
	out := listTablesOutput{Tables: []tableInfo{}}
	var page []*catalog.Table
	budget := tablesBudget
	for _, t := range behind(snap.Tables, from) {
		if !in.wants(t) {
			continue
		}
		if !t.Readable {
			out.Unreadable++
			continue
		}
		if budget -= 120 + len(t.Schema) + len(t.Name) + min(len(t.Comment), maxComment); len(page) == in.Limit || budget < 0 {
			last := page[len(page)-1]
			out.Truncated = true
			if out.NextCursor, err = s.cursors.Seal(tablePlace{last.Schema, last.Name}, "list_tables", string(question)); err != nil {
				return listTablesOutput{}, err
			}
			break
		}
		page = append(page, t)
	}
	var sizes map[uint32]int64
	if in.Detail == "summary" {
		if sizes, _, err = snap.Sizes(ctx, d.DB, page); err != nil {
			return listTablesOutput{}, shown(err)
		}
	}
	for _, t := range page {
		info := tableInfo{Schema: t.Schema, Name: t.Name, Kind: t.Kind}
		if in.Detail == "summary" {
			info.Columns, info.Partitions, info.Bytes, info.Comment = len(t.Columns), t.Partitions, sizes[t.OID], catalog.Cut(t.Comment, maxComment)
			if t.Rows >= 0 {
				info.EstRows = &t.Rows
			}
		}
		out.Tables = append(out.Tables, info)
	}
	return out, nil
}

func (in *listTablesInput) wants(t *catalog.Table) bool {
	switch in.Kind {
	case "":
		if t.Parent != 0 {
			return false
		}
	case "partition":
		if t.Parent == 0 {
			return false
		}
	default:
		if t.Kind != in.Kind || t.Parent != 0 {
			return false
		}
	}
	return (in.Schema == "" || in.Schema == t.Schema) && like(in.Pattern, t.Name)
}

// behind returns the tables, which are sorted, that follow a place.
func behind(tables []*catalog.Table, from tablePlace) []*catalog.Table {
	i, found := slices.BinarySearchFunc(tables, from, func(t *catalog.Table, p tablePlace) int {
		if c := strings.Compare(t.Schema, p.Schema); c != 0 {
			return c
		}
		return strings.Compare(t.Name, p.Name)
	})
	if found {
		i++
	}
	return tables[i:]
}

// like reports whether a name matches a pattern, in which * and % stand for any
// letters. One without either is a part of the name. Case does not matter.
func like(pattern, name string) bool {
	pattern, name = strings.ToLower(strings.ReplaceAll(pattern, "%", "*")), strings.ToLower(name)
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return strings.Contains(name, pattern)
	}
	name, ok := strings.CutPrefix(name, parts[0])
	for _, p := range parts[1:last] {
		var found bool
		_, name, found = strings.Cut(name, p)
		ok = ok && found
	}
	return ok && strings.HasSuffix(name, parts[last])
}

package database

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/param"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

var deleteRecordTool = &mcp.Tool{
	Name:  "delete_record",
	Title: "Delete a record",
	Description: `Delete one row by its primary key, after a person has seen it and agreed, and return it. To be shown it is deleted and put back (triggers fire).
Example: {"table":"order_items","id":[17,2]}`,
	Annotations: changing(),
}

type deleteRecordInput struct {
	Table    string          `json:"table" minLength:"1" jsonschema:"or schema.table"`
	Schema   string          `json:"schema,omitempty" jsonschema:"its schema"`
	ID       json.RawMessage `json:"id" jsonschema:"the primary key: string or number, an array for several columns"`
	Database string          `json:"database,omitempty" jsonschema:"default: the first"`
	DryRun   bool            `json:"dry_run,omitempty" jsonschema:"show it only"`
}

func (s *Service) deleteRecord(ctx context.Context, in deleteRecordInput) (changeOutput, error) {
	c, err := s.deletion(ctx, in)
	if err != nil {
		return changeOutput{}, err
	}
	var out changeOutput
	if in.DryRun {
		out, err = c.dryRun(ctx)
	} else {
		out, err = c.apply(ctx)
	}
	if err == nil && out.Affected == 0 {
		err = errNoRecord
	}
	return out, err
}

var errNoRecord = toolerr.New(toolerr.ResourceNotFound, "there is no such row, or this role may not see it; nothing was deleted")

func (s *Service) askDelete(ctx context.Context, in deleteRecordInput) (question, fact string, err error) {
	c, err := s.deletion(ctx, in)
	if err != nil || in.DryRun {
		return "", "", err
	}
	if question, fact, err = c.ask(ctx); err == nil && question == "" {
		err = errNoRecord
	}
	return question, fact, err
}

// deletion is the change that in describes, made of what the catalog says.
func (s *Service) deletion(ctx context.Context, in deleteRecordInput) (*change, error) {
	d, err := s.writable(in.Database)
	if err != nil {
		return nil, err
	}
	snap, table, err := d.catalog.Table(ctx, in.Schema, in.Table)
	if err != nil {
		return nil, shown(err)
	}
	if len(table.Key) == 0 {
		return nil, toolerr.Invalid("table", "table: %q has no primary key; use modify_data", table.Name)
	}
	args, err := recordKey(in.ID, table.Key)
	if err != nil {
		return nil, err
	}
	var where []string
	for i, k := range table.Key {
		where = append(where, fmt.Sprintf("%s = $%d", postgres.Identifier(k), i+1))
	}
	return &change{db: d, snap: snap, sql: "DELETE FROM " + table.Quoted() + " WHERE " + strings.Join(where, " AND "),
		args: args, verb: "DELETE", rows: true, most: 1, excess: func(affected int64) error {
			return toolerr.New(toolerr.Conflict, "%d rows have this id, in tables that inherit from %q; nothing was deleted: use modify_data", affected, table.Name)
		}}, nil
}

// textType is the OID of text (src/include/catalog/pg_type.dat).
const textType = 25

// recordKey reads the value of each column of a primary key.
func recordKey(id json.RawMessage, key []string) ([][]byte, error) {
	parts := []json.RawMessage{id}
	if len(id) > 0 && id[0] == '[' {
		if err := json.Unmarshal(id, &parts); err != nil {
			return nil, err
		}
	}
	wrong := toolerr.Invalid("id", "id: send an array with a string or number for each column of the primary key (%s)", strings.Join(key, ", "))
	if len(key) == 1 {
		wrong = toolerr.Invalid("id", "id: send a string or number, the value of %s", key[0])
	}
	if len(parts) != len(key) {
		return nil, wrong
	}
	for _, p := range parts {
		if len(p) == 0 || strings.IndexByte("n[{", p[0]) >= 0 {
			return nil, wrong
		}
	}
	args, err := param.Bind(parts, nil, func() ([]uint32, error) {
		// Numbers keep their spelling: the server reads them as the column's type.
		return slices.Repeat([]uint32{textType}, len(parts)), nil
	})
	if err != nil {
		return nil, wrong
	}
	return args, nil
}

package database

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
)

var modifyDataTool = &mcp.Tool{
	Name:  "modify_data",
	Title: "Modify data",
	Description: `Run one INSERT, UPDATE, DELETE or MERGE: it is run and rolled back to count rows (triggers fire, sequences advance), a person is asked, and it commits if the count still holds.
Example: {"statement":"DELETE FROM orders WHERE id = $1","params":[7]}`,
	Annotations: changing(),
}

type modifyDataInput struct {
	Statement   string            `json:"statement" jsonschema:"with WHERE; RETURNING gives rows"`
	Params      []json.RawMessage `json:"params,omitempty"`
	Database    string            `json:"database,omitempty" jsonschema:"default: the first"`
	MaxAffected int               `json:"max_affected" default:"100" min:"1" jsonschema:"refuse more rows"`
	DryRun      bool              `json:"dry_run,omitempty"`
}

func changing() *mcp.ToolAnnotations {
	yes, no := true, false
	return &mcp.ToolAnnotations{DestructiveHint: &yes, OpenWorldHint: &no}
}

func (s *Service) modifyData(ctx context.Context, in modifyDataInput) (changeOutput, error) {
	c, err := s.modification(ctx, in)
	if err != nil {
		return changeOutput{}, err
	}
	if in.DryRun {
		return c.dryRun(ctx)
	}
	return c.apply(ctx)
}

func (s *Service) askModify(ctx context.Context, in modifyDataInput) (question, fact string, err error) {
	c, err := s.modification(ctx, in)
	if err != nil || in.DryRun {
		return "", "", err
	}
	return c.ask(ctx)
}

// modification is the change that in describes, passed by the gate.
func (s *Service) modification(ctx context.Context, in modifyDataInput) (*change, error) {
	d, err := s.writable(in.Database)
	if err != nil {
		return nil, err
	}
	snap, err := d.catalog.Current(ctx)
	if err != nil {
		return nil, shown(err)
	}
	st, err := gate.Change(in.Statement, snap, d.set.Policy)
	if err != nil {
		return nil, shown(err)
	}
	if err := d.behindStatement(ctx, st.SQL); err != nil {
		return nil, shown(err)
	}
	most := d.maxAffected()
	c := &change{db: d, snap: snap, sql: st.SQL, verb: st.Verb, returning: st.Returning, most: min(in.MaxAffected, most)}
	c.excess = func(affected int64) error {
		return toolerr.Invalid("max_affected", "max_affected: the statement would change %d rows, and max_affected is %d: nothing was changed; "+
			"change fewer rows at a time, or raise it, to at most %d", affected, c.most, most).With("affected", affected)
	}
	c.args, err = d.values(ctx, st.SQL, in.Params, snap)
	return c, shown(err)
}

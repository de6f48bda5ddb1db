package database

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
)

var describeTableTool = &mcp.Tool{
	Name:        "describe_table",
	Title:       "Describe table",
	Description: `Describe a table or view: columns, keys, foreign keys in both directions, indexes, and more. Example: {"table":"orders"}`,
	Annotations: server.ReadOnly(false),
}

type describeTableInput struct {
	Table    string   `json:"table" minLength:"1" jsonschema:"or schema.table"`
	Schema   string   `json:"schema,omitempty" jsonschema:"its schema"`
	Database string   `json:"database,omitempty" jsonschema:"default: the first"`
	Sections []string `json:"sections,omitempty" enum:"columns,keys,indexes,references,partitions,triggers,policies,stats" jsonschema:"default: all but stats"`
}

type describeTableOutput struct {
	Schema       string                  `json:"schema"`
	Name         string                  `json:"name"`
	Kind         string                  `json:"kind"`
	Unreadable   bool                    `json:"unreadable,omitempty" jsonschema:"this role may not select from it"`
	Owner        string                  `json:"owner"`
	Comment      string                  `json:"comment,omitempty"`
	Persistence  string                  `json:"persistence,omitempty" jsonschema:"if not permanent"`
	EstRows      *int64                  `json:"est_rows,omitempty"`
	Bytes        int64                   `json:"bytes,omitempty" jsonschema:"with indexes and partitions"`
	IndexBytes   int64                   `json:"index_bytes,omitempty"`
	ColumnCount  int                     `json:"column_count"`
	Columns      []catalog.ColumnDetails `json:"columns,omitempty"`
	Keys         []catalog.Constraint    `json:"keys,omitempty"`
	References   []catalog.Reference     `json:"references,omitempty" jsonschema:"foreign keys of this table"`
	Referenced   []catalog.Reference     `json:"referenced_by,omitempty" jsonschema:"foreign keys to this table"`
	Indexes      []catalog.TableIndex    `json:"indexes,omitempty"`
	PartitionKey string                  `json:"partition_key,omitempty"`
	Bound        string                  `json:"partition_bound,omitempty"`
	Partitions   []catalog.Partition     `json:"partitions,omitempty" jsonschema:"or children by inheritance"`
	PartitionSum int                     `json:"partition_count,omitempty"`
	Parents      []catalog.Partition     `json:"parents,omitempty"`
	RowSecurity  bool                    `json:"row_security,omitempty" jsonschema:"policies decide which rows a role sees"`
	ForceRLS     bool                    `json:"force_row_security,omitempty" jsonschema:"also for its owner"`
	Policies     []catalog.Policy        `json:"policies,omitempty"`
	Triggers     []catalog.Trigger       `json:"triggers,omitempty"`
	Definition   string                  `json:"definition,omitempty" jsonschema:"of a view"`
	Activity     *catalog.Activity       `json:"activity,omitempty"`
	Truncated    []string                `json:"truncated,omitempty" jsonschema:"sections that have more than this"`
}

// usualSections are those that are described if none are named.
var usualSections = []string{
	catalog.SectionColumns, catalog.SectionKeys, catalog.SectionIndexes, catalog.SectionReferences,
	catalog.SectionPartitions, catalog.SectionTriggers, catalog.SectionPolicies,
}

func (s *Service) describeTable(ctx context.Context, in describeTableInput) (describeTableOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return describeTableOutput{}, err
	}
	if len(in.Sections) == 0 {
		in.Sections = usualSections
	}
	t, x, err := d.describe(ctx, in.Schema, in.Table, in.Sections)
	if err != nil {
		return describeTableOutput{}, err
	}
	out := describeTableOutput{
		Schema: t.Schema, Name: t.Name, Kind: t.Kind, Unreadable: !t.Readable, Owner: x.Owner, Comment: x.Comment,
		Bytes: x.TotalBytes, IndexBytes: x.IndexBytes, ColumnCount: len(t.Columns), Columns: x.Columns, Keys: x.Keys,
		References: x.References, Referenced: x.Referenced, Indexes: x.Indexes,
		PartitionKey: x.PartitionKey, Bound: x.PartitionBound, Partitions: x.Partitions, PartitionSum: t.Partitions, Parents: x.Parents,
		RowSecurity: x.RowSecurity, ForceRLS: x.ForceRowSecurity, Policies: x.Policies, Triggers: x.Triggers,
		Definition: x.Definition, Activity: x.Activity, Truncated: x.Truncated,
	}
	if x.Persistence != "permanent" {
		out.Persistence = x.Persistence
	}
	if t.Rows >= 0 {
		out.EstRows = &t.Rows
	}
	return out, nil
}

// describe finds a table and reads what the sections say of it. One that was
// made anew under its name since the catalog was read is looked for again.
func (d *database) describe(ctx context.Context, schema, name string, sections []string) (*catalog.Table, *catalog.Details, error) {
	for {
		snap, t, err := d.catalog.Table(ctx, schema, name)
		if err != nil {
			return nil, nil, shown(err)
		}
		x, err := catalog.Describe(ctx, d.DB, snap, t, sections)
		if err == nil && t.Kind == catalog.KindPartitioned {
			var sizes map[uint32]int64
			sizes, _, err = snap.Sizes(ctx, d.DB, []*catalog.Table{t})
			x.TotalBytes = sizes[t.OID]
		}
		if err == nil {
			return t, x, nil
		}
		if !d.catalog.Stale(err) {
			return nil, nil, shown(err)
		}
	}
}

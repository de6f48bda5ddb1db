package database

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/advise"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

var explainQueryTool = &mcp.Tool{
	Name:        "explain_query",
	Title:       "Explain a query",
	Description: `Show how a query is run and what makes it slow. Without params: a plan for any. Example: {"query":"select * from orders where id = $1"}`,
	Annotations: server.ReadOnly(false),
}

type explainInput struct {
	Query               string            `json:"query" jsonschema:"SELECT"`
	Params              []json.RawMessage `json:"params,omitempty" jsonschema:"for $1, $2"`
	Database            string            `json:"database,omitempty" jsonschema:"default: the first"`
	Analyze             bool              `json:"analyze,omitempty" jsonschema:"run it and measure"`
	Buffers             bool              `json:"buffers,omitempty" jsonschema:"show blocks"`
	HypotheticalIndexes []string          `json:"hypothetical_indexes,omitempty" maxItems:"5" jsonschema:"assume them: table (column, column)"`
	Format              string            `json:"format,omitempty" enum:"text,json" default:"text" jsonschema:"json: the tree too"`
	TimeoutMS           int               `json:"timeout_ms,omitempty" min:"1" max:"300000" jsonschema:"limit"`
}

type explainOutput struct {
	Plan        string              `json:"plan" jsonschema:"a node a line, below its parent"`
	Findings    []plan.Finding      `json:"findings" jsonschema:"the worst first"`
	Cost        float64             `json:"cost" jsonschema:"the planner's estimate, in its own units"`
	CostBefore  float64             `json:"cost_before,omitempty" jsonschema:"without the hypothetical indexes"`
	Rows        float64             `json:"rows" jsonschema:"that the planner expects"`
	PlanningMS  float64             `json:"planning_ms,omitempty"`
	ExecutionMS float64             `json:"execution_ms,omitempty"`
	Indexes     []hypotheticalIndex `json:"hypothetical_indexes,omitempty"`
	Generic     bool                `json:"generic,omitempty" jsonschema:"the plan is the one for any values of the parameters"`
	Tree        json.RawMessage     `json:"tree,omitempty" jsonschema:"what EXPLAIN (FORMAT JSON) says"`
	Notes       []string            `json:"notes,omitempty"`
}

type hypotheticalIndex struct {
	DDL   string `json:"ddl"`
	Bytes int64  `json:"size_bytes" jsonschema:"about how large it would be"`
	Used  bool   `json:"used" jsonschema:"whether the plan uses it"`
}

// maxTree bounds the JSON of a plan in a result, in bytes.
const maxTree = 256 << 10

func (s *Service) explainQuery(ctx context.Context, in explainInput) (explainOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return explainOutput{}, err
	}
	if in.Analyze && !d.set.AllowAnalyze {
		return explainOutput{}, toolerr.Invalid("analyze", "analyze: it runs the query, and that is off for this database; "+
			"leave it out for the plan alone, or start the server with --allow-analyze")
	}
	if in.Analyze && len(in.HypotheticalIndexes) > 0 {
		return explainOutput{}, toolerr.Invalid("analyze", "analyze: no query can run on an index that is not there; leave out analyze or hypothetical_indexes")
	}
	p := planned{analyze: in.Analyze, timeout: time.Duration(in.TimeoutMS) * time.Millisecond}
	if p.sql, err = d.passed(ctx, in.Query); err != nil {
		return explainOutput{}, shown(err)
	}
	if p.args, p.unknown, err = d.bind(ctx, p.sql, in.Params); err != nil {
		return explainOutput{}, shown(err)
	}
	if in.Analyze && p.unknown > 0 {
		return explainOutput{}, toolerr.Invalid("params", "params: analyze runs the query, so it needs the values of its %d parameters", p.unknown)
	}
	if in.Analyze {
		server.Progress(ctx).Report(0, 1, "running the query")
	}
	snap, err := d.catalog.Snapshot(ctx)
	if err != nil {
		return explainOutput{}, shown(err)
	}
	found, raw, err := d.plan(ctx, p)
	if err != nil {
		return explainOutput{}, shown(err)
	}
	out := explainOutput{Generic: p.unknown > 0}
	if len(in.HypotheticalIndexes) > 0 {
		out.CostBefore = found.Cost()
		if found, raw, out.Indexes, err = d.planWith(ctx, p, snap, in.HypotheticalIndexes); err != nil {
			return explainOutput{}, shown(err)
		}
	}
	out.Plan, out.Findings = found.Text(in.Buffers), found.Digest(tableRows(snap))
	out.Cost, out.Rows = found.Cost(), found.Root.Rows
	out.PlanningMS, out.ExecutionMS = found.Planning, found.Execution
	switch {
	case in.Format != "json":
	case len(raw) > maxTree:
		out.Notes = append(out.Notes, fmt.Sprintf("the JSON of the plan has %d bytes and is left out; the most is %d", len(raw), maxTree))
	default:
		out.Tree = raw
	}
	return out, nil
}

// tableRows tells what the planner knows of tables.
func tableRows(snap *catalog.Snapshot) plan.TableRows {
	return func(schema, table string) (float64, bool) {
		t, err := snap.Table(schema, table)
		if schema == "" || err != nil || t.Rows < 0 {
			return 0, false
		}
		return float64(t.Rows), true
	}
}

// planWith returns the plan of p if there were indexes with these definitions.
func (d *database) planWith(ctx context.Context, p planned, snap *catalog.Snapshot, definitions []string) (*plan.Plan, json.RawMessage, []hypotheticalIndex, error) {
	var ddl []string
	for i, text := range definitions {
		one, err := indexOf(snap, text)
		if err != nil {
			return nil, nil, nil, toolerr.Invalid("hypothetical_indexes", "hypothetical_indexes[%d]: %v", i, err)
		}
		ddl = append(ddl, one)
	}
	schema, err := d.hypopg(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	if schema == "" {
		return nil, nil, nil, toolerr.Invalid("hypothetical_indexes", "hypothetical_indexes: the extension hypopg is not installed in this database; "+
			"its owner runs CREATE EXTENSION hypopg, or leave them out")
	}
	var found *plan.Plan
	var raw json.RawMessage
	var indexes []hypotheticalIndex
	err = d.imagine(ctx, schema, p.timeout, func(h *hypothetical) error {
		names := map[string]int{}
		for i, one := range ddl {
			oid, size, err := h.create(ctx, one)
			if err != nil {
				return err
			}
			indexes = append(indexes, hypotheticalIndex{DDL: one, Bytes: size})
			names[fmt.Sprintf("<%d>", oid)] = i
		}
		var err error
		if found, raw, err = planIn(ctx, h.tx, p); err != nil {
			return err
		}
		found.Walk(func(n *plan.Node) {
			// hypopg puts the OID before the name that it makes.
			if end := strings.IndexByte(n.Index, '>'); end > 0 {
				if i, ok := names[n.Index[:end+1]]; ok {
					indexes[i].Used = true
				}
			}
		})
		return nil
	})
	return found, raw, indexes, err
}

// indexOf makes a definition of a caller's one, of names that the catalog has:
// what the caller wrote is read for its names and goes nowhere.
func indexOf(snap *catalog.Snapshot, text string) (string, error) {
	def, err := advise.ParseIndex(text)
	if err != nil {
		return "", err
	}
	t, err := snap.Table(def.Schema, def.Table)
	if err != nil {
		return "", err
	}
	if t.Kind != "table" && t.Kind != "matview" {
		return "", &postgres.Error{Kind: postgres.Invalid, Message: fmt.Sprintf("%s is a %s; name a table, of a partitioned one its partitions", t.Quoted(), t.Kind)}
	}
	for _, c := range def.Columns {
		if t.Column(c) == nil {
			return "", &postgres.Error{Kind: postgres.Missing, Message: fmt.Sprintf("%s has no column %q", t.Quoted(), c)}
		}
	}
	return indexDDL("CREATE INDEX", t.Schema, t.Name, def.Columns, def.Descending), nil
}

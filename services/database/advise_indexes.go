package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/advise"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

var adviseIndexesTool = &mcp.Tool{
	Name:        "advise_indexes",
	Title:       "Advise indexes",
	Description: `Find indexes that would make queries cheaper, costed by the planner if hypopg is installed. Nothing is made. Example: {"queries":["select * from orders where customer_id = $1"]}`,
	Annotations: server.ReadOnly(false),
}

type adviseInput struct {
	Queries  []string `json:"queries,omitempty" maxItems:"10" jsonschema:"SELECTs, with $1 for values"`
	Workload bool     `json:"workload,omitempty" jsonschema:"also the top 20 SELECTs of top_queries"`
	Database string   `json:"database,omitempty" jsonschema:"default: the first"`
	MaxMB    int      `json:"max_mb,omitempty" min:"1" jsonschema:"of all indexes together"`
	BudgetMS int      `json:"time_budget_ms,omitempty" min:"100" max:"60000" default:"10000" jsonschema:"how long to look"`
}

type adviseOutput struct {
	Indexes []advisedIndex `json:"indexes"`
	Queries []advisedQuery `json:"queries"`
	Covered []coveredIndex `json:"covered,omitempty" jsonschema:"what an index that is there serves already"`
	Skipped []skippedQuery `json:"skipped,omitempty"`
	Notes   []string       `json:"notes,omitempty"`
}

type advisedIndex struct {
	DDL     string  `json:"ddl"`
	Costed  bool    `json:"costed" jsonschema:"false: guessed from the plan"`
	Gain    float64 `json:"gain,omitempty" jsonschema:"by what share the queries on the table get cheaper, 0 to 1"`
	Bytes   int64   `json:"size_bytes" jsonschema:"an estimate"`
	Queries []int   `json:"queries" jsonschema:"which ones it helps, by their number"`
	Assumes string  `json:"assumes,omitempty" jsonschema:"what was taken for granted"`
}

type advisedQuery struct {
	Number int      `json:"number"`
	Query  string   `json:"query"`
	Calls  int64    `json:"calls,omitempty"`
	Before float64  `json:"cost_before"`
	After  *float64 `json:"cost_after,omitempty"`
}

type coveredIndex struct {
	Columns string `json:"columns"`
	By      string `json:"by"`
}

type skippedQuery struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
	First  string `json:"first" jsonschema:"the beginning of one of them"`
}

// Bounds of the advice.
const (
	maxIndexes     = 5
	minGain        = 0.1
	workloadSize   = 20  // queries of the workload that are planned
	workloadLook   = 100 // and statements that they are looked for among
	maxCovered     = 10
	maxSkipped     = 10
	planTimeout    = 5 * time.Second
	shortQueryText = 200
)

// advised is a query that indexes are looked for.
type advised struct {
	planned
	text  string
	calls int64
}

func (s *Service) adviseIndexes(ctx context.Context, in adviseInput) (adviseOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return adviseOutput{}, err
	}
	if len(in.Queries) == 0 && !in.Workload {
		return adviseOutput{}, toolerr.Invalid("queries", "queries: give some, or workload true for those that cost most")
	}
	until := time.Now().Add(time.Duration(in.BudgetMS) * time.Millisecond)
	var out adviseOutput
	queries, plans, err := d.advisable(ctx, in, until, &out)
	if err != nil {
		return adviseOutput{}, shown(err)
	}
	tables, err := d.indexTables(ctx, plans)
	if err != nil {
		return adviseOutput{}, shown(err)
	}
	candidates, covered := advise.Candidates(plans, tables)
	for _, c := range covered[:min(len(covered), maxCovered)] {
		out.Covered = append(out.Covered, coveredIndex{columnsOf(c.Table, c.Columns), c.By})
	}
	for i, q := range queries {
		out.Queries = append(out.Queries, advisedQuery{Number: i + 1, Query: shorter(q.text, shortQueryText), Calls: q.calls, Before: round(plans[i].Cost())})
	}
	out.Notes = append(out.Notes, advise.Remarks(plans, tables)...)
	schema, err := d.hypopg(ctx)
	if err != nil {
		return adviseOutput{}, shown(err)
	}
	if schema == "" {
		out.Notes = append(out.Notes, "the extension hypopg is not installed in this database; after CREATE EXTENSION hypopg the planner says what each index is worth")
		out.guess(plans, tables)
		return out, nil
	}
	if len(candidates) == 0 {
		return out, nil
	}
	err = out.choose(ctx, d, schema, queries, candidates, in, until)
	var e *postgres.Error
	if ctx.Err() == nil && errors.As(err, &e) && e.Kind != postgres.Unavailable {
		out.Notes = append(out.Notes, "hypopg could not cost the indexes: "+e.Message)
		out.guess(plans, tables)
		return out, nil
	}
	return out, shown(err)
}

// advisable returns the queries that indexes can be looked for, and their plans.
// What is left out is in out.
func (d *database) advisable(ctx context.Context, in adviseInput, until time.Time, out *adviseOutput) ([]advised, []*plan.Plan, error) {
	var all []advised
	for _, q := range in.Queries {
		all = append(all, advised{text: q, calls: 0})
	}
	if in.Workload {
		st, err := d.statements(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, step := range st.setup {
			out.Notes = append(out.Notes, "to see the workload, an operator runs: "+step)
		}
		if st.schema != "" {
			top, err := st.top(ctx, d, "total", 1, workloadLook)
			if err != nil {
				return nil, nil, err
			}
			for _, t := range top {
				all = append(all, advised{text: t.Query, calls: t.Calls})
			}
		}
	}
	var queries []advised
	var plans []*plan.Plan
	var first error
	for i, q := range all {
		if len(queries) == len(in.Queries)+workloadSize {
			break
		}
		if !time.Now().Before(until) {
			out.Notes = append(out.Notes, fmt.Sprintf("the time was up after %d of %d queries; give a larger time_budget_ms", i, len(all)))
			break
		}
		server.Progress(ctx).Report(float64(i), float64(2*len(all)), "planning the queries")
		p, err := d.advisedPlan(ctx, &q)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			if first == nil {
				first = err
			}
			out.skip(q.text, err)
			continue
		}
		queries, plans = append(queries, q), append(plans, p)
	}
	if len(queries) == 0 && len(in.Queries) > 0 {
		return nil, nil, first
	}
	return queries, plans, nil
}

func (d *database) advisedPlan(ctx context.Context, q *advised) (*plan.Plan, error) {
	var err error
	if q.sql, err = d.passed(ctx, q.text); err != nil {
		return nil, err
	}
	if _, q.unknown, err = d.bind(ctx, q.sql, nil); err != nil {
		return nil, err
	}
	q.timeout = planTimeout
	p, _, err := d.plan(ctx, q.planned)
	return p, err
}

// skip counts a query that was left out, by the reason.
func (o *adviseOutput) skip(text string, err error) {
	reason := "it cannot be planned: " + err.Error()
	var refusal *gate.Refusal
	var e *postgres.Error
	switch {
	case errors.As(err, &refusal):
		reason = "it is not a query that only reads, such as one that changes rows, whose WHERE is not looked at"
	case errors.As(err, &e) && e.SQLState == "42601":
		reason = "it has $1 where only a constant can stand"
	}
	if i := slices.IndexFunc(o.Skipped, func(s skippedQuery) bool { return s.Reason == reason }); i >= 0 {
		o.Skipped[i].Count++
	} else if len(o.Skipped) < maxSkipped {
		o.Skipped = append(o.Skipped, skippedQuery{reason, 1, shorter(statement{Query: text}.shown().Query, shortQueryText)})
	}
}

// guess is the advice where nothing can be costed.
func (o *adviseOutput) guess(plans []*plan.Plan, tables advise.Tables) {
	o.Notes = append(o.Notes, "no index was costed: what is advised is guessed from the plans")
	for _, g := range advise.Guess(plans, tables) {
		o.Indexes = append(o.Indexes, advisedIndex{DDL: concurrently(g.Candidate), Bytes: g.Bytes, Queries: numbers(g.Queries), Assumes: g.Assumes})
	}
}

// choose is the advice as the planner costs it.
func (o *adviseOutput) choose(ctx context.Context, d *database, schema string, queries []advised, candidates []*advise.Candidate, in adviseInput, until time.Time) error {
	costs, weights := make([]float64, len(queries)), make([]float64, len(queries))
	for i, q := range queries {
		costs[i], weights[i] = o.Queries[i].Before, float64(max(q.calls, 1))
	}
	var r advise.Result
	err := d.imagine(ctx, schema, planTimeout, func(h *hypothetical) error {
		var err error
		r, err = advise.Choose(ctx, costing{h, queries}, candidates, costs, weights, advise.Limits{
			Indexes: maxIndexes, Bytes: int64(in.MaxMB) << 20, MinGain: minGain, Until: until,
			Progress: func(done, total int) {
				server.Progress(ctx).Report(float64(total+done), float64(2*total), "costing indexes")
			},
		})
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range r.Choices {
		o.Indexes = append(o.Indexes, advisedIndex{DDL: concurrently(c.Candidate), Costed: true, Gain: round(c.Gain), Bytes: c.Bytes, Queries: numbers(c.Helps)})
	}
	for i := range o.Queries {
		after := round(r.Costs[i])
		o.Queries[i].After = &after
	}
	o.Notes = append(o.Notes, fmt.Sprintf("%d indexes were considered, each judged by the planner's estimates and not by running anything", len(candidates)))
	if r.Late {
		o.Notes = append(o.Notes, "the time was up before all were tried; give a larger time_budget_ms")
	}
	if r.Large > 0 {
		o.Notes = append(o.Notes, fmt.Sprintf("%d useful indexes are larger than max_mb allows", r.Large))
	}
	return nil
}

// costing costs queries in a session of hypopg.
type costing struct {
	*hypothetical
	queries []advised
}

// Create makes the index on the table, or on each partition that a plan scans.
func (c costing) Create(ctx context.Context, index *advise.Candidate) (int64, any, error) {
	var oids []uint32
	var bytes int64
	for _, r := range index.Relations {
		oid, size, err := c.create(ctx, indexDDL("CREATE INDEX", r.Schema, r.Name, index.Columns, nil))
		if err != nil {
			return 0, nil, err
		}
		oids, bytes = append(oids, oid), bytes+size
	}
	return bytes, oids, nil
}

// Drop takes away what Create made.
func (c costing) Drop(ctx context.Context, handle any) error {
	for _, oid := range handle.([]uint32) {
		if err := c.drop(ctx, oid); err != nil {
			return err
		}
	}
	return nil
}

// Cost plans a query with the indexes that there seem to be.
func (c costing) Cost(ctx context.Context, query int) (float64, error) {
	p := c.queries[query].planned
	p.timeout = 0 // it is that of the transaction
	found, _, err := planIn(ctx, c.tx, p)
	if err != nil {
		return 0, err
	}
	return found.Cost(), nil
}

// concurrently writes the DDL for a person to run.
func concurrently(c *advise.Candidate) string {
	create := "CREATE INDEX CONCURRENTLY"
	if c.Table.Partitioned {
		create = "CREATE INDEX" // PostgreSQL makes none concurrently on a partitioned table
	}
	return indexDDL(create, c.Table.Schema, c.Table.Name, c.Columns, nil)
}

func columnsOf(t *advise.Table, columns []string) string {
	return postgres.Identifier(t.Schema, t.Name) + " (" + strings.Join(columns, ", ") + ")"
}

func numbers(list []int) []int {
	out := make([]int, len(list))
	for i, n := range list {
		out[i] = n + 1
	}
	return out
}

package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/profile"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

var profileTool = &mcp.Tool{
	Name:  "profile_table",
	Title: "Profile a table",
	Description: "Look at the data of a table before you rely on it: nulls, distinct values, outliers, key candidates, distributions, and a report of what stands out. " +
		`A big table is sampled. Example: {"table":"orders"}`,
	Annotations: server.ReadOnly(false),
}

// Bounds of a profile.
const (
	profileTimeout = 2 * time.Minute
	profileBytes   = 32 << 20 // of the sample's values
	profileColumns = 60
	// loadShare is how much of the time may go into reading rows.
	loadShare = 0.7
)

type profileInput struct {
	Table    string   `json:"table" minLength:"1" jsonschema:"or schema.table"`
	Schema   string   `json:"schema,omitempty" jsonschema:"its schema"`
	Database string   `json:"database,omitempty" jsonschema:"default: the first"`
	Columns  []string `json:"columns,omitempty" maxItems:"60" jsonschema:"default: the first 60"`
	Sample   int      `json:"sample" default:"10000" min:"100" max:"100000" jsonschema:"rows to look at"`
	Budget   int      `json:"time_budget_ms" default:"20000" min:"500" max:"100000" jsonschema:"then what was found so far"`
}

type profileOutput struct {
	Table     string   `json:"table"`
	Completed []string `json:"completed_stages" jsonschema:"of load, quality, distributions, report"`
	Failed    *stopped `json:"failed_stage,omitempty"`
	Rows      int      `json:"rows" jsonschema:"that were looked at"`
	Estimate  *int64   `json:"estimated_rows,omitempty" jsonschema:"of the table, by the planner"`
	Sampling  string   `json:"sampling" jsonschema:"how the rows were chosen"`
	LeftOut   int      `json:"columns_left_out,omitempty"`

	Report        []string               `json:"report,omitempty"`
	Quality       []profile.Quality      `json:"quality,omitempty"`
	Distributions []profile.Distribution `json:"distributions,omitempty"`
}

type stopped struct {
	Stage string `json:"stage"`
	Why   string `json:"why"`
}

// profiling is one call.
type profiling struct {
	db      *database
	snap    *catalog.Snapshot
	table   *catalog.Table
	in      profileInput
	columns []*catalog.Column
	sample  *profile.Sample
	out     profileOutput
	begun   time.Time
}

func (s *Service) profileTable(ctx context.Context, in profileInput) (profileOutput, error) {
	db, err := s.database(in.Database)
	if err != nil {
		return profileOutput{}, err
	}
	snap, table, err := db.catalog.Table(ctx, in.Schema, in.Table)
	if err != nil {
		return profileOutput{}, shown(err)
	}
	if err := db.behind(ctx, []string{table.Name}, nil); err != nil {
		return profileOutput{}, shown(err)
	}
	p := &profiling{db: db, snap: snap, table: table, in: in, begun: time.Now()}
	p.out = profileOutput{Table: table.Schema + "." + table.Name, Completed: []string{}}
	readable, err := catalog.ReadableColumns(ctx, db.DB, table)
	if err != nil {
		return profileOutput{}, shown(err)
	}
	if err := p.choose(readable); err != nil {
		return profileOutput{}, err
	}
	if table.Rows >= 0 {
		p.out.Estimate = &table.Rows
	}
	unique, err := uniqueColumns(ctx, db, table)
	if err != nil {
		return profileOutput{}, shown(err)
	}
	var columns []profile.Column
	for _, c := range p.columns {
		columns = append(columns, profile.Column{Name: c.Name, Type: c.Type, Kind: value.KindOf(c.OID, snap), Unique: slices.Contains(unique, c.Name)})
	}
	p.sample = profile.New(columns)
	err = p.run(ctx)
	return p.out, err
}

// choose finds the columns that are looked at: those asked for, or the first that
// the role may read.
func (p *profiling) choose(readable []string) error {
	if len(p.in.Columns) == 0 {
		for i := range p.table.Columns {
			if c := &p.table.Columns[i]; len(p.columns) < profileColumns && slices.Contains(readable, c.Name) {
				p.columns = append(p.columns, c)
			}
		}
		p.out.LeftOut = len(p.table.Columns) - len(p.columns)
		if len(p.columns) == 0 && len(p.table.Columns) > 0 {
			return toolerr.New(toolerr.PermissionDenied, "this role may read no column of %s", p.out.Table)
		}
	}
	for _, name := range p.in.Columns {
		c := p.table.Column(name)
		if c == nil {
			return toolerr.Invalid("columns", "columns: %s has no column %q; describe_table tells which it has", p.out.Table, name)
		}
		if !slices.Contains(p.columns, c) {
			p.columns = append(p.columns, c)
		}
	}
	if len(p.columns) == 0 {
		return toolerr.Invalid("table", "table: %s has no columns", p.out.Table)
	}
	return nil
}

// uniqueColumns are those that are the whole key of a unique index.
func uniqueColumns(ctx context.Context, db *database, t *catalog.Table) ([]string, error) {
	return postgres.Column1[string](ctx, db.DB, `
select distinct a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
where i.indrelid = $1 and i.indisunique and i.indisvalid and i.indnkeyatts = 1 and i.indpred is null`, t.OID)
}

// run goes through the stages. One that fails ends the profile, and what the
// others have found is the answer.
func (p *profiling) run(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, time.Duration(p.in.Budget)*time.Millisecond)
	defer cancel()
	progress := server.Progress(ctx)
	stages := []struct {
		name string
		run  func(context.Context) error
	}{
		{"load", p.load},
		{"quality", func(ctx context.Context) (err error) {
			p.out.Quality, err = p.sample.Quality(ctx, func(done int) { progress.Report(1+share(done, len(p.columns)), 4, "quality") })
			return err
		}},
		{"distributions", func(ctx context.Context) (err error) {
			p.out.Distributions, err = p.sample.Distributions(ctx, func(done int) { progress.Report(2+share(done, len(p.columns)), 4, "distributions") })
			return err
		}},
		{"report", func(context.Context) error {
			p.out.Report = p.sample.Report(p.out.Quality, p.out.Distributions)
			return nil
		}},
	}
	for i, stage := range stages {
		progress.Report(float64(i), float64(len(stages)), stage.name)
		err := stage.run(within)
		if ctx.Err() != nil {
			return ctx.Err() // nobody waits for what was found
		}
		if err == nil {
			p.out.Completed = append(p.out.Completed, stage.name)
			continue
		}
		p.out.Failed = &stopped{stage.name, p.why(err)}
		if p.out.Failed.Why == "" {
			return shown(err)
		}
		return nil
	}
	return nil
}

func share(done, of int) float64 { return float64(done) / float64(of) }

// why says in words why a stage failed, "" if that is not for the caller.
func (p *profiling) why(err error) string {
	var e *postgres.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
	case !errors.As(err, &e):
		return ""
	case e.Kind != postgres.Timeout:
		return e.Message
	}
	return fmt.Sprintf("the time was up after %d ms; give a larger time_budget_ms, a smaller sample, or fewer columns", time.Since(p.begun).Milliseconds())
}

// load reads the rows.
func (p *profiling) load(ctx context.Context) error {
	whole := p.table.Rows >= 0 && p.table.Rows <= int64(p.in.Sample)
	p.out.Sampling = "all rows"
	if !whole && p.sampled() {
		part := min(100, 120*float64(p.in.Sample)/float64(p.table.Rows))
		p.out.Sampling = fmt.Sprintf("TABLESAMPLE SYSTEM (%s): whole pages at random, at most %d rows", percentText(part), p.in.Sample)
		if _, err := p.read(ctx, "tablesample system ("+percentText(part)+") repeatable (1)", true); err != nil || p.sample.Rows() > 0 {
			p.sample.Done(false, p.table.Rows)
			p.out.Rows = p.sample.Rows()
			return err
		}
	}
	if !whole {
		p.out.Sampling = fmt.Sprintf("the first %d rows that the server found, which may be unlike the others", p.in.Sample)
	}
	more, err := p.read(ctx, "", false)
	if !more && err == nil {
		p.out.Sampling = "all rows"
	}
	p.sample.Done(!more && err == nil, p.table.Rows)
	p.out.Rows = p.sample.Rows()
	return err
}

// sampled reports whether the table is of a kind that TABLESAMPLE takes, and of
// a known size.
func (p *profiling) sampled() bool {
	return p.table.Rows > 0 && slices.Contains([]string{"table", "matview", "partitioned"}, p.table.Kind)
}

func percentText(v float64) string {
	return strconv.FormatFloat(math.Max(v, 0.0001), 'f', 4, 64)
}

// read adds rows to the sample, and reports whether there are more. The method
// gives some more rows than are looked at: shuffled, those left out are not the
// ones at the end of the table.
func (p *profiling) read(ctx context.Context, method string, shuffled bool) (more bool, err error) {
	// Of what may be long the beginning is read, and how long it is.
	var list []string
	lengths := make([]int, len(p.columns)) // where a column's length is, 0 for nowhere
	at := len(p.columns)
	for i, c := range p.columns {
		name := postgres.Identifier(c.Name)
		if value.Short(c.OID, p.snap) {
			list = append(list, name)
			continue
		}
		list = append(list, fmt.Sprintf("pg_catalog.left(%s::text, %d)", name, profile.Prefix))
		lengths[i] = at
		at++
	}
	for i, c := range p.columns {
		if lengths[i] > 0 {
			list = append(list, "pg_catalog.octet_length("+postgres.Identifier(c.Name)+"::text)")
		}
	}
	order := ""
	if shuffled {
		order = " order by pg_catalog.random()"
	}
	query := postgres.Query{
		SQL: "select " + strings.Join(list, ", ") + " from " + p.table.Quoted() + " " + method + order, Limit: p.in.Sample, MaxBytes: profileBytes,
		Timeout: time.Duration(loadShare * float64(p.in.Budget) * float64(time.Millisecond)),
	}
	progress := server.Progress(ctx)
	sizes := make([]int, len(p.columns))
	res, err := p.db.Read(ctx, query, func(_ []postgres.Column, row [][]byte) error {
		for i := range sizes {
			sizes[i] = 0
			if l := lengths[i]; l > 0 && row[l] != nil {
				n, err := strconv.Atoi(string(row[l]))
				if err != nil {
					return err
				}
				sizes[i] = n
			}
		}
		p.sample.Add(row[:len(p.columns)], sizes)
		if n := p.sample.Rows(); n%1000 == 0 {
			progress.Report(share(n, cmp.Or(p.in.Sample, 1)), 4, "load")
		}
		return nil
	})
	return res.More || res.Cut, err
}

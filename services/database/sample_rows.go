package database

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

const (
	// sampledRows is the estimate from which a table is sampled, not read from
	// its beginning.
	sampledRows = 100_000
	// sampleBytes bounds the rows of an answer, sampleValue a value in it, and
	// sampleRead what the server sends for it.
	sampleBytes = 64 << 10
	sampleValue = 2 << 10
	sampleRead  = 8 << 20
	// maxSlim bounds the columns that are named because a row is too large.
	maxSlim = 10
)

var sampleRowsTool = &mcp.Tool{
	Name:        "sample_rows",
	Title:       "Sample rows",
	Description: `Show rows of a table, random ones of a big one. Example: {"table":"orders"}`,
	Annotations: server.ReadOnly(false),
}

type sampleRowsInput struct {
	Table    string   `json:"table" minLength:"1" jsonschema:"or schema.table"`
	Schema   string   `json:"schema,omitempty" jsonschema:"its schema"`
	N        int      `json:"n" min:"1" max:"50" default:"5" jsonschema:"rows"`
	Columns  []string `json:"columns,omitempty" jsonschema:"default: all"`
	Database string   `json:"database,omitempty" jsonschema:"default: the first"`
}

type sampleRowsOutput struct {
	Schema    string         `json:"schema"`
	Table     string         `json:"table"`
	Columns   []resultColumn `json:"columns"`
	Rows      rowsJSON       `json:"rows"`
	Sampled   string         `json:"sampled" jsonschema:"how the rows were chosen"`
	LeftOut   []string       `json:"left_out,omitempty" jsonschema:"columns that this role may not read"`
	Truncated bool           `json:"truncated" jsonschema:"rows were left out because they are large: name columns"`
	Cut       []value.Cut    `json:"truncated_values,omitempty"`
}

func (s *Service) sampleRows(ctx context.Context, in sampleRowsInput) (sampleRowsOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return sampleRowsOutput{}, err
	}
	snap, t, err := d.catalog.Table(ctx, in.Schema, in.Table)
	if err != nil {
		return sampleRowsOutput{}, shown(err)
	}
	if err := d.behind(ctx, []string{t.Name}, nil); err != nil {
		return sampleRowsOutput{}, shown(err)
	}
	names, err := chosenColumns(t, in.Columns)
	if err != nil {
		return sampleRowsOutput{}, err
	}
	out, err := d.sample(ctx, snap, t, names, in.N)
	if is(err, postgres.Denied) && len(in.Columns) == 0 {
		// Some columns may be readable where the whole row is not.
		readable, lookErr := catalog.ReadableColumns(ctx, d.DB, t)
		if lookErr != nil {
			return sampleRowsOutput{}, shown(lookErr)
		}
		if len(readable) > 0 && len(readable) < len(names) {
			out, err = d.sample(ctx, snap, t, readable, in.N)
			out.LeftOut = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(readable, name) })
		}
	}
	if is(err, postgres.TooLarge) {
		return sampleRowsOutput{}, toolerr.Invalid("columns", "columns: a row is too large; %s", slim(snap, t)).With("reason", string(postgres.TooLarge))
	}
	if err != nil {
		d.catalog.Stale(err)
		return sampleRowsOutput{}, shown(err)
	}
	return out, nil
}

// chosenColumns returns the names of the columns that are wanted, all if none are.
func chosenColumns(t *catalog.Table, wanted []string) ([]string, error) {
	var names []string
	for _, c := range wanted {
		if t.Column(c) == nil {
			return nil, toolerr.Invalid("columns", "columns: %q has no column %q%s", t.Name, catalog.Cut(c, 64), orRather(t.NearColumns(c)))
		}
		if !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	if len(wanted) == 0 {
		for _, c := range t.Columns {
			names = append(names, c.Name)
		}
	}
	return names, nil
}

func orRather(near []string) string {
	if len(near) == 0 {
		return "; describe_table tells which there are"
	}
	quoted := make([]string, len(near))
	for i, n := range near {
		quoted[i] = strconv.Quote(n)
	}
	return "; did you mean " + strings.Join(quoted, " or ") + "?"
}

// sample reads n rows. SYSTEM chooses blocks, so that a big table is not read
// from one end to the other; a sample that hits no block with rows gives way to
// the first rows.
func (d *database) sample(ctx context.Context, snap *catalog.Snapshot, t *catalog.Table, names []string, n int) (sampleRowsOutput, error) {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = postgres.Identifier(name)
	}
	sql := "SELECT " + strings.Join(quoted, ", ") + " FROM " + t.Quoted()
	if t.Rows > sampledRows && t.Kind != catalog.KindForeign && t.Kind != catalog.KindView {
		// Four times the rows that are wanted, in at least ten blocks or so.
		percent := 100 * max(4*float64(n)/float64(t.Rows), 10*8192/float64(max(t.Bytes, 8192)))
		share := strconv.FormatFloat(min(100, percent), 'f', 6, 64)
		out, err := d.read(ctx, snap, t, sql+" TABLESAMPLE SYSTEM ("+share+")", n)
		if err != nil || len(out.Rows) > 2 {
			out.Sampled = fmt.Sprintf("at random blocks, of about %d rows", t.Rows)
			return out, err
		}
	}
	out, err := d.read(ctx, snap, t, sql, n)
	out.Sampled = "the first that the server found"
	return out, err
}

func (d *database) read(ctx context.Context, snap *catalog.Snapshot, t *catalog.Table, sql string, n int) (sampleRowsOutput, error) {
	w := rowWriter{form: formRows, types: snap, limits: value.Limits{Value: sampleValue}, limit: n, bytes: sampleBytes}
	res, err := d.Read(ctx, postgres.Query{SQL: sql, Limit: n, MaxBytes: sampleRead}, w.row)
	if err != nil {
		return sampleRowsOutput{}, err
	}
	if res.Cut && w.rows == 0 {
		return sampleRowsOutput{}, &postgres.Error{Kind: postgres.TooLarge, Message: "the next row is larger than a sample"}
	}
	r := w.result(res)
	return sampleRowsOutput{Schema: t.Schema, Table: t.Name, Columns: r.Columns, Rows: r.Rows,
		Truncated: w.more || res.Cut, Cut: r.TruncatedValues}, nil
}

// slim says which columns to name of a table with a row that is too large: those
// whose values are never long.
func slim(snap *catalog.Snapshot, t *catalog.Table) string {
	var names []string
	for _, c := range t.Columns {
		if len(names) < maxSlim && value.Short(c.OID, snap) {
			names = append(names, strconv.Quote(oneLine(c.Name, 64)))
		}
	}
	if len(names) == 0 {
		return "name fewer columns, or select parts of their values with execute_query"
	}
	return "name columns whose values are short, such as " + strings.Join(names, ", ") + ", or select parts of the others with execute_query"
}

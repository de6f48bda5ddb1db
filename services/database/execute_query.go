package database

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/chart"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

var executeTool = &mcp.Tool{
	Name:  "execute_query",
	Title: "Run a query",
	Description: `Run one statement that only reads: SELECT, WITH, VALUES, TABLE, SHOW, EXPLAIN. Give values as params for $1, $2, never inside the SQL. Rows are arrays in the order of columns; integers above 2^53, numeric, NaN and dates are strings, values above 64 KB are cut. If truncated, call again with next_cursor and all else the same: each page runs the query anew, so ORDER BY something unique.
Example: {"query":"SELECT id, status FROM orders WHERE placed_at > $1 ORDER BY id","params":["2025-12-01"]}`,
	Annotations: server.ReadOnly(false),
}

type executeInput struct {
	Query     string            `json:"query" alias:"sql" minLength:"1" jsonschema:"one SQL statement"`
	Params    []json.RawMessage `json:"params,omitempty" alias:"parameters" jsonschema:"for $1, $2; arrays and objects fit array and json types"`
	Database  string            `json:"database,omitempty" jsonschema:"default: the first"`
	MaxRows   int               `json:"max_rows,omitempty" alias:"limit" min:"1" max:"1000" jsonschema:"default: 100"`
	Cursor    string            `json:"cursor,omitempty" jsonschema:"next_cursor of the last page"`
	Format    string            `json:"format" enum:"rows,csv,markdown,chart" default:"rows" jsonschema:"csv is the shortest; chart adds a PNG"`
	TimeoutMS int               `json:"timeout_ms,omitempty" min:"1" max:"300000" jsonschema:"default: 30000"`

	TimeoutSeconds int  `json:"timeout_seconds,omitempty" min:"1" max:"300" hidden:"true"`
	Explain        bool `json:"explain,omitempty" hidden:"true"`
}

// timeout is how long the statement may take, 0 for as long as any.
func (in executeInput) timeout() time.Duration {
	if in.TimeoutMS > 0 {
		return time.Duration(in.TimeoutMS) * time.Millisecond
	}
	return time.Duration(in.TimeoutSeconds) * time.Second
}

// bound is what a cursor of this query is good for.
func (in executeInput) bound(database string) []string {
	bound := []string{"execute_query", database, in.Format, in.Query}
	for _, p := range in.Params {
		var b bytes.Buffer
		if json.Compact(&b, p) == nil {
			p = b.Bytes()
		}
		bound = append(bound, string(p))
	}
	return bound
}

// executeOutput has rows, or with explain a plan.
type executeOutput struct {
	result
	Chart string          `json:"chart,omitempty" jsonschema:"what the picture shows"`
	Plan  json.RawMessage `json:"plan,omitempty" jsonschema:"with explain"`

	picture []byte
	lent    *lentRows // that the rows are in; nil if they are in memory of their own
}

// lentRows is memory for the rows of one result after another.
type lentRows struct {
	buf  []byte
	pool *sync.Pool
}

// Return implements [server.Lender].
func (o executeOutput) Return() {
	if o.lent != nil && cap(o.lent.buf) <= lentBytes {
		o.lent.pool.Put(o.lent)
	}
}

// Attachments is the picture, if one was asked for.
func (o executeOutput) Attachments() []mcp.Content {
	if o.picture == nil {
		return nil
	}
	return []mcp.Content{&mcp.ImageContent{Data: o.picture, MIMEType: "image/png"}}
}

// page is where a result goes on.
type page struct {
	Offset  int `json:"o"`
	MaxRows int `json:"n"`
}

func (s *Service) executeQuery(ctx context.Context, in executeInput) (executeOutput, error) {
	if in.Explain {
		return s.explained(ctx, in)
	}
	d, err := s.database(in.Database)
	if err != nil {
		return executeOutput{}, err
	}
	var at page
	if in.Cursor != "" {
		if err := s.cursors.Open(in.Cursor, &at, in.bound(d.set.Name)...); err != nil {
			return executeOutput{}, err
		}
	}
	at.MaxRows = min(cmp.Or(in.MaxRows, at.MaxRows, firstRows), d.maxRows())
	q, err := s.prepare(ctx, d, in)
	if err != nil {
		return executeOutput{}, err
	}
	if err := s.affordable(ctx, d, q); err != nil {
		return executeOutput{}, err
	}
	out, err := s.run(ctx, d, q, at, in)
	if err != nil {
		return executeOutput{}, err
	}
	if out.Truncated {
		if out.RowCount == 0 {
			return executeOutput{}, toolerr.Invalid("query", "query: the next row is larger than %d MiB; select fewer columns, or parts of the values", wireBytes>>20)
		}
		at.Offset += out.RowCount
		if out.NextCursor, err = s.cursors.Seal(at, in.bound(d.set.Name)...); err != nil {
			return executeOutput{}, err
		}
	}
	return out, nil
}

// prepared is a query that passed the gate, with its parameters.
type prepared struct {
	gate.Statement
	args  [][]byte
	types *catalog.Snapshot
}

// prepare checks the statement and its parameters.
func (s *Service) prepare(ctx context.Context, d *database, in executeInput) (prepared, error) {
	snap, err := d.catalog.Current(ctx)
	if err != nil {
		return prepared{}, shown(err)
	}
	stmt, err := gate.Read(in.Query, snap, d.set.Policy)
	if err != nil {
		return prepared{}, refused(err, d, in.Query)
	}
	if err := d.behindStatement(ctx, stmt.SQL); err != nil {
		return prepared{}, shown(err)
	}
	q := prepared{Statement: stmt, types: snap}
	if q.args, err = d.values(ctx, stmt.SQL, in.Params, snap); err != nil {
		return prepared{}, s.failed(ctx, d, in, q, err)
	}
	return q, nil
}

// affordable refuses a query that the planner expects to cost more than the
// operator allows.
func (s *Service) affordable(ctx context.Context, d *database, q prepared) error {
	if d.set.MaxCost <= 0 || q.Kind != gate.Rows {
		return nil
	}
	cost, _, err := s.estimate(ctx, d, q.Statement, q.args)
	if err != nil {
		return shown(err)
	}
	if cost > d.set.MaxCost {
		return toolerr.New(toolerr.PermissionDenied, "the planner expects this query to cost %.0f, and %.0f is the most for this database; filter earlier, or see with explain_query what is expensive",
			cost, d.set.MaxCost).With("reason", "max_cost")
	}
	return nil
}

// run runs a query and returns one page of its rows.
func (s *Service) run(ctx context.Context, d *database, q prepared, at page, in executeInput) (executeOutput, error) {
	lent, _ := s.rows.Get().(*lentRows)
	if lent == nil {
		lent = &lentRows{pool: &s.rows}
	}
	w := rowWriter{form: in.Format, types: q.types, limits: d.limits(), limit: at.MaxRows, bytes: d.maxBytes(), buf: lent.buf[:0]}
	query := postgres.Query{
		SQL: q.SQL, Args: q.args, Skip: at.Offset, Limit: at.MaxRows, MaxBytes: wireBytes, Timeout: in.timeout(),
		Direct: q.Kind == gate.Show || q.Kind == gate.Explain,
	}
	if query.Direct {
		w.skip, query.Skip, query.Limit = at.Offset, 0, at.Offset+at.MaxRows
	}
	stop := ticking(ctx)
	res, err := d.Read(ctx, query, w.row)
	stop()
	if err != nil {
		return executeOutput{}, s.failed(ctx, d, in, q, err)
	}
	out := executeOutput{result: w.result(res), lent: lent}
	lent.buf = w.buf
	if in.Format == formChart {
		if out.picture, out.Chart, err = chart.Draw(ctx, res.Columns, q.types, w.raw); err != nil {
			return executeOutput{}, shown(err)
		}
	}
	return out, nil
}

// ticking reports every second that a query still runs, until stop is called.
func ticking(ctx context.Context) (stop func()) {
	progress := server.Progress(ctx)
	if progress == nil {
		return func() {}
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-done:
				return
			case <-tick.C:
				progress.Report(float64(n), 0, fmt.Sprintf("the query has run for %d s", n))
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

package database

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// planned is a statement whose plan is wanted. It has passed the gate.
type planned struct {
	sql  string
	args [][]byte
	// unknown is how many parameters have no value: then the plan is the one for
	// any values.
	unknown int
	analyze bool
	timeout time.Duration
}

// passed returns what a caller's query explains: itself, or what is behind its
// own EXPLAIN.
func (d *database) passed(ctx context.Context, query string) (string, error) {
	snap, err := d.catalog.Current(ctx)
	if err != nil {
		return "", err
	}
	stmt, err := gate.Read(query, snap, d.set.Policy)
	switch {
	case err != nil:
		return "", err
	case stmt.Kind == gate.Explain:
		return stmt.Inner, d.behindStatement(ctx, stmt.Inner)
	case stmt.Kind != gate.Rows:
		return "", &gate.Refusal{Rule: "no-plan", Message: stmt.Verb + " has no plan", Offset: 0}
	}
	return stmt.SQL, d.behindStatement(ctx, stmt.SQL)
}

// bind returns params as PostgreSQL reads them, and how many parameters of sql
// have no value.
func (d *database) bind(ctx context.Context, sql string, params []json.RawMessage) (args [][]byte, unknown int, err error) {
	if len(params) == 0 {
		if !strings.Contains(sql, "$") {
			return nil, 0, nil
		}
		described, err := d.Describe(ctx, sql)
		return nil, len(described.Params), err
	}
	snap, err := d.catalog.Snapshot(ctx)
	if err != nil {
		return nil, 0, err
	}
	args, err = d.values(ctx, sql, params, snap)
	return args, 0, err
}

// plan returns the plan of p, and the JSON that it was read from.
func (d *database) plan(ctx context.Context, p planned) (*plan.Plan, json.RawMessage, error) {
	if p.unknown > 0 {
		var found *plan.Plan
		var raw json.RawMessage
		err := d.Transaction(ctx, func(tx *postgres.Tx) error {
			var err error
			found, raw, err = planIn(ctx, tx, p)
			return err
		})
		return found, raw, err
	}
	if p.analyze {
		// A cursor is refused what changes rows, wherever in the statement that is:
		// PostgreSQL's own check before anything runs.
		const before = "EXPLAIN DECLARE _mcp NO SCROLL CURSOR FOR "
		shape := postgres.Query{SQL: before + p.sql, Args: p.args, Direct: true, Timeout: p.timeout}
		if _, err := d.Read(ctx, shape, nothing); err != nil {
			return nil, nil, moved(err, before)
		}
	}
	return explained(func(q postgres.Query, each postgres.EachRow) error {
		_, err := d.Read(ctx, q, each)
		return err
	}, p.explain(), p.sql, p)
}

func nothing([]postgres.Column, [][]byte) error { return nil }

// moved makes the position in an error one in the caller's statement.
func moved(err error, before string) error {
	var e *postgres.Error
	if errors.As(err, &e) && e.Position > len(before) {
		c := *e
		c.Position -= len(before)
		return &c
	}
	return err
}

// planIn is plan in a transaction that is there: it sees what the transaction
// has set, and indexes that its session only imagines.
func planIn(ctx context.Context, tx *postgres.Tx, p planned) (*plan.Plan, json.RawMessage, error) {
	read := func(q postgres.Query, each postgres.EachRow) error {
		_, err := tx.Read(ctx, q, each)
		return err
	}
	if p.timeout > 0 {
		if err := tx.Timeout(ctx, p.timeout); err != nil {
			return nil, nil, err
		}
	}
	if p.unknown == 0 {
		return explained(read, p.explain(), p.sql, p)
	}
	if err := tx.Set(ctx, "plan_cache_mode", "force_generic_plan"); err != nil {
		return nil, nil, err
	}
	const before = "PREPARE _mcp AS "
	if err := read(postgres.Query{SQL: before + p.sql, Direct: true, Timeout: p.timeout}, nothing); err != nil {
		return nil, nil, moved(err, before)
	}
	nulls := strings.TrimSuffix(strings.Repeat("NULL,", p.unknown), ",")
	found, raw, err := explained(read, p.explain(), "EXECUTE _mcp("+nulls+")", p)
	// A prepared statement survives a rollback.
	if freeErr := read(postgres.Query{SQL: "DEALLOCATE _mcp", Direct: true}, nothing); freeErr != nil {
		tx.Retire()
		err = errors.Join(err, freeErr)
	}
	return found, raw, err
}

// explain is what stands before the statement. VERBOSE names the schema of each
// table and the table of each column.
func (p planned) explain() string {
	options := "VERBOSE, FORMAT JSON"
	if p.analyze {
		options += ", ANALYZE, BUFFERS"
	}
	return "EXPLAIN (" + options + ") "
}

func explained(read func(postgres.Query, postgres.EachRow) error, before, sql string, p planned) (*plan.Plan, json.RawMessage, error) {
	var raw json.RawMessage
	err := read(postgres.Query{SQL: before + sql, Args: p.args, Direct: true, Limit: 1, Timeout: p.timeout}, func(_ []postgres.Column, row [][]byte) error {
		raw = bytes.Clone(row[0])
		return nil
	})
	if err != nil {
		return nil, nil, moved(err, before)
	}
	found, err := plan.Parse(raw)
	if err != nil {
		return nil, nil, toolerr.Wrap(err, toolerr.Internal, "the plan cannot be read")
	}
	return found, raw, nil
}

// estimate returns what the planner expects of a statement that passed the gate:
// its cost in the planner's units, and its rows.
func (s *Service) estimate(ctx context.Context, d *database, stmt gate.Statement, args [][]byte) (cost, rows float64, err error) {
	p, _, err := d.plan(ctx, planned{sql: stmt.SQL, args: args})
	if err != nil {
		return 0, 0, err
	}
	return p.Cost(), p.Root.Rows, nil
}

// hypothetical is a session of hypopg: indexes that EXPLAIN alone sees.
type hypothetical struct {
	tx     *postgres.Tx
	schema string // of the extension
}

// hypopg returns the schema of the extension, "" if it is not installed.
func (d *database) hypopg(ctx context.Context) (string, error) {
	names, err := postgres.Column1[string](ctx, d.DB, `select n.nspname::text from pg_extension e join pg_namespace n on n.oid = e.extnamespace
where e.extname = 'hypopg' and has_schema_privilege(n.oid, 'usage')`)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

// imagine calls fn with a session of hypopg that begins and ends without
// indexes: they belong to the connection and survive a rollback.
func (d *database) imagine(ctx context.Context, schema string, timeout time.Duration, fn func(h *hypothetical) error) error {
	return d.Transaction(ctx, func(tx *postgres.Tx) error {
		h := &hypothetical{tx, schema}
		if timeout > 0 {
			if err := tx.Timeout(ctx, timeout); err != nil {
				return err
			}
		}
		if err := h.reset(ctx); err != nil {
			return err
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			if h.reset(ctx) != nil {
				tx.Retire()
			}
		}()
		return fn(h)
	})
}

func (h *hypothetical) function(name string) string { return postgres.Identifier(h.schema, name) }

func (h *hypothetical) reset(ctx context.Context) error {
	_, err := postgres.Column1[int](ctx, h.tx, `select 1 from `+h.function("hypopg_reset")+`()`)
	return err
}

// indexDDL writes a CREATE INDEX of names of the catalog. descending is nil or
// says of each column whether it is.
func indexDDL(create, schema, table string, columns []string, descending []bool) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = postgres.Identifier(c)
		if descending != nil && descending[i] {
			quoted[i] += " DESC"
		}
	}
	return create + " ON " + postgres.Identifier(schema, table) + " (" + strings.Join(quoted, ", ") + ")"
}

// create makes an index, and returns its OID and its size. Its definition is
// one that indexDDL made of names of the catalog.
func (h *hypothetical) create(ctx context.Context, definition string) (oid uint32, size int64, err error) {
	type row struct {
		OID  uint32
		Size int64
	}
	rows, err := postgres.Select[row](ctx, h.tx, `select h.indexrelid as oid, `+h.function("hypopg_relation_size")+`(h.indexrelid)::bigint as size
from `+h.function("hypopg_create_index")+`($1) h`, definition)
	if err == nil && len(rows) != 1 {
		err = errors.New("hypopg made no index")
	}
	if err != nil {
		return 0, 0, err
	}
	return rows[0].OID, rows[0].Size, nil
}

func (h *hypothetical) drop(ctx context.Context, oid uint32) error {
	_, err := postgres.Column1[bool](ctx, h.tx, `select `+h.function("hypopg_drop_index")+`($1)`, oid)
	return err
}

package database

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/gate"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

const (
	// maxReturned and maxReturnedBytes bound the rows of a result, maxSample those
	// of a preview.
	maxReturned      = 100
	maxReturnedBytes = 256 << 10
	maxSample        = 20
)

// change is a statement that changes rows. It is run once to see what it would
// do, and once more to do it: nothing is locked while a person thinks.
type change struct {
	db        *database
	snap      *catalog.Snapshot
	sql       string
	args      [][]byte
	verb      string
	returning bool // it has RETURNING
	rows      bool // rows are wanted of it when it is committed, also without
	most      int  // rows that it may change
	excess    func(affected int64) error
}

// changeOutput is the result of both tools that change rows.
type changeOutput struct {
	Affected        int64             `json:"affected"`
	Verb            string            `json:"verb"`
	Committed       bool              `json:"committed" jsonschema:"false: nothing was changed"`
	DryRun          bool              `json:"dry_run,omitempty"`
	Columns         []resultColumn    `json:"columns,omitempty"`
	Rows            rowsJSON          `json:"rows,omitempty"`
	Truncated       bool              `json:"truncated,omitempty" jsonschema:"there are more rows"`
	TruncatedValues []value.Cut       `json:"truncated_values,omitempty"`
	Notices         []postgres.Notice `json:"notices,omitempty"`
}

// writable returns a database that may be changed.
func (s *Service) writable(name string) (*database, error) {
	d, err := s.database(name)
	if err == nil && !d.set.Writes {
		return nil, toolerr.New(toolerr.PermissionDenied, "the database %s is read-only; its operator can allow changes with mode: write", d.set.Name)
	}
	return d, err
}

// agreement is what a person agreed to, beside the arguments.
type agreement struct {
	Database string `json:"database"`
	Affected int64  `json:"affected"`
	// Statement is a digest of what was run: the name of a table may come to mean
	// another one.
	Statement []byte `json:"statement"`
}

func (c *change) agreement(affected int64) agreement {
	sum := sha256.Sum256([]byte(c.sql))
	return agreement{c.db.set.Name, affected, sum[:]}
}

// ask runs the change, takes it back, and words what was seen as a question. For
// a change of nothing nobody is asked.
func (c *change) ask(ctx context.Context) (question, fact string, err error) {
	if !server.Askable(ctx) {
		return title(c.verb) + " rows?", "", nil // a preview fires triggers
	}
	o, err := c.preview(ctx)
	if err != nil {
		return "", "", err
	}
	b, err := json.Marshal(c.agreement(o.affected))
	if err != nil || o.affected == 0 {
		return "", string(b), err
	}
	return c.words(ctx, o), string(b), nil
}

// apply runs the change and commits it if it does what was agreed to.
func (c *change) apply(ctx context.Context) (changeOutput, error) {
	fact, asked := server.Confirmed(ctx)
	agreed := c.agreement(0)
	if asked {
		if err := json.Unmarshal([]byte(fact), &agreed); err != nil {
			return changeOutput{}, fmt.Errorf("the sealed agreement: %w", err)
		}
	}
	o, err := c.run(ctx, maxReturned, c.rows, func(affected int64) (bool, error) {
		switch {
		case affected > int64(c.most):
			return false, c.excess(affected)
		case asked && !bytes.Equal(agreed.Statement, c.agreement(0).Statement):
			return false, toolerr.New(toolerr.Conflict, "what was named is another table by now: nothing was changed; call again to ask anew")
		case asked && (affected != agreed.Affected || c.db.set.Name != agreed.Database):
			return false, toolerr.New(toolerr.Conflict, "%d rows of the database %s were agreed to, and now it would be %d of %s: nothing was changed; call again to ask with the new number",
				agreed.Affected, agreed.Database, affected, c.db.set.Name).With("agreed", agreed.Affected).With("affected", affected)
		}
		return affected > 0, nil
	})
	return o.output(), err
}

// dryRun is the result of a change that is taken back.
func (c *change) dryRun(ctx context.Context) (changeOutput, error) {
	o, err := c.preview(ctx)
	out := o.output()
	out.DryRun = true
	return out, err
}

func (c *change) preview(ctx context.Context) (outcome, error) {
	return c.run(ctx, maxSample, true, func(affected int64) (bool, error) {
		if affected > int64(c.most) {
			return false, c.excess(affected)
		}
		return false, nil
	})
}

// outcome is what one run of a change has done.
type outcome struct {
	changeOutput
	affected int64
	columns  []postgres.Column
	text     [][]string // the rows for people
}

func (o *outcome) output() changeOutput { return o.changeOutput }

// run runs the change and keeps up to limit rows. Those of a statement that
// returns none are got by RETURNING *, if they are wanted and can be had: that
// takes the right to read every column, and there are rules that refuse it.
func (c *change) run(ctx context.Context, limit int, rows bool, decide func(affected int64) (bool, error)) (outcome, error) {
	appended := rows && !c.returning && (c.verb == "INSERT" || c.verb == "UPDATE" || c.verb == "DELETE")
	if appended {
		o, err := c.once(ctx, c.sql+"\nRETURNING *", limit, decide) // a comment may be at the end
		var e *postgres.Error
		if !errors.As(err, &e) || e.SQLState != "42501" && e.SQLState != "0A000" && e.Kind != postgres.TooLarge {
			return o, c.failed(err)
		}
	}
	o, err := c.once(ctx, c.sql, limit, decide)
	return o, c.failed(err)
}

func (c *change) once(ctx context.Context, sql string, limit int, decide func(affected int64) (bool, error)) (o outcome, err error) {
	w := rowWriter{form: formRows, types: c.snap, limits: c.db.limits(), limit: limit, bytes: maxReturnedBytes}
	var refusal error
	commits := false
	res, err := c.db.Write(ctx, postgres.Query{SQL: sql, Args: c.args, Limit: limit}, func(columns []postgres.Column, row [][]byte) error {
		err := w.row(columns, row)
		if err == nil && len(o.text) < maxSample {
			o.text = append(o.text, cells(row))
		}
		return err
	}, func(r postgres.Result) (bool, error) {
		o.affected = affectedBy(r.Tag)
		commits, refusal = decide(o.affected)
		commits = commits && refusal == nil
		return commits, nil
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return outcome{}, err
	}
	o.Affected, o.Verb, o.Committed, o.Notices = o.affected, c.verb, commits, notices(res.Notices)
	if verb, _, ok := strings.Cut(res.Tag, " "); ok {
		o.Verb = verb
	}
	if o.columns = res.Columns; len(o.columns) > 0 {
		r := w.result(res)
		o.Columns, o.Rows, o.Truncated, o.TruncatedValues = r.Columns, r.Rows, r.Truncated, r.TruncatedValues
	}
	return o, nil
}

// failed makes an error of a run one that says what has become of the change.
func (c *change) failed(err error) error {
	var e *postgres.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Kind == postgres.Unknown {
		return toolerr.Wrap(err, toolerr.Internal, "the connection broke while the change was being committed: whether it was is not known. "+
			"Read the rows that it is about before you try again").With("reason", string(e.Kind)).With("committed", "unknown")
	}
	var shownErr *toolerr.Error
	if errors.As(shown(err), &shownErr) {
		return shownErr.With("committed", false)
	}
	return err
}

// affectedBy returns the number in a command tag: UPDATE 17, INSERT 0 5.
func affectedBy(tag string) int64 {
	n, err := strconv.ParseInt(tag[strings.LastIndexByte(tag, ' ')+1:], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

const (
	maxStatementShown = 700
	maxLiteralShown   = 80
	maxRowShown       = 160
	maxCellShown      = 32
)

// words is the question: what is done to how many rows of which table, the
// statement, and as many rows as the runtime shows of it.
func (c *change) words(ctx context.Context, o outcome) string {
	var b strings.Builder
	table := c.table(o.columns)
	where := "the database " + oneLine(c.db.set.Name, 64)
	if table != nil {
		where = oneLine(table.Schema+"."+table.Name, 130) + ", " + where
	}
	rows := "rows"
	if o.affected == 1 {
		rows = "row"
	}
	fmt.Fprintf(&b, "%s %d %s in %s?", title(o.Verb), o.affected, rows, where)
	if o.Verb == "DELETE" && table != nil {
		if also := c.cascades(ctx, table); also != "" {
			fmt.Fprintf(&b, "\nRows of other tables that refer to these are changed with them: %s.", also)
		}
	}
	fmt.Fprintf(&b, "\n\n%s\n", middle(gate.Plain(c.sql, maxLiteralShown), maxStatementShown))
	if len(c.args) > 0 {
		fmt.Fprintf(&b, "with %s\n", oneLine(strings.Join(cells(c.args), ", "), 2*maxRowShown))
	}
	if len(o.text) == 0 {
		return b.String()
	}
	state := "as they would be"
	if o.Verb == "DELETE" {
		state = "that would be gone"
	}
	fmt.Fprintf(&b, "\nRows %s:\n", state)
	var names []string
	for _, col := range o.columns {
		names = append(names, oneLine(col.Name, maxCellShown))
	}
	for _, line := range append([][]string{names}, o.text...) {
		b.WriteString(oneLine(strings.Join(line, " | "), maxRowShown) + "\n")
	}
	if left := o.affected - int64(len(o.text)); left > 0 {
		fmt.Fprintf(&b, "and %d more", left)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// table returns the table that all columns come from, nil if that is not known.
func (c *change) table(columns []postgres.Column) *catalog.Table {
	var oid uint32
	for _, col := range columns {
		if col.Table != 0 && oid != 0 && col.Table != oid {
			return nil
		}
		oid = max(oid, col.Table)
	}
	return c.snap.TableByOID(oid)
}

// cascades names the tables whose rows go, or change, with rows of table. That
// it does not know is no reason not to ask.
func (c *change) cascades(ctx context.Context, table *catalog.Table) string {
	names, err := postgres.Column1[string](ctx, c.db.DB, `
select distinct r.relname::text from pg_constraint f join pg_class r on r.oid = f.conrelid
where f.contype = 'f' and f.confrelid = $1 and f.confdeltype in ('c', 'n', 'd') and f.conparentid = 0 order by 1 limit 6`, table.OID)
	if err != nil {
		return ""
	}
	for i, n := range names {
		if names[i] = oneLine(n, 64); i == 5 {
			names[i] = "…"
		}
	}
	return strings.Join(names, ", ")
}

// cells returns values as one line for people.
func cells(row [][]byte) []string {
	list := make([]string, len(row))
	for i, v := range row {
		if list[i] = oneLine(string(v[:min(len(v), 4*maxCellShown)]), maxCellShown); v == nil {
			list[i] = "NULL"
		}
	}
	return list
}

// title is "Update" of UPDATE.
func title(verb string) string {
	if verb == "" {
		return "Change"
	}
	return verb[:1] + strings.ToLower(verb[1:])
}

package database

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/database/internal/catalog"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// The bounds of one result.
const (
	resultBytes  = 1 << 20  // of encoded rows, unless the operator says otherwise
	valueBytes   = 64 << 10 // of one value
	wireBytes    = 8 << 20  // that the server sends for one result, before values are cut
	maxNotices   = 10
	noticeBytes  = 500
	cutsListed   = 50  // values listed as cut
	firstRows    = 100 // without max_rows
	mostRows     = 1000
	mostAffected = 1000
	rowCapacity  = 256      // bytes of a new buffer: many a result is one short row
	fewRows      = 8        // that tell how long the others are
	rowsCapacity = 32 << 10 // the most that is reserved for rows to come
	lentBytes    = 64 << 10 // the longest buffer that is kept for other rows
)

// resultColumn describes a column of a result.
type resultColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// rowsJSON is an array of rows, each an array of values, as JSON.
type rowsJSON []byte

// AppendJSON writes the rows as they are: they were made value by value.
func (r rowsJSON) AppendJSON(dst []byte) []byte { return append(dst, r...) }

// MarshalJSON implements [json.Marshaler].
func (r rowsJSON) MarshalJSON() ([]byte, error) { return r, nil }

// JSONSchema describes rows of values of any type.
func (rowsJSON) JSONSchema(bool) json.RawMessage {
	return json.RawMessage(`{"type":"array","items":{"type":"array"}}`)
}

// result is what tools return of rows.
type result struct {
	Columns         []resultColumn    `json:"columns"`
	Rows            rowsJSON          `json:"rows,omitempty" jsonschema:"values in the order of columns"`
	Text            string            `json:"text,omitempty" jsonschema:"the rows as csv or markdown"`
	RowCount        int               `json:"row_count"`
	Truncated       bool              `json:"truncated,omitempty" jsonschema:"there are more rows: see next_cursor"`
	NextCursor      string            `json:"next_cursor,omitempty"`
	ElapsedMS       float64           `json:"elapsed_ms"`
	Notices         []postgres.Notice `json:"notices,omitempty" jsonschema:"messages of the server"`
	TruncatedValues []value.Cut       `json:"truncated_values,omitempty" jsonschema:"what was too long"`
}

// The forms of rows.
const (
	formRows     = "rows"
	formCSV      = "csv"
	formMarkdown = "markdown"
	formChart    = "chart" // rows, and a picture of them
)

// limits are those of values of this database.
func (d *database) limits() value.Limits { return value.Limits{Value: valueBytes} }

// maxRows is the most rows of one result of this database.
func (d *database) maxRows() int { return cmp.Or(d.set.MaxRows, mostRows) }

// maxBytes is the most of one result of this database, in bytes.
func (d *database) maxBytes() int { return cmp.Or(d.set.MaxBytes, resultBytes) }

// maxAffected is the most rows that one statement may change in this database.
func (d *database) maxAffected() int { return cmp.Or(d.set.MaxAffected, mostAffected) }

// rowWriter makes a result of rows, within bounds.
type rowWriter struct {
	form   string
	types  value.Types
	limits value.Limits
	limit  int // of rows
	bytes  int // of the result
	skip   int // of the rows that come, for statements without a cursor

	enc  *value.Encoder
	buf  []byte
	rows int
	more bool       // rows were left out
	raw  [][][]byte // for a chart: the rows as they came
}

// start learns the columns.
func (w *rowWriter) start(columns []postgres.Column) {
	// A row of many long values has to stay within the bound of a result too.
	limits := w.limits
	limits.Value = min(limits.Value, w.bytes/max(1, len(columns)))
	w.enc = value.NewEncoder(columns, w.types, limits)
	if w.buf == nil {
		w.buf = make([]byte, 0, rowCapacity)
	}
	switch w.form {
	case formCSV:
		w.buf = w.enc.AppendCSVHeader(w.buf)
	case formMarkdown:
		w.buf = w.enc.AppendMarkdownHeader(w.buf)
	default:
		w.buf = append(w.buf, '[')
	}
}

// row is a [postgres.EachRow]. The first row always fits.
func (w *rowWriter) row(columns []postgres.Column, row [][]byte) error {
	if w.enc == nil {
		w.start(columns)
	}
	if w.skip > 0 {
		w.skip--
		return nil
	}
	if w.rows == w.limit {
		w.more = true
		return postgres.ErrStop
	}
	before := len(w.buf)
	if w.rows == fewRows && w.limit > fewRows { // which often have the shortest numbers
		more := min(w.limit, firstRows) - fewRows
		w.buf = slices.Grow(w.buf, min(before*more/fewRows*9/8, rowsCapacity))
	}
	switch w.form {
	case formCSV:
		w.buf = w.enc.AppendCSV(w.buf, row)
	case formMarkdown:
		w.buf = w.enc.AppendMarkdown(w.buf, row)
	default:
		if w.rows > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = w.enc.AppendRow(w.buf, row)
	}
	if len(w.buf) > w.bytes && w.rows > 0 {
		w.buf = w.buf[:before]
		w.enc.DropRow()
		w.more = true
		return postgres.ErrStop
	}
	w.rows++
	if w.form == formChart {
		w.raw = append(w.raw, cloned(row))
	}
	return nil
}

func cloned(row [][]byte) [][]byte {
	c := make([][]byte, len(row))
	for i, v := range row {
		c[i] = bytes.Clone(v)
	}
	return c
}

// result returns the rows so far with what the server said of them.
func (w *rowWriter) result(res postgres.Result) result {
	if w.enc == nil {
		w.start(res.Columns)
	}
	out := result{
		Columns: make([]resultColumn, len(res.Columns)), RowCount: w.rows, Truncated: w.more || res.More || res.Cut,
		ElapsedMS: milliseconds(res.Elapsed), Notices: notices(res.Notices),
	}
	for i, c := range res.Columns {
		out.Columns[i] = resultColumn{c.Name, w.enc.TypeName(i)}
	}
	switch w.form {
	case formCSV, formMarkdown:
		out.Text = string(w.buf)
	default:
		w.buf = append(w.buf, ']')
		out.Rows = w.buf
	}
	cuts := w.enc.Cuts()
	out.TruncatedValues = cuts[:min(len(cuts), cutsListed)]
	return out
}

// notices bounds the messages of the server, whose length a function decides.
func notices(list []postgres.Notice) []postgres.Notice {
	list = list[:min(len(list), maxNotices)]
	for i := range list {
		list[i].Message = catalog.Cut(list[i].Message, noticeBytes)
	}
	return list
}

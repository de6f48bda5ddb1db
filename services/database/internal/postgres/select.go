package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Querier is a [*DB] or a [*Tx].
type Querier interface {
	query(ctx context.Context, sql string, args []any, each func(pgx.CollectableRow) error) error
}

// Select runs a query of our own and returns its rows as structs, columns by
// the names of fields or their db tags. What comes from a caller is in args, as
// $1 and so on, never in sql. It changes nothing: on a [*DB] it has a read-only
// transaction of its own, in one round trip.
func Select[T any](ctx context.Context, q Querier, sql string, args ...any) ([]T, error) {
	return collect(ctx, q, sql, args, pgx.RowToStructByName[T])
}

// Column1 is Select for a query of one column.
func Column1[T any](ctx context.Context, q Querier, sql string, args ...any) ([]T, error) {
	return collect(ctx, q, sql, args, pgx.RowTo[T])
}

func collect[T any](ctx context.Context, q Querier, sql string, args []any, scan func(pgx.CollectableRow) (T, error)) ([]T, error) {
	list := []T{}
	err := q.query(ctx, sql, args, func(row pgx.CollectableRow) error {
		v, err := scan(row)
		list = append(list, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Identifier quotes a name, or the parts of one, for SQL.
func Identifier(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

// Literal quotes a text for a script that a person runs. Backslashes mean
// themselves: standard_conforming_strings is on since PostgreSQL 9.1.
func Literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (db *DB) query(ctx context.Context, sql string, args []any, each func(pgx.CollectableRow) error) error {
	return db.run(ctx, "select", func(ctx context.Context, s *session) error { return s.rows(ctx, sql, args, each) })
}

// rows runs a query of our own in a transaction of its own.
func (s *session) rows(ctx context.Context, sql string, args []any, each func(pgx.CollectableRow) error) error {
	s.raw(s.db.begin)
	if err := s.own(sql, args); err != nil {
		return err
	}
	s.raw(s.db.end)
	_, err := s.exchange(ctx, 1, 0, s.scanning(each))
	if err != nil {
		s.undo()
	}
	return err
}

// own composes a query of our own with arguments of Go's types.
func (s *session) own(sql string, args []any) error {
	var b pgx.ExtendedQueryBuilder
	if err := b.Build(s.types, nil, args); err != nil {
		s.link.out = s.link.out[:0]
		return err
	}
	s.query(sql, b.ParamValues, nil, b.ParamFormats, 0)
	return nil
}

// scanning calls each with rows that can be scanned.
func (s *session) scanning(each func(pgx.CollectableRow) error) eachRow {
	r := &row{types: s.types}
	return func(a *answer, values [][]byte) error {
		if r.fields == nil {
			r.fields = make([]pgconn.FieldDescription, len(a.columns))
			for i, c := range a.columns {
				r.fields[i] = pgconn.FieldDescription{Name: c.Name, DataTypeOID: c.OID, TypeModifier: c.Modifier, Format: pgtype.TextFormatCode}
			}
		}
		r.values = values
		return each(r)
	}
}

// row is a row of text for pgx's scanning.
type row struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	values [][]byte
}

func (r *row) FieldDescriptions() []pgconn.FieldDescription { return r.fields }
func (r *row) RawValues() [][]byte                          { return r.values }
func (r *row) Values() ([]any, error)                       { return nil, errors.ErrUnsupported }
func (r *row) Scan(dest ...any) error                       { return pgx.ScanRow(r.types, r.fields, r.values, dest...) }

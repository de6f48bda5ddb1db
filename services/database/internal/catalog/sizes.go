package catalog

import (
	"context"
	"errors"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// maxSized bounds the relations whose size is asked for at once: each costs the
// server a look at its files.
const maxSized = 3000

// Sizes returns the bytes that tables take with their indexes and what is stored
// out of line, partitions included. A table that is gone has none. Where there
// are too many partitions to look at, or somebody has locked a table, the bytes
// are those that the planner saw last, and exact is false.
func (s *Snapshot) Sizes(ctx context.Context, db *postgres.DB, tables []*Table) (sizes map[uint32]int64, exact bool, err error) {
	sizes, exact = make(map[uint32]int64, len(tables)), true
	of := make(map[uint32]uint32) // leaf → table
	var leaves []uint32
	for _, t := range tables {
		list := s.leaves(nil, t, 0)
		if len(leaves)+len(list) > maxSized {
			sizes[t.OID], exact = t.Bytes, false
			continue
		}
		for _, leaf := range list {
			of[leaf] = t.OID
		}
		leaves = append(leaves, list...)
	}
	type row struct {
		OID   uint32
		Bytes int64
	}
	var rows []row
	err = db.Transaction(ctx, func(tx *postgres.Tx) error {
		// A list of tables is not worth a long wait for one of them.
		if _, err := postgres.Column1[string](ctx, tx, `select set_config('lock_timeout', '300ms', true)`); err != nil {
			return err
		}
		var err error
		rows, err = postgres.Select[row](ctx, tx, `
select c.oid, coalesce(pg_total_relation_size(c.oid), 0) as bytes from pg_class c where c.oid = any($1::oid[])`, leaves)
		return err
	})
	var e *postgres.Error
	if errors.As(err, &e) && (e.Kind == postgres.Locked || e.SQLState == "55P03") {
		for _, t := range tables {
			sizes[t.OID] = t.Bytes
		}
		return sizes, false, nil
	}
	for _, r := range rows {
		sizes[of[r.OID]] += r.Bytes
	}
	return sizes, exact, err
}

// leaves appends the OIDs of what has files below t, which may be t.
func (s *Snapshot) leaves(list []uint32, t *Table, depth int) []uint32 {
	switch t.Kind {
	case KindTable, KindMatview:
		return append(list, t.OID)
	case KindPartitioned:
		for _, p := range s.parts[t.OID] {
			if depth < 64 && len(list) <= maxSized {
				list = s.leaves(list, p, depth+1)
			}
		}
	}
	return list
}

package catalog

import (
	"context"
	"errors"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// The sections of a description.
const (
	SectionColumns    = "columns"
	SectionKeys       = "keys" // primary key, unique, check and exclusion constraints
	SectionIndexes    = "indexes"
	SectionReferences = "references" // foreign keys, in both directions
	SectionPartitions = "partitions" // what it is a part of and what is a part of it
	SectionTriggers   = "triggers"
	SectionPolicies   = "policies"
	SectionStats      = "stats"
)

// The bounds of a description. Texts are cut in the server, so that a comment of
// a megabyte does not travel.
const (
	maxList       = 100
	maxColumns    = 1600 // as PostgreSQL has it
	columnsBudget = 48 << 10
	longText      = 1000
	shortText     = 300
	maxViewText   = 8000
	maxEnum       = 50
)

// Details is what there is to say of a table. Sections that were not asked for
// are empty.
type Details struct {
	Relation
	Columns    []ColumnDetails
	Keys       []Constraint
	Indexes    []TableIndex
	References []Reference // from this table
	Referenced []Reference // to this table
	Partitions []Partition
	Parents    []Partition
	Triggers   []Trigger
	Policies   []Policy
	Activity   *Activity
	// Truncated names the sections that are not whole.
	Truncated []string
}

// Relation is what a table is as a whole.
type Relation struct {
	Owner            string
	Comment          string
	Persistence      string // permanent, unlogged, temporary
	TotalBytes       int64
	IndexBytes       int64
	RowSecurity      bool
	ForceRowSecurity bool
	PartitionKey     string
	PartitionBound   string
	Definition       string // of a view
}

// ColumnDetails is a column.
type ColumnDetails struct {
	Name      string   `json:"name"`
	Type      string   `json:"type"`
	NotNull   bool     `json:"not_null,omitempty"`
	Default   string   `json:"default,omitempty"`
	Identity  string   `json:"identity,omitempty"`
	Generated string   `json:"generated,omitempty" jsonschema:"stored or virtual; default is the expression"`
	Domain    string   `json:"domain_of,omitempty" jsonschema:"what its domain is made of"`
	Enum      []string `json:"enum,omitempty"`
	Comment   string   `json:"comment,omitempty"`
	NullFrac  *float64 `json:"null_fraction,omitempty" jsonschema:"estimate"`
	Distinct  *float64 `json:"distinct,omitempty" jsonschema:"estimate; below 0: minus the share of rows"`
}

// Constraint is a primary key, unique, check or exclusion constraint.
type Constraint struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind" enum:"primary,unique,check,exclude"`
	Columns    []string `json:"columns,omitempty"`
	Definition string   `json:"definition"`
	NotValid   bool     `json:"not_valid,omitempty"`
}

// TableIndex is an index.
type TableIndex struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
	Bytes      int64  `json:"bytes"`
	Scans      int64  `json:"scans" jsonschema:"since statistics were reset"`
	Unique     bool   `json:"unique,omitempty"`
	Invalid    bool   `json:"invalid,omitempty" jsonschema:"it is not used"`
}

// Reference is a foreign key.
type Reference struct {
	Name       string   `json:"name"`
	Columns    []string `json:"columns"`
	Schema     string   `json:"schema" jsonschema:"of the other table"`
	Table      string   `json:"table"`
	RefColumns []string `json:"ref_columns" jsonschema:"of the other table"`
	OnDelete   string   `json:"on_delete,omitempty"`
	NotValid   bool     `json:"not_valid,omitempty"`
}

// Partition is a partition, or a child or parent by inheritance.
type Partition struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Bound  string `json:"bound,omitempty"`
}

// Trigger is a trigger that somebody made.
type Trigger struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
	Disabled   bool   `json:"disabled,omitempty"`
}

// Policy is a row security policy.
type Policy struct {
	Name       string   `json:"name"`
	Command    string   `json:"command"`
	Permissive bool     `json:"permissive"`
	Roles      []string `json:"roles"`
	Using      string   `json:"using,omitempty"`
	Check      string   `json:"check,omitempty"`
}

// Activity is what the server counts for a table.
type Activity struct {
	LiveRows    int64  `json:"live_rows"`
	DeadRows    int64  `json:"dead_rows"`
	SeqScans    int64  `json:"seq_scans"`
	IndexScans  int64  `json:"index_scans"`
	LastVacuum  string `json:"last_vacuum,omitempty"`
	LastAnalyze string `json:"last_analyze,omitempty"`
}

// describer reads the sections of one table.
type describer struct {
	*Details
	ctx     context.Context
	tx      *postgres.Tx
	version int
	oid     uint32
}

// Describe reads all that the sections have to say of a table, now. The error of
// a table that is gone is a [*postgres.Error] of Kind Missing.
func Describe(ctx context.Context, db *postgres.DB, s *Snapshot, t *Table, sections []string) (*Details, error) {
	x, err := describe(ctx, db, s, t, sections)
	// What has been dropped since the transaction began is an internal error to
	// some of the functions that write definitions: "cache lookup failed".
	if e, ok := errors.AsType[*postgres.Error](err); ok && e.SQLState == "XX000" {
		return describe(ctx, db, s, t, sections)
	}
	return x, err
}

func describe(ctx context.Context, db *postgres.DB, s *Snapshot, t *Table, sections []string) (*Details, error) {
	d := &describer{Details: &Details{}, ctx: ctx, version: s.Version, oid: t.OID}
	err := db.Transaction(ctx, func(tx *postgres.Tx) error {
		d.tx = tx
		if err := d.relation(); err != nil {
			return err
		}
		for _, step := range []struct {
			section string
			read    func() error
		}{
			{SectionColumns, d.columns}, {SectionKeys, d.keys}, {SectionIndexes, d.indexes}, {SectionReferences, d.references},
			{SectionPartitions, d.partitions}, {SectionTriggers, d.triggers}, {SectionPolicies, d.policies}, {SectionStats, d.stats},
		} {
			if !slices.Contains(sections, step.section) {
				continue
			}
			if err := step.read(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d.Details, nil
}

// bounded cuts a list that was asked for with one row too many.
func bounded[T any](d *describer, section string, list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	d.truncated(section)
	return list[:most]
}

func (d *describer) truncated(section string) {
	if !slices.Contains(d.Truncated, section) {
		d.Truncated = append(d.Truncated, section)
	}
}

func (d *describer) relation() error {
	rows, err := postgres.Select[Relation](d.ctx, d.tx, `
select pg_get_userbyid(c.relowner)::text as owner, coalesce(left(obj_description(c.oid, 'pg_class'), 2000), '') as comment,
  case c.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' else 'permanent' end as persistence,
  case when c.relkind in ('r','m') then coalesce(pg_total_relation_size(c.oid), 0) else 0 end as total_bytes,
  case when c.relkind in ('r','m') then coalesce(pg_indexes_size(c.oid), 0) else 0 end as index_bytes,
  c.relrowsecurity as row_security, c.relforcerowsecurity as force_row_security,
  coalesce(left(pg_get_partkeydef(c.oid), $2), '') as partition_key,
  coalesce(left(pg_get_expr(c.relpartbound, c.oid), $2), '') as partition_bound,
  case when c.relkind in ('v','m') then coalesce(left(pg_get_viewdef(c.oid, true), $3), '') else '' end as definition
from pg_class c where c.oid = $1::oid`, d.oid, longText, maxViewText+1)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return &postgres.Error{Kind: postgres.Missing, SQLState: "42P01", Message: "the table is gone: somebody has dropped it"}
	}
	d.Relation = rows[0]
	if len(d.Definition) > maxViewText {
		d.Definition = Cut(d.Definition, maxViewText)
		d.truncated("definition")
	}
	return nil
}

func (d *describer) columns() error {
	type row struct {
		Name, Type, Expression, Identity, Generated, Domain, Comment string
		NotNull                                                      bool
		Enum                                                         []string
	}
	rows, err := postgres.Select[row](d.ctx, d.tx, `
select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null,
  coalesce(left(pg_get_expr(x.adbin, x.adrelid), $2), '') as expression,
  case a.attidentity when 'a' then 'always' when 'd' then 'by default' else '' end as identity,
  case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' else '' end as generated,
  case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else '' end as domain,
  coalesce(left(col_description(a.attrelid, a.attnum), $2), '') as comment,
  array(select e.enumlabel::text from pg_enum e where e.enumtypid in (t.oid, t.typbasetype, t.typelem) order by e.enumsortorder limit $3) as enum
from pg_attribute a join pg_type t on t.oid = a.atttypid
left join pg_attrdef x on x.adrelid = a.attrelid and x.adnum = a.attnum
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`, d.oid, shortText, maxEnum+1)
	budget := columnsBudget
	for _, r := range rows {
		if len(r.Enum) > maxEnum {
			r.Enum = append(r.Enum[:maxEnum], "…")
		}
		budget -= 64 + len(r.Name) + len(r.Type) + len(r.Expression) + len(r.Domain) + len(r.Comment)
		for _, l := range r.Enum {
			budget -= 3 + len(l)
		}
		if budget < 0 || len(d.Columns) == maxColumns {
			d.truncated(SectionColumns)
			break
		}
		d.Columns = append(d.Columns, ColumnDetails{Name: r.Name, Type: r.Type, NotNull: r.NotNull, Default: r.Expression, Identity: r.Identity,
			Generated: r.Generated, Domain: r.Domain, Enum: r.Enum, Comment: r.Comment})
	}
	return err
}

func (d *describer) keys() error {
	list, err := postgres.Select[Constraint](d.ctx, d.tx, `
select k.conname::text as name, case k.contype when 'p' then 'primary' when 'u' then 'unique' when 'c' then 'check' else 'exclude' end as kind,
  array(select a.attname::text from unnest(k.conkey) with ordinality u(n, place) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.place limit 32) as columns,
  coalesce(left(pg_get_constraintdef(k.oid), $2), '') as definition, not k.convalidated as not_valid
from pg_constraint k where k.conrelid = $1::oid and k.contype in ('p','u','c','x')
order by array_position('{p,u,x,c}'::text[], k.contype::text), k.conname limit $3`, d.oid, longText, maxList+1)
	d.Keys = bounded(d, SectionKeys, list, maxList)
	return err
}

func (d *describer) indexes() error {
	list, err := postgres.Select[TableIndex](d.ctx, d.tx, `
select c.relname::text as name, coalesce(left(pg_get_indexdef(i.indexrelid), $2), '') as definition,
  case c.relkind when 'i' then coalesce(pg_relation_size(c.oid), 0) else 0 end as bytes,
  coalesce(pg_stat_get_numscans(c.oid), 0) as scans, i.indisunique as "unique", not (i.indisvalid and i.indisready) as invalid
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = $1::oid order by i.indisprimary desc, c.relname limit $3`, d.oid, longText, maxList+1)
	d.Indexes = bounded(d, SectionIndexes, list, maxList)
	return err
}

// references reads foreign keys. Those of and to partitions that follow from one
// of their parents are left out.
func (d *describer) references() error {
	const sql = `
select k.conname::text as name, n.nspname::text as schema, c.relname::text as table,
  array(select a.attname::text from unnest(k.conkey) with ordinality u(n, place) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.place) as columns,
  array(select a.attname::text from unnest(k.confkey) with ordinality u(n, place) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.place) as ref_columns,
  case k.confdeltype when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' when 'r' then 'restrict' else '' end as on_delete,
  not k.convalidated as not_valid
from pg_constraint k join pg_class c on c.oid = `
	out, err := postgres.Select[Reference](d.ctx, d.tx, sql+`k.confrelid join pg_namespace n on n.oid = c.relnamespace
where k.conrelid = $1::oid and k.contype = 'f' and not exists (select from pg_constraint p where p.oid = k.conparentid and p.conrelid = k.conrelid)
order by k.conname limit $2`, d.oid, maxList+1)
	if err != nil {
		return err
	}
	d.References = bounded(d, SectionReferences, out, maxList)
	in, err := postgres.Select[Reference](d.ctx, d.tx, sql+`k.conrelid join pg_namespace n on n.oid = c.relnamespace
where k.confrelid = $1::oid and k.contype = 'f' and k.conparentid = 0
order by n.nspname, c.relname, k.conname limit $2`, d.oid, maxList+1)
	for i, r := range in {
		in[i].Columns, in[i].RefColumns = r.RefColumns, r.Columns
	}
	d.Referenced = bounded(d, SectionReferences, in, maxList)
	return err
}

func (d *describer) partitions() error {
	const sql = `
select n.nspname::text as schema, c.relname::text as name, coalesce(left(pg_get_expr(c.relpartbound, c.oid), 200), '') as bound
from pg_inherits h join pg_class c on c.oid = h.`
	children, err := postgres.Select[Partition](d.ctx, d.tx, sql+`inhrelid join pg_namespace n on n.oid = c.relnamespace
where h.inhparent = $1::oid order by n.nspname, c.relname limit $2`, d.oid, maxList+1)
	if err != nil {
		return err
	}
	d.Partitions = bounded(d, SectionPartitions, children, maxList)
	d.Parents, err = postgres.Select[Partition](d.ctx, d.tx, sql+`inhparent join pg_namespace n on n.oid = c.relnamespace
where h.inhrelid = $1::oid order by h.inhseqno limit $2`, d.oid, maxList)
	return err
}

func (d *describer) triggers() error {
	list, err := postgres.Select[Trigger](d.ctx, d.tx, `
select t.tgname::text as name, coalesce(left(pg_get_triggerdef(t.oid), $2), '') as definition, t.tgenabled = 'D' as disabled
from pg_trigger t where t.tgrelid = $1::oid and not t.tgisinternal order by t.tgname limit $3`, d.oid, longText, maxList+1)
	d.Triggers = bounded(d, SectionTriggers, list, maxList)
	return err
}

func (d *describer) policies() error {
	list, err := postgres.Select[Policy](d.ctx, d.tx, `
select p.polname::text as name, p.polpermissive as permissive,
  case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end as command,
  array(select case r when 0 then 'public' else pg_get_userbyid(r)::text end from unnest(p.polroles) r limit 20) as roles,
  coalesce(left(pg_get_expr(p.polqual, p.polrelid), $2), '') as using, coalesce(left(pg_get_expr(p.polwithcheck, p.polrelid), $2), '') as "check"
from pg_policy p where p.polrelid = $1::oid order by p.polname limit $3`, d.oid, longText, maxList+1)
	d.Policies = bounded(d, SectionPolicies, list, maxList)
	return err
}

// stats adds what the planner knows of columns and what the server has counted.
// Most common values and histograms are not read: they are data.
func (d *describer) stats() error {
	may, err := postgres.Column1[bool](d.ctx, d.tx, `select has_table_privilege('pg_catalog.pg_stats', 'select') and has_table_privilege('pg_catalog.pg_stat_all_tables', 'select')`)
	if err != nil || !may[0] {
		return err
	}
	type row struct {
		Name               string
		NullFrac, Distinct float64
	}
	rows, err := postgres.Select[row](d.ctx, d.tx, `
select s.attname::text as name, max(s.null_frac)::float8 as null_frac, max(s.n_distinct)::float8 as distinct
from pg_stats s join pg_class c on c.oid = $1::oid and c.relname = s.tablename join pg_namespace n on n.oid = c.relnamespace and n.nspname = s.schemaname
where s.inherited = (c.relkind = 'p') group by 1`, d.oid)
	if err != nil {
		return err
	}
	known := make(map[string]row, len(rows))
	for _, r := range rows {
		known[r.Name] = r
	}
	for i := range d.Columns {
		if r, ok := known[d.Columns[i].Name]; ok {
			d.Columns[i].NullFrac, d.Columns[i].Distinct = &r.NullFrac, &r.Distinct
		}
	}
	list, err := postgres.Select[Activity](d.ctx, d.tx, `
select coalesce(n_live_tup, 0) as live_rows, coalesce(n_dead_tup, 0) as dead_rows, coalesce(seq_scan, 0) as seq_scans, coalesce(idx_scan, 0) as index_scans,
  coalesce(greatest(last_vacuum, last_autovacuum)::text, '') as last_vacuum, coalesce(greatest(last_analyze, last_autoanalyze)::text, '') as last_analyze
from pg_stat_all_tables where relid = $1::oid`, d.oid)
	if len(list) > 0 {
		d.Activity = &list[0]
	}
	return err
}

// ReadableColumns returns the names of the columns that the role may select, in
// order.
func ReadableColumns(ctx context.Context, q postgres.Querier, t *Table) ([]string, error) {
	return postgres.Column1[string](ctx, q, `
select a.attname::text from pg_attribute a
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(a.attrelid, a.attnum, 'select') order by a.attnum`, t.OID)
}

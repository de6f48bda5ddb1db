package database

import (
	"context"

	"github.com/mcpfleet/mcpfleet/services/database/internal/advise"
	"github.com/mcpfleet/mcpfleet/services/database/internal/plan"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// indexTables reads what the catalog says of the tables that plans scan.
func (d *database) indexTables(ctx context.Context, plans []*plan.Plan) (advise.Tables, error) {
	var schemas, names []string
	seen := map[advise.Relation]bool{}
	for _, p := range plans {
		p.Walk(func(n *plan.Node) {
			r := advise.Relation{Schema: n.Schema, Name: n.Relation}
			if n.Relation != "" && !seen[r] {
				seen[r] = true
				schemas, names = append(schemas, n.Schema), append(names, n.Relation)
			}
		})
	}
	tables := map[advise.Relation]*advise.Table{}
	err := d.Transaction(ctx, func(tx *postgres.Tx) error { return loadIndexTables(ctx, tx, schemas, names, tables) })
	return func(r advise.Relation) *advise.Table { return tables[r] }, err
}

func loadIndexTables(ctx context.Context, tx *postgres.Tx, schemas, names []string, tables map[advise.Relation]*advise.Table) error {
	type table struct {
		Schema, Relation, RootSchema, RootName string
		Root                                   int64
		Partitioned                            bool
		Rows, Pages                            float64
	}
	list, err := postgres.Select[table](ctx, tx, `
select q.schema, q.relation, rn.nspname::text as root_schema, r.relname::text as root_name, r.oid::bigint as root, r.relkind = 'p' as partitioned,
  case when r.relkind = 'p' then (select coalesce(sum(greatest(l.reltuples, 0)), 0) from pg_partition_tree(r.oid) t join pg_class l on l.oid = t.relid where t.isleaf) else greatest(r.reltuples, 0) end::float8 as rows,
  case when r.relkind = 'p' then (select coalesce(sum(l.relpages), 0) from pg_partition_tree(r.oid) t join pg_class l on l.oid = t.relid where t.isleaf) else r.relpages end::float8 as pages
from unnest($1::text[], $2::text[]) q(schema, relation)
join pg_namespace n on n.nspname = q.schema join pg_class c on c.relnamespace = n.oid and c.relname = q.relation
join pg_class r on r.oid = coalesce(pg_partition_root(c.oid)::oid, c.oid) join pg_namespace rn on rn.oid = r.relnamespace
where c.relkind in ('r', 'm') and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')`, schemas, names)
	if err != nil {
		return err
	}
	var oids []int64
	byOID := map[int64]*advise.Table{}
	for _, r := range list {
		if byOID[r.Root] == nil {
			byOID[r.Root] = &advise.Table{Schema: r.RootSchema, Name: r.RootName, Rows: r.Rows, Pages: r.Pages, Partitioned: r.Partitioned, Columns: map[string]advise.TableColumn{}}
			oids = append(oids, r.Root)
		}
		tables[advise.Relation{Schema: r.Schema, Name: r.Relation}] = byOID[r.Root]
	}
	type column struct {
		Relation        int64
		Name, Type      string
		Sortable        bool
		Distinct, Width float64
	}
	columns, err := postgres.Select[column](ctx, tx, `
select a.attrelid::bigint as relation, a.attname::text as name, format_type(a.atttypid, null) as type,
  (coalesce(bt.typtype, t.typtype) in ('e', 'r') or coalesce(bt.oid, t.oid) = 'varchar'::regtype
    or exists (select from pg_opclass o join pg_am m on m.oid = o.opcmethod where m.amname = 'btree' and o.opcdefault and o.opcintype = coalesce(bt.oid, t.oid))) as sortable,
  coalesce(case when s.n_distinct < 0 then -s.n_distinct * greatest(c.reltuples, 0) else s.n_distinct end, 0)::float8 as distinct, coalesce(s.avg_width, 0)::float8 as width
from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type bt on bt.oid = t.typbasetype and t.typtype = 'd'
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname and s.inherited = (c.relkind = 'p')
where a.attrelid = any ($1::bigint[]::oid[]) and a.attnum > 0 and not a.attisdropped`, oids)
	if err != nil {
		return err
	}
	for _, c := range columns {
		byOID[c.Relation].Columns[c.Name] = advise.TableColumn{Type: c.Type, Sortable: c.Sortable, Distinct: c.Distinct, Width: c.Width}
	}
	type index struct {
		Relation int64
		Name     string
		Columns  []string
	}
	indexes, err := postgres.Select[index](ctx, tx, `
select i.indrelid::bigint as relation, x.relname::text as name,
  (select array_agg(a.attname::text order by k.n) from unnest(i.indkey::int2[]) with ordinality k(attnum, n)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum where k.n <= i.indnkeyatts) as columns
from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
where i.indrelid = any ($1::bigint[]::oid[]) and m.amname = 'btree' and i.indisvalid and i.indpred is null and i.indexprs is null
order by x.relname`, oids)
	for _, i := range indexes {
		byOID[i.Relation].Indexes = append(byOID[i.Relation].Indexes, advise.Index{Name: i.Name, Columns: i.Columns})
	}
	return err
}

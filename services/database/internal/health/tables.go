package health

import (
	"context"
	"fmt"
)

// notOurs leaves out the schemas of the system.
const notOurs = `n.nspname not in ('pg_catalog','information_schema','pg_toast') and n.nspname !~ '^pg_(temp|toast_temp)_'`

// object names what is known by a number.
func object(kind string, id int64) string { return fmt.Sprintf("%s %d", kind, id) }

// vacuum looks at the age of transaction ids, and at tables with many dead rows.
func vacuum(ctx context.Context, r *run) error {
	type age struct {
		Kind, Name   string
		Age, Freezes int64
	}
	ages, err := query[age](ctx, r, `
(select 'database' as kind, datname::text as name, age(datfrozenxid)::bigint as age, current_setting('autovacuum_freeze_max_age')::bigint as freezes
 from pg_database where datallowconn order by 3 desc limit 3)
union all
(select 'table', format('%I.%I', n.nspname, c.relname), age(c.relfrozenxid)::bigint, current_setting('autovacuum_freeze_max_age')::bigint
 from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r','m','t') and c.relfrozenxid <> '0' order by 3 desc limit 5)`)
	if err != nil {
		return err
	}
	for _, a := range ages {
		const wraparound = 2_000_000_000
		const advice = "VACUUM FREEZE it, and look for what keeps autovacuum away: old transactions, replication slots, prepared transactions"
		switch {
		case a.Age > wraparound*3/4:
			r.add(Critical, a.Kind+" "+a.Name, advice, "its oldest transaction id is %d old; at about 2.1 billion the server stops taking writes", a.Age)
		case a.Age > a.Freezes*3/2:
			r.add(Warn, a.Kind+" "+a.Name, advice, "its oldest transaction id is %d old; autovacuum should have frozen it at %d", a.Age, a.Freezes)
		}
	}
	type dead struct {
		Name, Last string
		Live, Dead int64
	}
	tables, err := query[dead](ctx, r, `
select format('%I.%I', schemaname, relname) as name, n_live_tup as live, n_dead_tup as dead,
  coalesce(to_char(greatest(last_vacuum, last_autovacuum), 'YYYY-MM-DD HH24:MI'), 'never') as last
from pg_stat_user_tables where n_dead_tup > 10000 and n_dead_tup > 0.2 * greatest(n_live_tup, 1) order by n_dead_tup desc limit 30`)
	if err != nil {
		return err
	}
	for _, t := range tables {
		s := Info
		if t.Dead > t.Live/2 {
			s = Warn
		}
		r.add(s, "table "+t.Name, "VACUUM it, and lower autovacuum_vacuum_scale_factor for it if this comes again",
			"%d dead rows beside %d live ones; last vacuumed: %s", t.Dead, t.Live, t.Last)
	}
	stale, err := query[struct {
		Name    string
		Changed int64
	}](ctx, r, `
select format('%I.%I', schemaname, relname) as name, n_mod_since_analyze as changed from pg_stat_user_tables
where last_analyze is null and last_autoanalyze is null and n_mod_since_analyze > 10000 order by 2 desc limit 20`)
	for _, t := range stale {
		r.add(Warn, "table "+t.Name, "ANALYZE it", "%d rows have changed and it was never analyzed: the planner guesses", t.Changed)
	}
	return err
}

// bloat estimates how much of a big table is no rows, from the widths in the
// planner's statistics. It sees only what the role may see of them.
func bloat(ctx context.Context, r *run) error {
	type row struct {
		Name          string
		Bytes, Wasted int64
	}
	rows, err := query[row](ctx, r, `
with t as (
  select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relpages::bigint as pages, c.reltuples::float8 as tuples,
    current_setting('block_size')::float8 as block, coalesce((select option_value::float8 from pg_options_to_table(c.reloptions) where option_name = 'fillfactor'), 100) as fill,
    (select sum(s.avg_width * (1 - s.null_frac)) from pg_stats s where s.schemaname = n.nspname and s.tablename = c.relname and not s.inherited) as width,
    (select count(*) from pg_stats s where s.schemaname = n.nspname and s.tablename = c.relname and not s.inherited) as known,
    (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r','m') and c.relpages > 1280 and c.reltuples >= 0 and `+notOurs+`
  order by c.relpages desc limit 200)
select name, (pages * block)::bigint as bytes,
  ((pages - ceil(tuples * (28 + ceil(width / 8) * 8) / ((block - 24) * fill / 100))) * block)::bigint as wasted
from t where known = columns and width is not null order by 3 desc limit 30`)
	if err != nil {
		return err
	}
	for _, t := range rows {
		share := float64(t.Wasted) / float64(t.Bytes)
		if t.Wasted < 10<<20 || share < 0.4 {
			continue
		}
		s := Info
		if t.Wasted > 1<<30 && share > 0.5 {
			s = Warn
		}
		r.add(s, "table "+t.Name, "VACUUM makes room for new rows; to give it back to the system use pg_repack, or VACUUM FULL, which locks the table",
			"an estimate: about %.0f %% of its %s holds no rows", 100*share, size(t.Bytes))
	}
	return nil
}

// sequences looks for those that have few values left before the end of their
// own range or of their column's.
func sequences(ctx context.Context, r *run) error {
	type row struct {
		Name, Column string
		Last, End    int64
		Used         float64
	}
	rows, err := query[row](ctx, r, `
with s as (
  select format('%I.%I', q.schemaname, q.sequencename) as name, case when a.attname is null then '' else format('%I.%I.%I', n.nspname, c.relname, a.attname) end as "column", q.last_value as last,
    case when q.increment_by < 0 then q.min_value else least(q.max_value, case a.atttypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 else q.max_value end) end as "end",
    q.start_value as first
  from pg_sequences q
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = to_regclass(format('%I.%I', q.schemaname, q.sequencename)) and d.deptype in ('a','i') and d.refobjsubid > 0
  left join pg_class c on c.oid = d.refobjid left join pg_namespace n on n.oid = c.relnamespace
  left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
  where q.last_value is not null and not q.cycle)
select name, "column", last, "end", (last - first)::float8 / nullif("end" - first, 0)::float8 as used
from s where (last::numeric - first) / nullif("end"::numeric - first, 0) > 0.7 order by 5 desc limit 30`)
	if err != nil {
		return err
	}
	for _, q := range rows {
		s := Warn
		if q.Used > 0.9 {
			s = Critical
		}
		of := ""
		if q.Column != "" {
			of = " of " + q.Column
		}
		r.add(s, "sequence "+q.Name+of, "make the column bigint before it is full: ALTER TABLE … ALTER COLUMN … TYPE bigint rewrites the table",
			"%.1f %% of its values are used: %d of %d", 100*q.Used, q.Last, q.End)
	}
	return nil
}

// constraints looks for those that are not validated, and for foreign keys
// without an index on their columns.
func constraints(ctx context.Context, r *run) error {
	type row struct{ Name, On string }
	invalid, err := query[row](ctx, r, `
select quote_ident(k.conname) as name, format('%I.%I', n.nspname, c.relname) as on from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where not k.convalidated and k.conparentid = 0 and `+notOurs+` order by 2, 1 limit 30`)
	if err != nil {
		return err
	}
	for _, k := range invalid {
		r.add(Warn, "constraint "+k.Name+" of "+k.On, "ALTER TABLE … VALIDATE CONSTRAINT, which locks no writers", "it is NOT VALID: rows that were there before may break it")
	}
	type key struct {
		Name, On, Columns, To string
		Bytes, Removed        int64
		Partitioned           bool
	}
	// The columns of the key must be the first ones of an index, in any order.
	keys, err := query[key](ctx, r, `
select quote_ident(k.conname) as name, format('%I.%I', n.nspname, c.relname) as on, k.confrelid::regclass::text as to, c.relkind = 'p' as partitioned,
  case c.relkind when 'p' then coalesce((select sum(p.relpages) from pg_partition_tree(c.oid) t join pg_class p on p.oid = t.relid), 0)::bigint else c.relpages::bigint end
    * current_setting('block_size')::bigint as bytes,
  (select string_agg(quote_ident(a.attname), ', ' order by u.ord) from unnest(k.conkey) with ordinality u(num, ord) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num) as columns,
  coalesce((select n_tup_del + n_tup_upd from pg_stat_user_tables where relid = k.confrelid), 0) as removed
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where k.contype = 'f' and k.conparentid = 0 and `+notOurs+` and not exists (
  select from pg_index i where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null
    and (i.indkey::int2[])[0:array_length(k.conkey, 1) - 1] @> k.conkey)
order by bytes desc, 2, 1 limit 30`)
	if err != nil {
		return err
	}
	for _, k := range keys {
		s := Info
		if k.Bytes > 8<<20 || k.Removed > 1000 && k.Bytes > 1<<20 {
			s = Warn
		}
		create := "CREATE INDEX CONCURRENTLY"
		if k.Partitioned {
			create = "CREATE INDEX" // PostgreSQL makes none concurrently on a partitioned table
		}
		r.add(s, "foreign key "+k.Name+" of "+k.On, fmt.Sprintf("%s ON %s (%s)", create, line(k.On), line(k.Columns)),
			"no index begins with its columns: each row of %s that is deleted, or whose key changes, reads all of %s (%s)", k.To, k.On, size(k.Bytes))
	}
	return nil
}

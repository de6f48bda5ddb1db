package health

import "context"

// indexes looks for those that are broken, that others make needless, and that
// nobody uses.
func indexes(ctx context.Context, r *run) error {
	type broken struct {
		Name, On string
		Building bool
	}
	invalid, err := query[broken](ctx, r, `
select format('%I.%I', n.nspname, x.relname) as name, format('%I.%I', n.nspname, c.relname) as on,
  exists (select from pg_stat_progress_create_index p where p.index_relid = x.oid) as building
from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = x.relnamespace
where not i.indisvalid and x.relkind = 'i' and `+notOurs+` order by 1 limit 30`)
	if err != nil {
		return err
	}
	for _, i := range invalid {
		if !i.Building {
			r.add(Warn, "index "+i.Name, "REINDEX INDEX CONCURRENTLY it, or drop it", "it is invalid: CREATE INDEX CONCURRENTLY on %s failed; writes keep it up to date and no query uses it", i.On)
		}
	}
	type pair struct {
		Name, Other, On string
		Bytes           int64
		Same            bool
	}
	// One is needless if its columns, with their operator classes, collations and
	// directions, are the first ones of another index of the same method and
	// condition, and it enforces nothing.
	pairs, err := query[pair](ctx, r, `
with i as (
  select i.*, x.relname, x.relpages, x.relam, n.nspname, i.indnkeyatts as keys, string_to_array(i.indkey::text, ' ') as cols, string_to_array(i.indclass::text, ' ') as classes,
    string_to_array(i.indcollation::text, ' ') as collations, string_to_array(i.indoption::text, ' ') as opts,
    coalesce(pg_get_expr(i.indpred, i.indrelid), '') as pred
  from pg_index i join pg_class x on x.oid = i.indexrelid join pg_namespace n on n.oid = x.relnamespace
  where x.relkind = 'i' and i.indisvalid and i.indexprs is null and `+notOurs+`)
select format('%I.%I', a.nspname, a.relname) as name, format('%I.%I', b.nspname, b.relname) as other, a.indrelid::regclass::text as on,
  a.relpages::bigint * current_setting('block_size')::bigint as bytes, a.keys = b.keys as same
from i a join i b on a.indrelid = b.indrelid and a.indexrelid <> b.indexrelid and a.relam = b.relam and a.pred = b.pred
where not a.indisunique and not a.indisprimary and not a.indisexclusion and not a.indisreplident
  and a.cols[1:a.keys] = b.cols[1:a.keys] and b.keys >= a.keys and cardinality(a.cols) = a.keys
  and a.classes[1:a.keys] = b.classes[1:a.keys] and a.collations[1:a.keys] = b.collations[1:a.keys] and a.opts[1:a.keys] = b.opts[1:a.keys]
  and (a.keys < b.keys and (select amname from pg_am where oid = a.relam) = 'btree' or a.keys = b.keys and (b.indisunique or a.indexrelid > b.indexrelid))
order by a.relpages desc, 1, 2 limit 30`)
	if err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, p := range pairs {
		if seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		s := Info
		if p.Same || p.Bytes > 100<<20 {
			s = Warn
		}
		what := "its columns are the first ones of"
		if p.Same {
			what = "it has the same columns as"
		}
		r.add(s, "index "+p.Name, "DROP INDEX CONCURRENTLY it", "%s %s, on %s; it has %s", what, p.Other, p.On, size(p.Bytes))
	}
	return unused(ctx, r)
}

// unused looks for big indexes that no query has used for long enough.
func unused(ctx context.Context, r *run) error {
	type row struct {
		Name, On, Since string
		Bytes           int64
		Days            float64
		Standby         bool
	}
	rows, err := query[row](ctx, r, `
select format('%I.%I', s.schemaname, s.indexrelname) as name, format('%I.%I', s.schemaname, s.relname) as on,
  x.relpages::bigint * current_setting('block_size')::bigint as bytes,
  coalesce(to_char(d.stats_reset, 'YYYY-MM-DD'), 'the server was made') as since,
  extract(epoch from now() - greatest(coalesce(d.stats_reset, pg_postmaster_start_time()), '-infinity'))::float8 / 86400 as days, pg_is_in_recovery() as standby
from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid join pg_class x on x.oid = s.indexrelid
join pg_stat_database d on d.datname = current_database()
where s.idx_scan = 0 and not i.indisunique and not i.indisexclusion and i.indisvalid and not i.indisreplident and x.relpages > 1280
order by x.relpages desc limit 30`)
	if err != nil {
		return err
	}
	for _, i := range rows {
		s, caution := Info, "; that is too short to tell"
		if i.Days >= 7 {
			s, caution = Warn, ""
		}
		r.add(s, "index "+i.Name, "see that no standby uses it either, and DROP INDEX CONCURRENTLY it",
			"no query has used its %s on %s since %s%s", size(i.Bytes), i.On, i.Since, caution)
	}
	return nil
}

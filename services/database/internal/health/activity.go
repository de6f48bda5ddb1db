package health

import (
	"context"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// connections looks at how many there are, and at transactions that wait for
// their clients.
func connections(ctx context.Context, r *run) error {
	type row struct{ Used, Most, Reserved, Hidden int64 }
	rows, err := query[row](ctx, r, `
select count(*) filter (where backend_type = 'client backend' or backend_type is null) as used, current_setting('max_connections')::bigint as most,
  current_setting('superuser_reserved_connections')::bigint as reserved, count(*) filter (where backend_type is null) as hidden
from pg_stat_activity`)
	if err != nil {
		return err
	}
	for _, n := range rows {
		used := float64(n.Used) / float64(max(1, n.Most-n.Reserved))
		const advice = "find out which programs hold them, give their pools bounds, or put PgBouncer before the server"
		switch {
		case used >= 0.95:
			r.add(Critical, "", advice, "%d of %d connections are in use, %d are for superusers alone", n.Used, n.Most, n.Reserved)
		case used >= 0.8:
			r.add(Warn, "", advice, "%d of %d connections are in use, %d are for superusers alone", n.Used, n.Most, n.Reserved)
		}
	}
	type idle struct {
		PID         int64
		Application string
		Seconds     float64
	}
	waiting, err := query[idle](ctx, r, `
select pid::bigint as pid, coalesce(application_name, '') as application, extract(epoch from now() - state_change)::float8 as seconds
from pg_stat_activity where state like 'idle in transaction%' and now() - state_change > interval '1 minute' and pid <> pg_backend_pid()
order by state_change limit 20`)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		s := Warn
		if w.Seconds > time.Hour.Seconds() {
			s = Critical
		}
		r.add(s, object("session", w.PID), "let the program end its transactions, or set idle_in_transaction_session_timeout",
			"idle in a transaction for %s, application %q: its locks are held, and rows it may see cannot be vacuumed", seconds(w.Seconds), w.Application)
	}
	return nil
}

// cache looks at how often a page was found in memory.
func cache(ctx context.Context, r *run) error {
	type row struct {
		Hit, Read int64
		Since     string
	}
	rows, err := query[row](ctx, r, `
select blks_hit as hit, blks_read as read, coalesce(to_char(stats_reset, 'YYYY-MM-DD'), 'the beginning') as since
from pg_stat_database where datname = current_database()`)
	if err != nil {
		return err
	}
	const enough = 100_000 // pages, below which the share says nothing
	for _, n := range rows {
		if n.Hit+n.Read < enough {
			r.add(Info, "", "", "too few pages were asked for since %s to say how well the cache works", n.Since)
			continue
		}
		if ratio := float64(n.Hit) / float64(n.Hit+n.Read); ratio < 0.9 {
			r.add(Warn, "", "raise shared_buffers if there is memory, and see with top_queries which queries read most",
				"%.1f %% of the pages were found in shared buffers since %s; the system's cache may have had others", 100*ratio, n.Since)
		}
	}
	return nil
}

// locks looks at who waits for whom, and at old transactions.
func locks(ctx context.Context, r *run) error {
	type waiter struct {
		PID, By int64
		Seconds float64
		Query   string
	}
	// A query's text is there only if the role may see it.
	waiters, err := query[waiter](ctx, r, `
select a.pid::bigint as pid, b.by::bigint as by, extract(epoch from now() - coalesce(a.state_change, a.query_start, now()))::float8 as seconds,
  left(coalesce(a.query, ''), 100) as query
from pg_stat_activity a, lateral (select unnest(pg_blocking_pids(a.pid)) as by) b
where a.wait_event_type = 'Lock' order by 3 desc limit 20`)
	if err != nil {
		return err
	}
	for _, w := range waiters {
		s := Warn
		if w.Seconds > 60 {
			s = Critical
		}
		r.add(s, object("session", w.PID), "end the transaction of the session that it waits for, or let both take their locks in the same order",
			"waits for %s for a lock of session %d: %s", seconds(w.Seconds), w.By, w.Query)
	}
	type old struct {
		PID     int64
		Seconds float64
		Query   string
	}
	long, err := query[old](ctx, r, `
select pid::bigint as pid, extract(epoch from now() - xact_start)::float8 as seconds, left(coalesce(query, ''), 100) as query
from pg_stat_activity where now() - xact_start > interval '10 minutes' and backend_type = 'client backend' and pid <> pg_backend_pid()
order by xact_start limit 20`)
	if err != nil {
		return err
	}
	for _, t := range long {
		s := Warn
		if t.Seconds > 6*time.Hour.Seconds() {
			s = Critical
		}
		r.add(s, object("session", t.PID), "split it, or let it run on a standby; what it may still see cannot be vacuumed",
			"its transaction is %s old: %s", seconds(t.Seconds), t.Query)
	}
	prepared, err := query[struct {
		Name    string
		Seconds float64
	}](ctx, r, `
select gid as name, extract(epoch from now() - prepared)::float8 as seconds from pg_prepared_xacts
where database = current_database() and now() - prepared > interval '10 minutes' order by prepared limit 20`)
	for _, p := range prepared {
		r.add(Critical, "prepared transaction "+p.Name, "COMMIT PREPARED or ROLLBACK PREPARED it: it holds its locks until then",
			"it was prepared %s ago and not ended", seconds(p.Seconds))
	}
	return err
}

// pool looks at this server's own connections.
func pool(_ context.Context, r *run) error {
	poolOf(r, r.db.Stats())
	return nil
}

func poolOf(r *run, s postgres.Stats) {
	const advice = "raise pool_max if the server has connections left, or lower the statement timeout"
	switch {
	case s.Canceled > 0:
		r.add(Warn, "pool", advice, "%d calls waited for a connection and got none; %d of %d are in use now", s.Canceled, s.Used, s.Max)
	case s.Acquired >= 100 && s.Waited*10 > s.Acquired:
		r.add(Warn, "pool", advice, "%d of %d uses had to wait for a connection, %s in all", s.Waited, s.Acquired, s.WaitTime.Round(time.Millisecond))
	default:
		r.add(Info, "pool", "", "%d of %d connections are in use, %d idle; %d uses, %d of which waited", s.Used, s.Max, s.Idle, s.Acquired, s.Waited)
	}
	if s.ClosedBroken > 0 {
		r.add(Info, "pool", "", "%d connections broke and were replaced", s.ClosedBroken)
	}
}

package health

import "context"

// replication looks at how far standbys are behind, and at slots that keep the
// log.
func replication(ctx context.Context, r *run) error {
	type state struct {
		Standby bool
		Seconds float64
		Behind  bool
	}
	// Without new transactions the last one that was replayed is old and nothing
	// is missing.
	states, err := query[state](ctx, r, `
select pg_is_in_recovery() as standby, coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0)::float8 as seconds,
  coalesce(pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn(), false) as behind`)
	if err != nil {
		return err
	}
	for _, s := range states {
		if s.Standby && s.Behind && s.Seconds > 60 {
			r.add(severity(s.Seconds > 600), "this standby", "look for long queries here that hold up the replay, and for what slows the disk", "it is %s behind", seconds(s.Seconds))
		}
		if s.Standby {
			return nil // what follows is asked of a primary
		}
	}
	type standby struct {
		Name    string
		Hidden  bool
		Bytes   int64
		Seconds float64
	}
	standbys, err := query[standby](ctx, r, `
select coalesce(application_name, '') as name, state is null as hidden, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::bigint as bytes,
  coalesce(extract(epoch from replay_lag), 0)::float8 as seconds
from pg_stat_replication order by 3 desc limit 30`)
	if err != nil {
		return err
	}
	for _, s := range standbys {
		switch {
		case s.Hidden:
			r.add(Info, "standby "+s.Name, "GRANT pg_read_all_stats to the role", "the role may not see how far it is behind")
		case s.Seconds > 60 || s.Bytes > 1<<30:
			r.add(severity(s.Seconds > 600), "standby "+s.Name, "look at the network and at long queries there", "it is %s and %s behind", size(s.Bytes), seconds(s.Seconds))
		}
	}
	type slot struct {
		Name, Kind, Status string
		Active             bool
		Bytes              int64
	}
	slots, err := query[slot](ctx, r, `
select slot_name::text as name, slot_type as kind, active, coalesce(wal_status, '') as status,
  coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint as bytes
from pg_replication_slots order by 5 desc limit 30`)
	for _, s := range slots {
		const advice = "start what reads it, or pg_drop_replication_slot it; max_slot_wal_keep_size bounds what it keeps"
		switch {
		case s.Status == "lost":
			r.add(Critical, "slot "+s.Name, "drop it, and make what read it anew", "the log that it needs is gone")
		case !s.Active && s.Bytes > 1<<30:
			r.add(severity(s.Bytes > 10<<30), "slot "+s.Name, advice, "nothing reads this %s slot, and it keeps %s of log", s.Kind, size(s.Bytes))
		case !s.Active:
			r.add(Info, "slot "+s.Name, advice, "nothing reads this %s slot; it keeps %s of log, and more with each write", s.Kind, size(s.Bytes))
		}
	}
	return err
}

func severity(critical bool) Severity {
	if critical {
		return Critical
	}
	return Warn
}

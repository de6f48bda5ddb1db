-- an advisory lock, which a rollback does not take away
select pg_advisory_lock(7)
---
-- two keys
select pg_advisory_lock(7, 8)
---
-- an advisory lock that is tried
select pg_try_advisory_lock(7)
---
-- a shared advisory lock
select pg_advisory_lock_shared(7)
---
-- a lock of the transaction
select pg_advisory_xact_lock(7)
---
-- a lock of the transaction that is tried
select pg_try_advisory_xact_lock_shared(7)
---
-- gives all locks back
select pg_advisory_unlock_all()
---
-- set_config
select set_config('work_mem', '77MB', false)
---
-- set_config turns the guard off
select set_config('transaction_read_only', 'off', true)
---
-- set_config in a CTE before a read
with s as materialized (select set_config('role', 'corpus_reader', false)) select * from s
---
-- set_config, quoted
select "set_config"('statement_timeout', '0', false)
---
-- sleeps
select pg_sleep(30)
---
-- sleeps for an interval
select pg_sleep_for('30 seconds')
---
-- sleeps until
select pg_sleep_until(now() + interval '30 seconds')
---
-- sleeps once for each row
select count(*) from orders where pg_sleep(1) is null
---
-- ends the sessions of others
select pg_terminate_backend({{pid}})
---
-- ends all sessions
select pg_terminate_backend(pid) from pg_stat_activity
---
-- ends a session by a named argument
select pg_terminate_backend(pid => {{pid}}, timeout => 0)
---
-- cancels the statements of others
select pg_cancel_backend({{pid}})
---
-- writes another session's memory to the log
select pg_log_backend_memory_contexts({{pid}})
---
-- reads configuration anew
select pg_reload_conf()
---
-- rotates the log
select pg_rotate_logfile()
---
-- rotates the log in the old way
select pg_catalog.pg_rotate_logfile_old()
---
-- promotes a standby
select pg_promote(false)
---
-- switches the log of changes
select pg_switch_wal()
---
-- makes a restore point
select pg_create_restore_point('corpus')
---
-- begins a backup
select pg_backup_start('corpus')
---
-- ends a backup
select pg_backup_stop()
---
-- begins a backup in the old way
select pg_start_backup('corpus')
---
-- pauses replay
select pg_wal_replay_pause()
---
-- makes a physical slot
select pg_create_physical_replication_slot('corpus', true)
---
-- makes a logical slot
select pg_create_logical_replication_slot('corpus', 'test_decoding')
---
-- copies a slot
select pg_copy_logical_replication_slot('kept', 'copied')
---
-- drops a slot
select pg_drop_replication_slot('kept')
---
-- advances a slot
select pg_replication_slot_advance('kept', pg_current_wal_lsn())
---
-- takes changes out of a slot
select * from pg_logical_slot_get_changes('kept', null, null)
---
-- looks at changes in a slot
select * from pg_logical_slot_peek_changes('kept', null, null)
---
-- takes binary changes
select * from pg_logical_slot_get_binary_changes('kept', null, null)
---
-- synchronizes slots
select pg_sync_replication_slots()
---
-- makes an origin
select pg_replication_origin_create('corpus')
---
-- sets up an origin in this session
select pg_replication_origin_session_setup('corpus')
---
-- writes to the log of changes, in the transaction
select pg_logical_emit_message(true, 'corpus', repeat('x', 32768))
---
-- writes to the log of changes at once
select pg_logical_emit_message(false, 'corpus', repeat('x', 32768))
---
-- writes and flushes
select pg_logical_emit_message(false, 'corpus', repeat('x', 32768), true)
---
-- writes a snapshot of running transactions
select pg_log_standby_snapshot()
---
-- forgets statistics
select pg_stat_reset()
---
-- forgets shared statistics
select pg_stat_reset_shared('bgwriter')
---
-- forgets one table's
select pg_stat_reset_single_table_counters('canary'::regclass)
---
-- forgets slots'
select pg_stat_reset_slru('Notify')
---
-- forgets a slot's
select pg_stat_reset_replication_slot(null)
---
-- forgets a backend's
select pg_stat_reset_backend_statistics({{pid}})
---
-- clears a relation's planner statistics
select pg_clear_relation_stats('public', 'canary')
---
-- restores a relation's planner statistics
select pg_restore_relation_stats('schemaname', 'public', 'relname', 'canary', 'relpages', 1000000)
---
-- gives back what a snapshot of statistics holds
select pg_stat_clear_snapshot()
---
-- forces statistics out
select pg_stat_force_next_flush()
---
-- takes a transaction's number
select txid_current()
---
-- takes it by the new name
select pg_current_xact_id()
---
-- exports a snapshot
select pg_export_snapshot()
---
-- advances a sequence
select nextval('tickets')
---
-- advances a sequence by its cast
select nextval('tickets'::regclass) from generate_series(1, 10)
---
-- sets a sequence
select setval('tickets', 1000)
---
-- sets a sequence as not called
select setval('tickets', 1000, false)
---
-- notifies
select pg_notify('corpus', 'x')
---
-- imports collations
select pg_import_system_collations('public')
---
-- marks tables to be dumped
select pg_extension_config_dump('canary', '')
---
-- sets the frozen id for an upgrade
select binary_upgrade_set_next_pg_type_oid(1)
---
-- summarizes an index
select brin_summarize_new_values('orders_pkey')
---
-- cleans a pending list
select gin_clean_pending_list('orders_pkey')
---
-- rebuilds a search vector by a trigger's function
select tsvector_update_trigger()
---
-- runs a trigger's function
select suppress_redundant_updates_trigger()
---
-- runs a validator
select fmgr_sql_validator(1)
---
-- asks the server to nap
select pg_sleep(0.01) from generate_series(1, 100)
---
-- waits for another session
select pg_isolation_test_session_is_blocked({{pid}}, '{}')
---
-- the next object id of the server
select pg_nextoid('pg_class', 'oid', 'pg_class_oid_index')
---
-- ends the recovery of a subscription
select pg_wal_replay_resume()
---
-- relation sizes by file
select pg_relation_filenode('canary'), pg_read_file(pg_relation_filepath('canary'))
---
-- passwords
select rolname, rolpassword from pg_authid
---
-- passwords by TABLE
table pg_authid
---
-- passwords, qualified and quoted
select * from "pg_catalog"."pg_authid"
---
-- passwords, with blanks and ONLY
select * from only ( pg_catalog . pg_authid )
---
-- passwords, a Unicode identifier
select * from U&"pg\005fauthid"
---
-- passwords, with the database's name
select * from {{db}}.pg_catalog.pg_authid
---
-- passwords by the old view
select * from pg_shadow
---
-- passwords by the view before
select passwd from pg_catalog.pg_shadow where true
---
-- passwords of foreign servers
select * from pg_user_mapping
---
-- passwords of foreign servers, by a view
select umoptions from pg_user_mappings
---
-- passwords of foreign servers, by the standard's view
select * from information_schema.user_mapping_options
---
-- values of columns in statistics
select * from pg_statistic
---
-- values in extended statistics
select * from pg_statistic_ext_data
---
-- large objects by their table
select * from pg_largeobject
---
-- the rules of who may connect, by a view
select * from pg_hba_file_rules
---
-- configuration files, by a view
select * from pg_file_settings
---
-- connection strings of subscriptions
select subconninfo from pg_subscription
---
-- passwords in a subquery
select exists (select from pg_authid where rolpassword like 'SCRAM%')
---
-- passwords in a join with commas
select * from canary, pg_authid
---
-- passwords in a CTE
with a as (table pg_authid) select * from a
---
-- passwords by a whole row
select row_to_json(a) from pg_authid a
---
-- passwords as a type's cast
select (null::pg_authid).rolpassword from pg_authid
---
-- passwords with an alias that hides
select canary.* from pg_authid as canary
---
-- passwords in explain
explain select * from pg_authid
---
-- a setting that holds a connection string
select current_setting('primary_conninfo')
---
-- the same by SHOW
show primary_conninfo

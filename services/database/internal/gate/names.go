package gate

import (
	"slices"
	"strings"
)

// harmless reports whether a VOLATILE function may be called all the same: what
// it returns changes, and nothing else does.
func harmless(name string) bool {
	switch name {
	case // chance and time
		"random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "array_sample", "array_shuffle",
		"clock_timestamp", "timeofday",
		// sizes
		"pg_database_size", "pg_indexes_size", "pg_relation_size", "pg_table_size", "pg_tablespace_size",
		"pg_total_relation_size",
		// who waits for whom, transactions and replication
		"pg_blocking_pids", "pg_safe_snapshot_blocking_pids", "pg_lock_status", "pg_prepared_xact", "pg_get_wait_events",
		"pg_notification_queue_usage", "pg_xact_status", "txid_status", "pg_xact_commit_timestamp",
		"pg_xact_commit_timestamp_origin", "pg_last_committed_xact", "pg_get_multixact_members", "pg_is_in_recovery",
		"pg_is_wal_replay_paused", "pg_get_wal_replay_pause_state", "pg_last_wal_receive_lsn", "pg_last_wal_replay_lsn",
		"pg_last_xact_replay_timestamp", "pg_current_wal_lsn", "pg_current_wal_insert_lsn", "pg_current_wal_flush_lsn",
		// what the catalogs and the session say
		"current_query", "pg_partition_tree", "pg_partition_ancestors", "pg_sequence_last_value", "pg_get_sequence_data",
		"pg_collation_actual_version", "pg_database_collation_actual_version", "pg_jit_available",
		// statistics
		"pg_stat_have_stats", "pg_stat_get_io", "pg_stat_get_backend_io", "pg_stat_get_backend_wal",
		"pg_stat_get_recovery_prefetch":
		return true
	}
	return strings.HasPrefix(name, "pg_stat_get_xact_")
}

// harmlessOf is harmless for functions that came with an extension.
func harmlessOf(extension, name string) bool {
	switch extension {
	case "pgcrypto":
		return name == "gen_random_bytes" || name == "gen_random_uuid" || name == "gen_salt"
	case "uuid-ossp":
		return strings.HasPrefix(name, "uuid_generate_v")
	case "pg_stat_statements":
		return name == "pg_stat_statements" || name == "pg_stat_statements_info"
	case "tablefunc":
		return name == "normal_rand"
	}
	return false
}

// dangerous says why a function may not be called although PostgreSQL may call
// it STABLE or IMMUTABLE; "" if there is no reason.
func dangerous(name string) string {
	const (
		text  = "runs SQL, or reads a table, that is in its arguments as text: write it as a query"
		code  = "reaches outside the database"
		xact  = "takes a transaction number: use pg_current_xact_id_if_assigned"
		watch = "shows what others run: select from pg_stat_activity"
		state = "changes the session"
	)
	switch name {
	case "cursor_to_xml", "cursor_to_xmlschema",
		"table_to_xml", "table_to_xmlschema", "table_to_xml_and_xmlschema",
		"query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema",
		"schema_to_xml", "schema_to_xmlschema", "schema_to_xml_and_xmlschema",
		"database_to_xml", "database_to_xmlschema", "database_to_xml_and_xmlschema",
		"ts_stat", "ts_rewrite", "connectby", "xpath_table":
		return text
	case "xslt_process", "fmgr_c_validator", "fmgr_internal_validator", "fmgr_sql_validator", "plpgsql_validator":
		return code
	case "txid_current", "pg_current_xact_id":
		return xact
	case "pg_stat_get_activity", "pg_stat_get_backend_activity":
		return watch
	case "isn_weak":
		return state
	}
	if strings.HasPrefix(name, "crosstab") {
		return text
	}
	for _, prefix := range [...]string{"dblink", "pg_read_", "pg_ls_", "pg_file_", "pg_logical_", "lo_", "pg_advisory_", "pg_try_advisory_", "binary_upgrade_"} {
		if strings.HasPrefix(name, prefix) && name != "lo_oid" {
			return code
		}
	}
	return ""
}

// sequenceName reports whether a function reads or moves a sequence, as a
// statement that writes may.
func sequenceName(name string) bool {
	return name == "nextval" || name == "currval" || name == "lastval"
}

// refused says why f may not be called; "" if it may.
func (p *Policy) refused(f *Function, write bool) string {
	why := f.refused(write)
	if why != "" && (slices.Contains(p.AllowFunctions, f.Name) || slices.Contains(p.AllowFunctions, f.Schema+"."+f.Name)) {
		return ""
	}
	return why
}

func (f *Function) refused(write bool) string {
	for i := range f.Support {
		if why := f.Support[i].refused(write); why != "" {
			return "calls " + f.Support[i].Name + ", which " + why
		}
	}
	switch {
	case f.System || f.Extension != "":
		if why := dangerous(f.Name); why != "" {
			return why
		}
		if f.Volatility != 'v' && !f.Definer || f.System && harmless(f.Name) || harmlessOf(f.Extension, f.Name) {
			return ""
		}
		if f.System && sequenceName(f.Name) {
			if write {
				return ""
			}
			return "is for statements that write"
		}
		return "may do more than read (it is VOLATILE); an operator can allow it by name"
	case f.Definer:
		return "runs with the rights of its owner (SECURITY DEFINER); an operator can allow it by name"
	case f.Volatility != 'i' && f.Volatility != 's':
		return "may change data (it is VOLATILE); an operator can allow it by name"
	}
	return ""
}

// hiddenRelation reports whether a relation of pg_catalog or information_schema
// holds passwords, others' data, or the server's configuration.
func hiddenRelation(name string) bool {
	switch name {
	case "pg_authid", "pg_shadow", // password hashes
		"pg_user_mapping", "pg_user_mappings", "user_mapping_options", "_pg_user_mappings", // passwords of other servers
		"pg_subscription",                                                    // a connection string
		"pg_foreign_server", "foreign_server_options", "_pg_foreign_servers", // hosts and options
		"pg_statistic", "pg_statistic_ext_data", // values of columns, whoever may read them
		"pg_largeobject",                                                  // data, whoever may read it
		"pg_hba_file_rules", "pg_ident_file_mappings", "pg_file_settings", // files of the server
		"pg_dist_authinfo", "pg_dist_poolinfo":
		return true
	}
	return false
}

// hiddenSetting reports whether a setting says where the server keeps its files,
// how it reaches another server, or what it executes.
func hiddenSetting(name string) bool {
	switch name {
	case "config_file", "hba_file", "ident_file", "data_directory", "external_pid_file", "unix_socket_directories",
		"log_directory", "log_filename", "dynamic_library_path", "stats_temp_directory", "promote_trigger_file",
		"krb_server_keyfile", "primary_conninfo", "restore_command", "archive_command", "archive_library",
		"archive_cleanup_command", "recovery_end_command", "synchronized_standby_slots", "primary_slot_name":
		return true
	}
	return strings.HasPrefix(name, "ssl_") && (strings.HasSuffix(name, "_file") || strings.HasSuffix(name, "_dir") ||
		strings.Contains(name, "passphrase"))
}

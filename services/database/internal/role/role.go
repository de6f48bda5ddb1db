// Package role tells what the role of a connection may do on its server, and
// writes the script that makes a role which may do no more than it has to.
//
// What is found is bounded: of many tables there are a count and examples. Start
// with [Inspect] and [Role.Script].
package role

import (
	"context"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// examples bounds the names that are listed of what there are many of.
const examples = 5

// Role is what a role may do in a database.
type Role struct {
	Server
	Rights

	// Memberships are the roles with power over the server that it is or can
	// become, such as pg_write_server_files.
	Memberships []string
	// Superusers are the superusers that it can become.
	Superusers []string
	// Writable are tables, views and sequences that it may change.
	Writable Some
	// CreateIn are the schemas in which it may make something.
	CreateIn []string
	// Definers are functions that it may call, that are volatile, and that run
	// with the rights of their owners; as name(types).
	Definers Some
	// Dangerous are functions that it may call and that reach beyond the database,
	// or change the state of the server.
	Dangerous Some
	// Settings are those of the role itself, by name.
	Settings map[string]string
	// Extensions are those that are installed, by name, with their versions.
	Extensions map[string]string
}

// Some is a count and the first few names.
type Some struct {
	Count int64
	Names []string
}

// String lists the names, and says how many more there are.
func (s Some) String() string {
	return list(s.Names, s.Count)
}

// Server is where the connection has led to.
type Server struct {
	Name       string // of the role
	Database   string
	Version    string
	VersionNum int
	Standby    bool
	Remote     bool // on another machine, or said to be
	TLS        bool
	// Started is whether the settings of the connection's start were heeded; a
	// pooler may have left them out.
	Started bool
}

// Rights are attributes of a role, and its rights on the database itself.
type Rights struct {
	Superuser       bool
	CreateRole      bool
	CreateDB        bool
	Replication     bool
	BypassRLS       bool
	Owner           bool // of the database
	CreateSchema    bool
	Temporary       bool
	Readable, Total int64 // tables, and those of them that it may read
}

// powerful are the predefined roles that reach beyond reading tables.
var powerful = []string{
	"pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_write_all_data", "pg_signal_backend",
	"pg_checkpoint", "pg_maintain", "pg_create_subscription", "pg_signal_autovacuum_worker",
}

// dangerous are functions that reach files, other servers or the state of the
// server, which nobody may call unless somebody has granted it, and those of
// extensions that everybody may call.
var dangerous = []string{
	"pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_stat_file", "lo_import", "lo_export", "pg_reload_conf", "pg_rotate_logfile",
	"pg_switch_wal", "pg_promote", "pg_create_restore_point", "pg_wal_replay_pause", "pg_stat_reset", "pg_stat_reset_shared", "pg_stat_statements_reset",
	"pg_file_write", "pg_file_unlink", "pg_file_rename", "dblink", "dblink_exec", "dblink_connect", "dblink_open", "dblink_send_query",
}

// notOurs leaves out the schemas of the system and of extensions' temporary
// objects.
const notOurs = `n.nspname not in ('pg_catalog','information_schema','pg_toast') and n.nspname !~ '^pg_(temp|toast_temp)_'`

// Inspect asks the server what the role of db's connections may do.
func Inspect(ctx context.Context, db *postgres.DB) (Role, error) {
	var r Role
	err := db.Transaction(ctx, func(tx *postgres.Tx) error {
		for _, ask := range []func(context.Context, *postgres.Tx) error{r.server, r.rights, r.memberships, r.objects, r.functions, r.settings} {
			if err := ask(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	return r, err
}

func (r *Role) server(ctx context.Context, tx *postgres.Tx) error {
	rows, err := postgres.Select[Server](ctx, tx, `
select current_user::text as name, current_database()::text as database, current_setting('server_version') as version,
  current_setting('server_version_num')::int as version_num, pg_is_in_recovery() as standby,
  coalesce(not (inet_server_addr() <<= inet '127.0.0.0/8' or inet_server_addr() = inet '::1'), false) as remote,
  coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls,
  coalesce((select source = 'client' from pg_settings where name = 'default_transaction_read_only'), false) as started`)
	if err == nil && len(rows) == 1 {
		r.Server = rows[0]
	}
	return err
}

func (r *Role) rights(ctx context.Context, tx *postgres.Tx) error {
	rows, err := postgres.Select[Rights](ctx, tx, `
select exists (select from pg_roles s where s.rolname in (current_user, session_user) and s.rolsuper) as superuser, u.rolcreaterole as create_role, u.rolcreatedb as create_db, u.rolreplication as replication, u.rolbypassrls as bypass_rls,
  pg_has_role(d.datdba, 'member') as owner, has_database_privilege(d.oid, 'CREATE') as create_schema, has_database_privilege(d.oid, 'TEMPORARY') as temporary,
  t.readable, t.total
from pg_roles u, pg_database d, (
  select count(*) as total, count(*) filter (where has_schema_privilege(n.oid, 'USAGE') and has_any_column_privilege(c.oid, 'SELECT')) as readable
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r','p','v','m','f') and `+notOurs+`) t
where u.rolname = current_user and d.datname = current_database()`)
	if err == nil && len(rows) == 1 {
		r.Rights = rows[0]
	}
	return err
}

// Boundless says in words why nothing that the server forbids bounds the role, ""
// if it is not so: a superuser, or one who reaches the server's files and
// programs. A role that is set in the connection string is no bound either: the
// one that has signed in takes its own back at will.
func (r *Role) Boundless() string {
	reach := slices.DeleteFunc(slices.Clone(r.Memberships), func(m string) bool {
		return m != "pg_read_server_files" && m != "pg_write_server_files" && m != "pg_execute_server_program"
	})
	switch {
	case r.Superuser:
		return "a superuser"
	case len(reach) > 0:
		return "a member of " + strings.Join(reach, " and ")
	}
	return ""
}

func (r *Role) memberships(ctx context.Context, tx *postgres.Tx) (err error) {
	if r.Superuser {
		return nil // of everything
	}
	if r.Memberships, err = postgres.Column1[string](ctx, tx, `
select rolname::text from pg_roles where rolname = any($1) and pg_has_role(session_user, oid, 'member') order by 1`, powerful); err != nil {
		return err
	}
	r.Superusers, err = postgres.Column1[string](ctx, tx, `
select rolname::text from pg_roles where rolsuper and pg_has_role(session_user, oid, 'member') order by 1 limit 5`)
	return err
}

func (r *Role) objects(ctx context.Context, tx *postgres.Tx) (err error) {
	if r.Writable, err = some(ctx, tx, `
select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where has_schema_privilege(n.oid, 'USAGE') and `+notOurs+` and case c.relkind
  when 'S' then has_sequence_privilege(c.oid, 'USAGE, UPDATE')
  else c.relkind in ('r','p','v','f') and (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') or has_any_column_privilege(c.oid, 'INSERT, UPDATE')) end`); err != nil {
		return err
	}
	r.CreateIn, err = postgres.Column1[string](ctx, tx, `
select nspname::text from pg_namespace n where has_schema_privilege(oid, 'CREATE') and `+notOurs+` order by 1 limit 5`)
	return err
}

// signature is a function as REVOKE names it.
const signature = `format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))`

func (r *Role) functions(ctx context.Context, tx *postgres.Tx) (err error) {
	if r.Definers, err = some(ctx, tx, `
select `+signature+` as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.prosecdef and p.provolatile = 'v' and p.prorettype <> 'trigger'::regtype and p.prorettype <> 'event_trigger'::regtype and `+notOurs+`
  and has_schema_privilege(n.oid, 'USAGE') and has_function_privilege(p.oid, 'EXECUTE')`); err != nil {
		return err
	}
	r.Dangerous, err = some(ctx, tx, `
select `+signature+` as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.proname = any($1) and has_schema_privilege(n.oid, 'USAGE') and has_function_privilege(p.oid, 'EXECUTE')
  and (p.oid < 16384 or exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))`, dangerous)
	return err
}

// some counts the rows of a query for names, and takes the first ones.
func some(ctx context.Context, tx *postgres.Tx, sql string, args ...any) (Some, error) {
	rows, err := postgres.Select[struct {
		Count int64
		Names []string
	}](ctx, tx, `with found as (`+sql+`)
select (select count(*) from found) as count, array(select name from found order by name limit 5) as names`, args...)
	if err != nil || len(rows) == 0 {
		return Some{}, err
	}
	return Some(rows[0]), nil
}

func (r *Role) settings(ctx context.Context, tx *postgres.Tx) error {
	// The more special ones come last and win.
	pairs, err := postgres.Column1[string](ctx, tx, `
select c from pg_db_role_setting s, unnest(s.setconfig) c
where s.setrole in (0, (select oid from pg_roles where rolname = current_user)) and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
order by s.setrole <> 0, s.setdatabase <> 0`)
	if err != nil {
		return err
	}
	r.Settings = make(map[string]string, len(pairs))
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		r.Settings[name] = value
	}
	type extension struct{ Name, Version string }
	found, err := postgres.Select[extension](ctx, tx, `select extname::text as name, extversion as version from pg_extension`)
	r.Extensions = make(map[string]string, len(found))
	for _, e := range found {
		r.Extensions[e.Name] = e.Version
	}
	return err
}

// Powers says in words what the role may do that a role which reads has no need
// of. writes is whether it is there to change rows too.
func (r *Role) Powers(writes bool) []string {
	if r.Superuser {
		return []string{"is a superuser: nothing that the server forbids is forbidden to it"}
	}
	var said []string
	add := func(yes bool, what string) {
		if yes {
			said = append(said, what)
		}
	}
	add(len(r.Superusers) > 0, "can become the superuser "+list(r.Superusers, 0))
	add(len(r.Memberships) > 0, "is a member of "+list(r.Memberships, 0))
	add(r.CreateRole, "may create roles (CREATEROLE)")
	add(r.CreateDB, "may create databases (CREATEDB)")
	add(r.Replication, "may replicate, and so read all data (REPLICATION)")
	add(r.BypassRLS, "sees rows that policies hide (BYPASSRLS)")
	add(r.Owner, "owns the database")
	add(r.CreateSchema && !r.Owner, "may create schemas")
	add(len(r.CreateIn) > 0, "may create in "+list(r.CreateIn, 0))
	add(!writes && r.Writable.Count > 0, "may write to "+r.Writable.String())
	add(r.Definers.Count > 0, "may call functions that change things with the rights of others: "+r.Definers.String())
	add(r.Dangerous.Count > 0, "may call "+r.Dangerous.String())
	return said
}

// list joins names; total counts those that are not there too.
func list(names []string, total int64) string {
	short := make([]string, 0, examples+1)
	for _, n := range names[:min(len(names), examples)] {
		short = append(short, shorten(n))
	}
	if more := max(total, int64(len(names))) - int64(len(short)); more > 0 {
		short = append(short, "and "+itoa(more)+" more")
	}
	return strings.Join(short, ", ")
}

// shorten makes a name fit for a line: names can hold anything.
func shorten(name string) string {
	const most = 100
	clean := []rune(strings.Map(printable, name))
	if len(clean) > most {
		clean = append(slices.Clip(clean[:most]), '…')
	}
	return string(clean)
}

package role

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// Options are what a script makes.
type Options struct {
	// Role is the name of the role to make.
	Role string
	// Writes gives it the right to change rows.
	Writes bool
	// Connections is how many it may have at once; 0: as many as the server allows.
	Connections int
	// StatementTimeout and LockTimeout are in milliseconds; 0: the server's.
	StatementTimeout, LockTimeout int64
}

// maxScript bounds the schemas and the functions that a script names.
const maxScript = 200

// Script returns SQL that makes a role which may read the tables that there are
// now and will be, and nothing else. A superuser runs it in the database of db,
// with psql. It can be run again.
func Script(ctx context.Context, db *postgres.DB, o Options) (string, error) {
	f, err := find(ctx, db)
	if err != nil {
		return "", err
	}
	return f.script(o), nil
}

// found is what a script has to name.
type found struct {
	database string
	schemas  []schema
	// writable are rights of everybody to change tables and sequences, and
	// functions those that nobody should be able to call.
	writable, functions []string
}

type schema struct {
	Name      string
	Owners    []string // of itself and of its tables
	PublicMay bool     // CREATE there
}

func find(ctx context.Context, db *postgres.DB) (found, error) {
	var f found
	err := db.Transaction(ctx, func(tx *postgres.Tx) error {
		names, err := postgres.Column1[string](ctx, tx, `select current_database()::text`)
		if err != nil {
			return err
		}
		f.database = strings.Join(names, "")
		// Whoever owns the database is who pg_database_owner stands for.
		if f.schemas, err = postgres.Select[schema](ctx, tx, `
select n.nspname::text as name, array(
    select distinct case when u.rolname = 'pg_database_owner' then pg_get_userbyid(d.datdba)::text else u.rolname::text end
    from pg_roles u where u.oid = n.nspowner or u.oid in (select relowner from pg_class where relnamespace = n.oid and relkind in ('r','p','v','m','f'))) as owners,
  exists (select from aclexplode(n.nspacl) a where a.grantee = 0 and a.privilege_type = 'CREATE') as public_may
from pg_namespace n join pg_database d on d.datname = current_database()
where `+notOurs+` order by 1 limit $1`, maxScript); err != nil {
			return err
		}
		if f.writable, err = postgres.Column1[string](ctx, tx, `
select format(case c.relkind when 'S' then 'USAGE, UPDATE ON SEQUENCE %I.%I' else 'INSERT, UPDATE, DELETE, TRUNCATE ON TABLE %I.%I' end, n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r','p','v','f','S') and `+notOurs+` and exists (select from aclexplode(c.relacl) a
  where a.grantee = 0 and (a.privilege_type in ('INSERT','UPDATE','DELETE','TRUNCATE') or c.relkind = 'S' and a.privilege_type = 'USAGE'))
order by 1 limit $1`, maxScript); err != nil {
			return err
		}
		f.functions, err = postgres.Column1[string](ctx, tx, `
select `+signature+` from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where `+notOurs+` and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
  and p.prorettype <> 'trigger'::regtype and p.prorettype <> 'event_trigger'::regtype
  and (p.prosecdef and p.provolatile = 'v' or p.proname = any($1) and exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
order by 1 limit $2`, dangerous, maxScript)
		return err
	})
	return f, err
}

func (f found) script(o Options) string {
	var b strings.Builder
	role, in := postgres.Identifier(o.Role), postgres.Identifier(f.database)
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+";\n", args...) }
	say := func(text string) { b.WriteString("-- " + text + "\n") }
	say("all of it or, after an error, nothing")
	line("BEGIN")
	line("DO $$ BEGIN IF to_regrole(%s) IS NULL THEN CREATE ROLE %s LOGIN; END IF; END $$", postgres.Literal(role), role)
	say("give it a password: in psql, \\password " + o.Role)
	limit := -1
	if o.Connections > 0 {
		limit = o.Connections
		say("the connections are those of one process: allow more to several replicas")
	}
	line("ALTER ROLE %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT %d", role, limit)
	say("what its sessions begin with; temp_file_limit alone is one that it cannot change itself")
	if !o.Writes {
		line("ALTER ROLE %s SET default_transaction_read_only = on", role)
	}
	if o.StatementTimeout > 0 {
		line("ALTER ROLE %s SET statement_timeout = %d", role, o.StatementTimeout)
	}
	if o.LockTimeout > 0 {
		line("ALTER ROLE %s SET lock_timeout = %d", role, o.LockTimeout)
	}
	line("ALTER ROLE %s SET idle_in_transaction_session_timeout = '60s'", role)
	line("ALTER ROLE %s SET temp_file_limit = '1GB'", role)
	line("GRANT CONNECT ON DATABASE %s TO %s", in, role)
	say("what everybody may do, this role may do: these take it from everybody, so that you")
	say("have to grant it to the applications that need it, such as temporary tables")
	line("REVOKE TEMPORARY ON DATABASE %s FROM PUBLIC", in)
	for _, s := range f.schemas {
		if s.PublicMay {
			line("REVOKE CREATE ON SCHEMA %s FROM PUBLIC", postgres.Identifier(s.Name))
		}
	}
	if !o.Writes {
		for _, w := range f.writable {
			line("REVOKE %s FROM PUBLIC", w)
		}
	}
	for _, signature := range f.functions {
		line("REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC", signature)
	}
	rights, sequences := "SELECT", ""
	if o.Writes {
		rights, sequences = "SELECT, INSERT, UPDATE, DELETE", "USAGE"
	}
	say("the tables that there are, and those that their owners will make: for a schema or an")
	say("owner that comes later, run doctor and its script again")
	for _, s := range f.schemas {
		name := postgres.Identifier(s.Name)
		line("GRANT USAGE ON SCHEMA %s TO %s", name, role)
		line("GRANT %s ON ALL TABLES IN SCHEMA %s TO %s", rights, name, role)
		if sequences != "" {
			line("GRANT %s ON ALL SEQUENCES IN SCHEMA %s TO %s", sequences, name, role)
		}
		for _, owner := range s.Owners {
			line("ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %s GRANT %s ON TABLES TO %s", postgres.Identifier(owner), name, rights, role)
			if sequences != "" {
				line("ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %s GRANT %s ON SEQUENCES TO %s", postgres.Identifier(owner), name, sequences, role)
			}
		}
	}
	if max(len(f.schemas), len(f.functions), len(f.writable)) == maxScript {
		say(fmt.Sprintf("there are more than %d schemas, tables or functions: the rest is left out", maxScript))
	}
	line("COMMIT")
	say("for top_queries and database_health, if it may see what others run: GRANT pg_read_all_stats TO " + role + ";")
	return b.String()
}

// Missing returns the channels, by table, that no trigger of the table notifies.
func Missing(ctx context.Context, db *postgres.DB, subscriptions map[string]string) (map[string]string, error) {
	missing := make(map[string]string)
	for table, channel := range subscriptions {
		// A trigger counts if its arguments or its function name the channel.
		notifies, err := postgres.Column1[bool](ctx, db, `
select exists (
  select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
  where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D' and p.prosrc ~* 'pg_notify|notify'
    and (strpos(p.prosrc, $2) > 0 or strpos(p.prosrc, replace($2, '''', '''''')) > 0 or strpos(encode(t.tgargs, 'escape'), $2) > 0))
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r','p') and `+notOurs+` and (n.nspname || '.' || c.relname = $1 or c.relname = $1 and pg_table_is_visible(c.oid))
order by c.relname = $1 limit 1`, table, channel)
		if err != nil {
			return nil, err
		}
		if len(notifies) == 0 || !notifies[0] {
			missing[table] = channel
		}
	}
	return missing, nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// printable replaces what would change how a line looks.
func printable(c rune) rune {
	if !unicode.IsPrint(c) {
		return '�'
	}
	return c
}

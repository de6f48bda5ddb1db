package role

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
	type schema struct {
		Name      string
		Owners    []string
		PublicMay bool // CREATE there
	}
	var database string
	var schemas []schema
	var revokes []string
	err := db.Transaction(ctx, func(tx *postgres.Tx) error {
		names, err := postgres.Column1[string](ctx, tx, `select current_database()::text`)
		if err != nil {
			return err
		}
		database = strings.Join(names, "")
		if schemas, err = postgres.Select[schema](ctx, tx, `
select n.nspname::text as name, array_agg(distinct pg_get_userbyid(c.relowner)::text) as owners,
  exists (select from aclexplode(n.nspacl) a where a.grantee = 0 and a.privilege_type = 'CREATE') as public_may
from pg_namespace n join pg_class c on c.relnamespace = n.oid and c.relkind in ('r','p','v','m','f')
where `+notOurs+` group by n.oid, n.nspname, n.nspacl order by 1 limit $1`, maxScript); err != nil {
			return err
		}
		revokes, err = postgres.Column1[string](ctx, tx, `
select `+signature+` from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where `+notOurs+` and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
  and p.prorettype <> 'trigger'::regtype and p.prorettype <> 'event_trigger'::regtype
  and (p.prosecdef and p.provolatile = 'v' or p.proname = any($1) and exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
order by 1 limit $2`, dangerous, maxScript)
		return err
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	role, in := postgres.Identifier(o.Role), postgres.Identifier(database)
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+";\n", args...) }
	line("DO $$ BEGIN IF to_regrole(%s) IS NULL THEN CREATE ROLE %s LOGIN; END IF; END $$", literal(role), role)
	b.WriteString("-- give it a password: in psql, \\password " + o.Role + "\n")
	limit := -1
	if o.Connections > 0 {
		limit = o.Connections
	}
	line("ALTER ROLE %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT %d", role, limit)
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
	b.WriteString("-- these take rights from everybody; grant them again to whom needs them\n")
	line("REVOKE TEMPORARY ON DATABASE %s FROM PUBLIC", in)
	for _, s := range schemas {
		if s.PublicMay {
			line("REVOKE CREATE ON SCHEMA %s FROM PUBLIC", postgres.Identifier(s.Name))
		}
	}
	for _, f := range revokes {
		line("REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC", f)
	}
	rights, sequences := "SELECT", ""
	if o.Writes {
		rights, sequences = "SELECT, INSERT, UPDATE, DELETE", "USAGE"
	}
	for _, s := range schemas {
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
	if len(schemas) == maxScript || len(revokes) == maxScript {
		fmt.Fprintf(&b, "-- there are more than %d schemas or functions: the rest is left out\n", maxScript)
	}
	b.WriteString("-- for top_queries and database_health, if it may see what others run: GRANT pg_read_all_stats TO " + role + ";\n")
	return b.String(), nil
}

// Missing returns the channels, by table, that no trigger of the table notifies,
// and the statements that make such triggers. A table that is not there has no
// statements.
func Missing(ctx context.Context, db *postgres.DB, subscriptions map[string]string) (channels map[string]string, script string, err error) {
	channels = make(map[string]string)
	var b strings.Builder
	for _, table := range slices.Sorted(maps.Keys(subscriptions)) {
		channel := subscriptions[table]
		type found struct {
			Schema, Name string
			Notifies     bool
		}
		// A trigger counts if its arguments or its function name the channel.
		rows, err := postgres.Select[found](ctx, db, `
select n.nspname::text as schema, c.relname::text as name, exists (
  select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
  where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D' and p.prosrc ~* 'pg_notify|notify'
    and (strpos(p.prosrc, $2) > 0 or strpos(encode(t.tgargs, 'escape'), $2) > 0)) as notifies
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r','p') and `+notOurs+` and (n.nspname || '.' || c.relname = $1 or c.relname = $1 and pg_table_is_visible(c.oid))
order by c.relname = $1 limit 1`, table, channel)
		if err != nil {
			return nil, "", err
		}
		switch {
		case len(rows) == 0:
			channels[table] = channel
		case !rows[0].Notifies:
			channels[table] = channel
			b.WriteString(trigger(rows[0].Schema, rows[0].Name, channel))
		}
	}
	return channels, b.String(), nil
}

// trigger makes the statements that tell a channel of each statement which
// changed a table. Equal notifications of one transaction are sent once.
func trigger(schema, table, channel string) string {
	function := postgres.Identifier(schema, "mcp_notify")
	on := postgres.Identifier(schema, table)
	return fmt.Sprintf(`CREATE OR REPLACE FUNCTION %[1]s() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_notify(TG_ARGV[0], ''); RETURN NULL; END $$;
DROP TRIGGER IF EXISTS mcp_notify ON %[2]s;
CREATE TRIGGER mcp_notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %[2]s
  FOR EACH STATEMENT EXECUTE FUNCTION %[1]s(%[3]s);
`, function, on, literal(channel))
}

// literal quotes text for SQL. Backslashes mean themselves: a script is run with
// standard_conforming_strings, the default since PostgreSQL 9.1.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// printable replaces what would change how a line looks.
func printable(c rune) rune {
	if !unicode.IsPrint(c) {
		return '�'
	}
	return c
}

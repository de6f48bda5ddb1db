package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is what a server says of itself and of the role that we have there.
type Server struct {
	Version    string // as the server writes it, such as "15.14 (Debian …)"
	VersionNum int    // such as 150014
	Role       string
	Superuser  bool
	CreateRole bool
	CreateDB   bool
	// Replication and BypassRLS are the role's attributes of these names.
	Replication, BypassRLS bool
	// Memberships are the predefined roles that the role is a member of and that
	// may do more than read: files and programs of the server, other sessions.
	Memberships []string
	// ReadsPasswords is whether the role may read the hashes of all passwords, and
	// what pg_stats has of them.
	ReadsPasswords bool
	// ReadsConnection is whether the role is shown how a standby reaches its
	// primary, and a password is in that.
	ReadsConnection bool
	InRecovery      bool // a standby
	Encoding        string
	Extensions      map[string]string // name to version, of those in this database
}

// remembered is how long what a server said of itself is believed.
const remembered = time.Minute

// Server returns what the server says of itself, asked at most once a minute. It
// answers also where nothing else runs because of the role.
func (db *DB) Server(ctx context.Context) (Server, error) {
	db.mu.Lock()
	known, fresh := db.server, time.Since(db.learned) < remembered
	db.mu.Unlock()
	if fresh {
		return known, nil
	}
	s, err := db.acquire(ctx)
	if err != nil {
		return Server{}, err
	}
	defer s.release()
	var extensions []string
	err = s.rows(ctx, `
select current_setting('server_version'), current_setting('server_version_num')::int, current_user::text,
  r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
  array(select m.rolname::text from pg_catalog.pg_roles m where m.rolname in ('pg_read_server_files', 'pg_write_server_files',
    'pg_execute_server_program', 'pg_signal_backend', 'pg_checkpoint', 'pg_create_subscription', 'pg_write_all_data', 'pg_maintain',
    'pg_use_reserved_connections', 'pg_signal_autovacuum_worker')
    and pg_catalog.pg_has_role(session_user, m.oid, 'member') order by 1),
  pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'select'),
  exists (select from pg_catalog.pg_settings c where c.name = 'primary_conninfo' and c.setting ilike '%password%'), pg_catalog.pg_is_in_recovery(), current_setting('server_encoding'),
  array(select e.extname::text || '=' || e.extversion from pg_catalog.pg_extension e order by 1)
from pg_catalog.pg_roles r where r.rolname = current_user`, nil, func(row pgx.CollectableRow) error {
		known = Server{Extensions: map[string]string{}}
		return row.Scan(&known.Version, &known.VersionNum, &known.Role, &known.Superuser, &known.CreateRole, &known.CreateDB,
			&known.Replication, &known.BypassRLS, &known.Memberships, &known.ReadsPasswords,
			&known.ReadsConnection, &known.InRecovery, &known.Encoding, &extensions)
	})
	if err != nil {
		return Server{}, err
	}
	for _, e := range extensions {
		name, version, _ := strings.Cut(e, "=")
		known.Extensions[name] = version
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.server, db.learned = known, time.Now()
	return known, nil
}

// powers says in words what the role may do to the server beside its data, ""
// for nothing. A role that is set in the connection string is no bound: the one
// that signed in takes its own back at will.
func (s *session) powers(ctx context.Context) (powers string, err error) {
	err = s.rows(ctx, `
select exists (select from pg_catalog.pg_roles r where r.rolname in (current_user, session_user) and r.rolsuper),
  array(select r.rolname::text from pg_catalog.pg_roles r
    where r.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
    and pg_catalog.pg_has_role(session_user, r.oid, 'member') order by 1)`, nil, func(row pgx.CollectableRow) error {
		var super bool
		var member []string
		err := row.Scan(&super, &member)
		switch {
		case super:
			powers = "a superuser"
		case len(member) > 0:
			powers = "a member of " + strings.Join(member, " and ")
		}
		return err
	})
	return powers, err
}

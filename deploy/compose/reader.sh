#!/bin/sh
# Makes the role that the database service logs in as: it reads the tables that
# there are, and those that the same owner will make, and nothing else. The
# script that `mcp-database doctor` prints says more about each line.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/reader-password)" \
	--username="${POSTGRES_USER:-postgres}" --dbname="$POSTGRES_DB" --quiet <<'SQL'
begin;
create role mcp_reader login password :'password'
  nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 40;
alter role mcp_reader set default_transaction_read_only = on;
alter role mcp_reader set statement_timeout = '60s';
alter role mcp_reader set lock_timeout = '3s';
alter role mcp_reader set idle_in_transaction_session_timeout = '60s';
alter role mcp_reader set temp_file_limit = '1GB';
select format('revoke temporary on database %I from public', current_database()) \gexec
revoke create on schema public from public;
grant usage on schema public to mcp_reader;
grant select on all tables in schema public to mcp_reader;
alter default privileges in schema public grant select on tables to mcp_reader;
commit;
SQL

-- What an attacker finds: a table to write to, functions with side effects, and
-- objects of an administrator that call them where no statement shows it.
create table canary (id integer generated always as identity primary key, note text);
insert into canary (note) values ('one'), ('two'), ('three');
create sequence tickets;
create table documents (body tsvector, markup xml);
insert into documents values ('a:1', '<r><n>1</n></r>');
create materialized view totals as select count(*) as orders from orders;

do $$
declare
  wanted text;
begin
  foreach wanted in array array['dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'tablefunc', 'xml2', 'lo', 'hypopg',
    'pg_stat_statements', 'pageinspect', 'pg_prewarm', 'pg_surgery', 'pg_visibility', 'pg_walinspect', 'pgcrypto', 'pgrowlocks',
    'pg_buffercache', 'amcheck', 'pg_freespacemap', 'sslinfo', 'insert_username', 'hstore', 'ltree', 'cube', 'citext', 'intarray', 'unaccent'] loop
    if exists (select from pg_available_extensions where name = wanted) then
      execute format('create extension %I', wanted);
    end if;
  end loop;
end $$;

-- Functions that change something, and functions that say they do not.
create function bump() returns integer language plpgsql volatile as $$
begin
  insert into canary (note) values ('bump');
  return 1;
end $$;
create function bump(integer) returns integer language sql volatile as 'select bump()';
create function bump(integer, integer) returns integer language sql volatile as 'select bump()';
create function bump_definer() returns integer language plpgsql stable security definer as $$
begin
  return bump();
end $$;
create function bump_volatile_definer() returns integer language plpgsql volatile security definer as $$
begin
  return bump();
end $$;
create function side(canary) returns integer language sql volatile as 'select bump()';
create function side_many(integer[]) returns setof integer language sql volatile as 'select bump()';
create function variadic_bump(variadic text[]) returns integer language sql volatile as 'select bump()';
create function named_bump(a integer default 1, b integer default 2) returns integer language sql volatile as 'select bump()';
create function atomic_bump() returns setof integer language sql volatile
begin atomic
  insert into canary (note) values ('atomic') returning id;
end;
create function "Odd Name""("() returns integer language sql volatile as 'select bump()';
create function "größe"() returns integer language sql volatile as 'select bump()';
create function hidden_overload(text) returns text language sql immutable as 'select $1';
create function hidden_overload(integer) returns integer language sql volatile as 'select bump()';
create procedure bump_procedure() language sql as $$ insert into canary (note) values ('procedure') $$;
create function bump_window() returns bigint language internal window volatile as 'window_row_number';
create function run_text(text) returns text language plpgsql volatile as $$
declare
  result text;
begin
  execute $1 into result;
  return result;
end $$;
create aggregate volatile_agg(integer) (sfunc = bump, stype = integer, initcond = '0');

-- A schema before pg_catalog on a search_path, with names of the system in it.
create schema shadow;
create function shadow.upper(text) returns text language sql volatile as $$ select bump()::text $$;
create function shadow.count(integer) returns integer language sql volatile as 'select bump()';
create function public.lower(integer) returns text language sql volatile as $$ select bump()::text $$;
create function public.abs(text) returns integer language sql volatile as 'select bump()';

-- Where no statement shows a call.
create function liar() returns integer language plpgsql stable as $$
begin
  return bump();
end $$;
create function liar_immutable(integer) returns integer language plpgsql immutable as $$
begin
  return bump();
end $$;
create function positive(integer) returns boolean language plpgsql stable as $$
begin
  perform bump();
  return true;
end $$;
create function defaulted(integer default bump()) returns integer language sql immutable as 'select $1';
create view busy as select bump() as n;
create view busy_table as select c.* from canary c where bump() > 0;
create operator ### (leftarg = integer, rightarg = integer, function = bump);
create operator !!! (rightarg = integer, function = bump);
create domain noisy as integer check (positive(value));
create type coin as (face text);
create function coin_to_integer(coin) returns integer language plpgsql volatile as $$
begin
  return bump();
end $$;
create cast (coin as integer) with function coin_to_integer(coin);
create function coin_to_text(coin) returns text language plpgsql volatile as $$
begin
  return bump()::text;
end $$;
create cast (coin as text) with function coin_to_text(coin) as implicit;
create function compare_loudly(integer, integer) returns integer language plpgsql immutable as $$
begin
  perform bump();
  return sign($1 - $2);
end $$;
create operator <## (leftarg = integer, rightarg = integer, function = int4lt);
create operator >## (leftarg = integer, rightarg = integer, function = int4gt);
create operator <=## (leftarg = integer, rightarg = integer, function = int4le);
create operator >=## (leftarg = integer, rightarg = integer, function = int4ge);
create operator =## (leftarg = integer, rightarg = integer, function = int4eq);
create operator class loud_ops for type integer using btree as
  operator 1 <##, operator 2 <=##, operator 3 =##, operator 4 >=##, operator 5 >##, function 1 compare_loudly(integer, integer);
create type loud_range as range (subtype = integer, subtype_opclass = loud_ops);
create table guarded (id integer);
insert into guarded values (1);
alter table guarded enable row level security;
alter table guarded force row level security;
create policy loud on guarded using (positive(id));
create role corpus_reader login;
grant select on all tables in schema public to corpus_reader;
create function liar_agg_step(integer, integer) returns integer language plpgsql immutable as $$
begin
  return bump();
end $$;
create aggregate liar_agg(integer) (sfunc = liar_agg_step, stype = integer, initcond = '0');
create view tickets_view as select nextval('tickets') as n;
create view message_view as select pg_logical_emit_message(false, 'corpus', repeat('x', 32768)) as n;
create view lock_view as select pg_try_advisory_lock(7) as n;
create view setting_view as select set_config('work_mem', '77MB', false) as n;
create view slow_view as select pg_sleep(60)::text as n;
create view remote_write as select id from dblink('{{conn}}', $$ insert into canary (note) values ('remote') returning id $$) as t(id integer);

-- A foreign table over a view of this very database: another session runs it.
create server loop foreign data wrapper postgres_fdw options ({{fdw}});
create user mapping for public server loop options (user 'postgres', password_required 'false');
create foreign table remote_busy (n integer) server loop options (table_name 'busy');
create foreign table remote_tickets (n bigint) server loop options (table_name 'tickets_view');
create foreign table remote_canary (id integer, note text) server loop options (table_name 'canary');
create server files foreign data wrapper file_fdw;
create foreign table server_file (line text) server files options (filename '{{scratch}}/readable');
grant select on message_view, setting_view, lock_view to corpus_reader;

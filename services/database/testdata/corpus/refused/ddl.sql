-- create table
create table made (a integer)
---
-- create a temporary table
create temp table made (a integer)
---
-- create an unlogged table
create unlogged table made (a integer)
---
-- create table as
create table made as select 1
---
-- create table as execute
create table made as execute corpus_plan
---
-- select into
select 1 as a into made
---
-- select into a temporary table
select id into temp made from canary
---
-- select into table, in a CTE's query
with c as (select 1 as a) select a into table made from c
---
-- select into unlogged
select * into unlogged made from canary
---
-- select into with nothing selected
select into made from canary
---
-- select into in an arm of a union
select 1 as a into made union select 2
---
-- select into with comments between
select 1 as a/**/into/**/made
---
-- alter table
alter table canary add column x integer
---
-- alter table, row security off
alter table guarded disable row level security
---
-- drop table
drop table canary
---
-- drop schema
drop schema public cascade
---
-- drop database
drop database if exists postgres
---
-- drop owned
drop owned by corpus_reader cascade
---
-- reassign owned
reassign owned by corpus_reader to postgres
---
-- truncate
truncate canary
---
-- truncate and restart sequences
truncate canary restart identity cascade
---
-- comment
comment on table canary is 'x'
---
-- grant
grant all on canary to public
---
-- revoke
revoke all on canary from corpus_reader
---
-- grant a role
grant pg_read_server_files to corpus_reader
---
-- alter default privileges
alter default privileges grant all on tables to public
---
-- create a role
create role made superuser login
---
-- create a user
create user made
---
-- alter a role
alter role corpus_reader superuser
---
-- alter a role's settings
alter role corpus_reader set work_mem = '77MB'
---
-- drop a role
drop role corpus_reader
---
-- create a database
create database made
---
-- alter a database
alter database {{db}} set work_mem = '77MB'
---
-- create a schema with a table in it
create schema made create table t (a integer)
---
-- create an index
create index made on canary (note)
---
-- create an index concurrently, which no transaction holds
create index concurrently made on canary (note)
---
-- drop an index concurrently
drop index concurrently canary_pkey
---
-- create a view
create or replace view made as select 1
---
-- create a materialized view
create materialized view made as select bump()
---
-- create a sequence
create sequence made
---
-- create a function
create function made() returns integer language sql as 'select 1'
---
-- create a function with a body of statements
create function made() returns integer language sql begin atomic select 1; select 2; end
---
-- create a procedure
create procedure made() language sql as ''
---
-- create an aggregate
create aggregate made(integer) (sfunc = int4pl, stype = integer)
---
-- create a trigger
create trigger made before insert on canary for each row execute function suppress_redundant_updates_trigger()
---
-- create an event trigger
create event trigger made on ddl_command_start execute function bump()
---
-- create a rule
create rule made as on insert to canary do instead nothing
---
-- turn a table into a view by a rule
create rule "_RETURN" as on select to documents do instead select * from documents
---
-- create a type
create type made as enum ('a')
---
-- alter a type, which no transaction holds
alter type order_status add value 'made'
---
-- create a domain
create domain made as integer
---
-- create a cast
create cast (integer as coin) with inout
---
-- create an operator
create operator @#@ (leftarg = integer, rightarg = integer, function = int4pl)
---
-- create a collation
create collation made from "C"
---
-- create an extension
create extension pg_trgm
---
-- drop an extension
drop extension dblink cascade
---
-- create a language
create language made handler plpgsql_call_handler
---
-- create a foreign server
create server made foreign data wrapper dblink_fdw
---
-- create a user mapping
create user mapping for postgres server files
---
-- create a foreign table
create foreign table made (a integer) server files
---
-- create a publication
create publication made for all tables
---
-- create a subscription
create subscription made connection 'x' publication y with (connect = false)
---
-- create a policy
create policy made on canary using (true)
---
-- create statistics
create statistics made on id, note from canary
---
-- create a tablespace
create tablespace made location '{{scratch}}/space'
---
-- create a text search configuration
create text search configuration made (copy = simple)
---
-- create a conversion
create conversion made for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8
---
-- create an access method
create access method made type index handler bthandler
---
-- create a transform
create transform for integer language sql (from sql with function int4recv(internal))
---
-- alter a sequence
alter sequence tickets restart with 1000
---
-- alter a large object
alter large object 1 owner to postgres
---
-- explain of create table as
explain create table made as select 1
---
-- explain analyze of create table as
explain analyze create table made as select 1
---
-- a property graph
create property graph made vertex tables (canary)

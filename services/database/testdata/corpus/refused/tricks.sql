-- a setting that the caller may not change, in a function's clause
select set_config('search_path', 'shadow, pg_catalog', false), upper('x')
---
-- the cursor's own name
select * from canary where current of _mcp
---
-- a cursor with a name that ends the declaration
select 1 for read only; commit
---
-- scroll options behind the query
select 1 with hold
---
-- a cursor for a cursor
declare _mcp cursor for select 1
---
-- explain with a cursor
explain declare c cursor for select 1
---
-- explain execute
explain execute corpus_plan
---
-- a table called like a statement
table canary; drop table canary
---
-- VALUES, then more
values (1); delete from canary
---
-- a parenthesised statement, then more
(select 1); delete from canary
---
-- WITH and then no query
with a as (select 1) drop table canary
---
-- WITH and then values of a change [change]
with a as (values (1)) merge into canary using a on false when not matched then insert (note) values ('x')
---
-- WITH RECURSIVE and an update [change]
with recursive a as (select 1 as n) update canary set note = 'x' from a where id = n returning id
---
-- WITH in WITH in INSERT
with a as (with b as (insert into canary (note) values ('x') returning *) table b) table a
---
-- a write in parentheses
(delete from canary)
---
-- a write in a set operation
select 1 union (delete from canary returning id)
---
-- a write in FROM
select * from (insert into canary (note) values ('x') returning id) s
---
-- a write in a scalar subquery
select (update canary set note = 'x' returning id)
---
-- a write in EXISTS
select exists (delete from canary returning 1)
---
-- a write in ARRAY
select array(delete from canary returning id)
---
-- a write in LATERAL
select * from canary, lateral (delete from orders returning id) s
---
-- a write as an argument
select count((delete from canary returning id))
---
-- COPY in a CTE
with a as (copy canary to stdout) select * from a
---
-- a CTE with the name of a keyword
with delete as (delete from canary returning id) select * from delete
---
-- a CTE with columns named like keywords
with w ("insert") as (insert into canary (note) values ('x') returning id) select "insert" from w
---
-- SHOW of everything and a statement
show all; reset all
---
-- SHOW with a function behind it
show work_mem, bump()
---
-- SHOW in a subquery with a call
select * from (show work_mem) s, bump()
---
-- EXPLAIN with an option that is a statement
explain (format text) truncate canary
---
-- EXPLAIN of two in parentheses
explain ((select 1); delete from canary)
---
-- EXPLAIN of VALUES with a call
explain values (bump())
---
-- EXPLAIN of a volatile function in a constant place
explain (generic_plan) select set_config('work_mem', '77MB', false)
---
-- EXPLAIN without anything
explain
---
-- EXPLAIN VERBOSE ANALYZE in the wrong order
explain verbose analyze delete from canary
---
-- OPERATOR with a schema of the user
select 1 operator(public.###) bump()
---
-- a subscript's write
select (select array_agg(nextval('tickets')) from generate_series(1, 3))[1]
---
-- an interval of a call
select make_interval(days => nextval('tickets')::int)
---
-- JSON_TABLE over a call
select * from json_table((select to_jsonb(nextval('tickets'))), '$' columns (n integer path '$'))
---
-- JSON_QUERY with a passing call
select json_query('{}', '$' passing nextval('tickets') as x)
---
-- JSON_VALUE with a default
select json_value('{}', '$.a' default nextval('tickets')::text on empty)
---
-- XMLEXISTS over a call
select xmlexists('/r' passing (select query_to_xml('select nextval(''tickets'')', true, false, '')))
---
-- GROUPING SETS over a call
select 1 from canary group by grouping sets ((nextval('tickets')), ())
---
-- a lateral join of a set
select * from generate_series(1, 3) g, lateral nextval('tickets') n where g > 0
---
-- a row comparison
select (1, nextval('tickets')) < (2, 3)
---
-- a set operation's arm
select 1 except select nextval('tickets')
---
-- MATERIALIZED CTE that is read once
with n as materialized (select nextval('tickets') as n) select n, n from n
---
-- SEARCH clause
with recursive r(n) as (select nextval('tickets') union all select n + 1 from r where n < 2) search depth first by n set o select * from r
---
-- WITH ORDINALITY
select * from unnest(array[nextval('tickets')]) with ordinality
---
-- a column definition list
select * from json_to_recordset((select json_agg(json_build_object('a', nextval('tickets'))))) as t(a bigint)
---
-- NULLIF, GREATEST, LEAST
select nullif(nextval('tickets'), 0), greatest(nextval('tickets'), 0), least(nextval('tickets'), 0)
---
-- OVERLAPS
select (now(), now()) overlaps (now(), to_timestamp(nextval('tickets')))
---
-- POSITION, SUBSTRING, TRIM, OVERLAY
select position(nextval('tickets')::text in 'a'), substring('a' from nextval('tickets')::int), trim(both nextval('tickets')::text from 'a')
---
-- IN with a list
select 1 in (2, nextval('tickets'))
---
-- BETWEEN SYMMETRIC
select 1 between symmetric nextval('tickets') and 3
---
-- LIKE … ESCAPE
select 'a' like 'a' escape nextval('tickets')::text
---
-- SIMILAR TO
select 'a' similar to nextval('tickets')::text
---
-- IS DISTINCT FROM
select 1 is distinct from nextval('tickets')
---
-- IS JSON
select nextval('tickets')::text is json
---
-- NORMALIZE
select normalize(nextval('tickets')::text, nfc)
---
-- COLLATION FOR
select collation for (nextval('tickets')::text)
---
-- a type's name as a function
select int8(nextval('tickets'))
---
-- a typed literal is no call, and a call follows
select date '2026-01-01', nextval('tickets')
---
-- the cast of a sequence's name and its data
select last_value, nextval('tickets') from tickets
---
-- currval after nextval, as lastval says
select lastval() + nextval('tickets')
---
-- a large constant folded when it is planned
explain select * from canary where id = nextval('tickets')
---
-- a function in a qualified name with quotes and blanks
select "public"  .  "bump"  (  )
---
-- a function's name in upper case and quoted lower
select "public".BUMP()
---
-- a function's name behind a Unicode escape in a string that ends with one
select U&'\\', bump() as "\\"
---
-- uuidv7 is harmless, and what is beside it is not
select uuidv7(), nextval('tickets')
---
-- a virtual generated column's table is made
create table made (a integer, b integer generated always as (a * 2) virtual)
---
-- a temporal constraint is made
create table made (a int4range, primary key (a without overlaps))
---
-- WAIT FOR another position
wait for lsn '0/1'
---
-- REPACK
repack canary
---
-- array_fill with a call for each element
select array_fill(nextval('tickets'), array[3])
---
-- has a trigger's event been forged
select pg_trigger_depth(), pg_notify('corpus', 'x')
---
-- reads the memory of the server by a view's function
select * from pg_get_shmem_allocations_numa()
---
-- a message to a channel with an empty payload
select pg_catalog.pg_notify('corpus', '')
---
-- the owner's identity is taken
select session_user, set_config('session_authorization', 'corpus_reader', false)
---
-- a lock by reading the table with a hint
select * from canary for update of canary wait
---
-- insert_username, a trigger's function
select insert_username()
---
-- lo_manage, a trigger's function
select lo_manage()
---
-- heap check that reads all of a table's pages
select * from verify_heapam('canary')
---
-- asks for the files of all tables
select pg_relation_filepath(oid), pg_stat_file(pg_relation_filepath(oid)) from pg_class
---
-- a function of the system that needs internal arguments
select int4in(nextval('tickets')::text::cstring)
---
-- a record is populated with a domain
select json_populate_record(null::canary, json_build_object('id', nextval('tickets')))

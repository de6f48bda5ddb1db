-- reads a file of the server
select pg_read_file('{{scratch}}/readable')
---
-- qualified
select pg_catalog.pg_read_file('{{scratch}}/readable')
---
-- quoted and qualified
select "pg_catalog"."pg_read_file"('{{scratch}}/readable')
---
-- blanks around the dot
select pg_catalog . pg_read_file ('{{scratch}}/readable')
---
-- comments between name and parenthesis
select pg_read_file/* a /* b */ c */--
('{{scratch}}/readable')
---
-- upper case
SELECT PG_READ_FILE('{{scratch}}/readable')
---
-- a Unicode identifier
select U&"pg\005fread\005ffile"('{{scratch}}/readable')
---
-- a Unicode identifier with its own escape
select U&"pg!005fread_file" uescape '!' ('{{scratch}}/readable')
---
-- a Unicode schema
select U&"pg\005fcatalog".pg_read_file('{{scratch}}/readable')
---
-- with the name of the database
select {{db}}.pg_catalog.pg_read_file('{{scratch}}/readable')
---
-- in FROM
select * from pg_read_file('{{scratch}}/readable') as f
---
-- in ROWS FROM
select * from rows from (pg_read_file('{{scratch}}/readable'), generate_series(1, 2)) with ordinality
---
-- lateral
select f from canary, lateral pg_read_file('{{scratch}}/readable') f
---
-- VARIADIC
select concat(variadic array[pg_read_file('{{scratch}}/readable')])
---
-- named arguments
select pg_read_file(filename => '{{scratch}}/readable')
---
-- named arguments in the old way
select pg_read_file(filename := '{{scratch}}/readable', "offset" := 0, length := 5)
---
-- functional notation: an attribute that is a function
select ('{{scratch}}/readable'::text).pg_read_file
---
-- functional notation in a subquery
select (f).pg_read_file from (select '{{scratch}}/readable'::text as f) s
---
-- TREAT calls a function by the name of a type
select treat('{{scratch}}/readable' as pg_read_file)
---
-- TREAT with a function of the user
select treat(1 as bump)
---
-- in a default of nothing: coalesce
select coalesce(null, pg_read_file('{{scratch}}/readable'))
---
-- in CASE, where it is not reached by the planner
select case when id = 1 then pg_read_file('{{scratch}}/readable') end from canary
---
-- in ORDER BY
select 1 from canary order by pg_read_file('{{scratch}}/readable')
---
-- in GROUP BY
select count(*) from canary group by rollup (pg_read_file('{{scratch}}/readable'))
---
-- in LIMIT
select 1 limit length(pg_read_file('{{scratch}}/readable'))
---
-- in OFFSET
select 1 offset length(pg_read_file('{{scratch}}/readable')) - length(pg_read_file('{{scratch}}/readable')) rows
---
-- in a window's frame
select sum(id) over (order by id rows between length(pg_read_file('{{scratch}}/readable')) preceding and current row) from canary
---
-- in a named window
select sum(id) over w from canary window w as (partition by pg_read_file('{{scratch}}/readable'))
---
-- in FILTER
select count(*) filter (where pg_read_file('{{scratch}}/readable') <> '') from canary
---
-- in WITHIN GROUP
select percentile_cont(0.5) within group (order by length(pg_read_file('{{scratch}}/readable'))) from canary
---
-- in an aggregate's ORDER BY
select string_agg(note, ',' order by pg_read_file('{{scratch}}/readable')) from canary
---
-- in a join's condition
select 1 from canary a join canary b on pg_read_file('{{scratch}}/readable') is not null
---
-- in HAVING
select 1 from canary having pg_read_file('{{scratch}}/readable') <> ''
---
-- in TABLESAMPLE
select 1 from canary tablesample bernoulli (length(pg_read_file('{{scratch}}/readable')))
---
-- in REPEATABLE
select 1 from canary tablesample system (100) repeatable (length(pg_read_file('{{scratch}}/readable')))
---
-- in VALUES
values (pg_read_file('{{scratch}}/readable'))
---
-- in an array
select array[[pg_read_file('{{scratch}}/readable')]]
---
-- in a subscript
select (array[1])[length(pg_read_file('{{scratch}}/readable'))]
---
-- in a row
select row(pg_read_file('{{scratch}}/readable'))
---
-- in a JSON path's variables
select jsonb_path_query('1', '$', jsonb_build_object('a', pg_read_file('{{scratch}}/readable')))
---
-- in XMLTABLE
select * from xmltable('/r' passing (pg_read_file('{{scratch}}/readable')::xml) columns n text)
---
-- in XMLTABLE's default
select * from xmltable('/r' passing xml '<r/>' columns n text path 'x' default pg_read_file('{{scratch}}/readable'))
---
-- in XMLELEMENT's attributes
select xmlelement(name a, xmlattributes(pg_read_file('{{scratch}}/readable') as b))
---
-- in JSON_TABLE's passing
select * from json_table('{}', '$' passing pg_read_file('{{scratch}}/readable') as x columns (n text path '$'))
---
-- in JSON_TABLE's default
select * from json_table('{}', '$' columns (n text path '$.a' default pg_read_file('{{scratch}}/readable') on empty))
---
-- in JSON_OBJECT
select json_object('a' : pg_read_file('{{scratch}}/readable'))
---
-- in JSON_SERIALIZE
select json_serialize(json(pg_read_file('{{scratch}}/readable')))
---
-- in a recursive CTE's cycle clause
with recursive r(n) as (select 1 union all select n + 1 from r where n < 2) cycle n set c to pg_read_file('a') default 'x' using p select * from r
---
-- in DISTINCT ON
select distinct on (pg_read_file('{{scratch}}/readable')) 1
---
-- in quantified comparison
select 'x' = any (array[pg_read_file('{{scratch}}/readable')])
---
-- in an operator's arguments
select 1 operator(pg_catalog.+) length(pg_read_file('{{scratch}}/readable'))
---
-- in EXTRACT
select extract(epoch from pg_read_file('{{scratch}}/readable')::timestamptz)
---
-- in a cast
select cast(pg_read_file('{{scratch}}/readable') as xml)
---
-- in AT TIME ZONE
select now() at time zone pg_read_file('{{scratch}}/readable')
---
-- in explain
explain select pg_read_file('{{scratch}}/readable')
---
-- by the name of its text overload
select pg_read_binary_file('{{scratch}}/readable')
---
-- by the old name of an extension
select pg_catalog.pg_file_read('{{scratch}}/readable', 0, 10)
---
-- lists a directory
select pg_ls_dir('{{scratch}}')
---
-- tells about a file
select * from pg_stat_file('{{scratch}}/readable')
---
-- lists the log's directory
select * from pg_ls_logdir()
---
-- lists the log of changes
select * from pg_ls_waldir()
---
-- lists temporary files
select * from pg_ls_tmpdir()
---
-- lists finished archives
select * from pg_ls_archive_statusdir()
---
-- lists snapshots
select * from pg_ls_logicalsnapdir()
---
-- reads the rules of who may connect
select * from pg_hba_file_rules()
---
-- reads the map of users
select * from pg_ident_file_mappings()
---
-- reads configuration files
select * from pg_show_all_file_settings()
---
-- writes a file, by adminpack
select pg_file_write('{{scratch}}/adminpack', 'x', false)
---
-- removes a file, by adminpack
select pg_file_unlink('{{scratch}}/readable')
---
-- renames a file, by adminpack
select pg_file_rename('{{scratch}}/readable', '{{scratch}}/renamed')
---
-- imports a file as a large object
select lo_import('{{scratch}}/readable')
---
-- exports a large object to a file
select lo_export(4711, '{{scratch}}/exported')
---
-- creates a large object
select lo_create(0)
---
-- creates a large object in the old way
select lo_creat(-1)
---
-- makes a large object of bytes
select lo_from_bytea(0, 'x')
---
-- changes a large object
select lo_put(4711, 0, 'y')
---
-- reads a large object
select lo_get(4711)
---
-- opens a large object for writing
select lo_open(4711, 131072)
---
-- removes a large object
select lo_unlink(4711)
---
-- a descriptor's write
select lowrite(lo_open(4711, 131072), 'z')
---
-- truncates a large object
select lo_truncate(lo_open(4711, 131072), 0)
---
-- writes through another connection
select dblink_exec('{{conn}}', $$ insert into canary (note) values ('dblink') $$)
---
-- reads, so it says, through another connection
select * from dblink('{{conn}}', $$ insert into canary (note) values ('dblink') returning id $$) as t(id integer)
---
-- opens another connection
select dblink_connect('corpus', '{{conn}}')
---
-- opens another connection without a name
select dblink_connect_u('{{conn}}')
---
-- sends a query
select dblink_send_query('corpus', 'select 1')
---
-- opens a cursor elsewhere
select dblink_open('c', 'select bump()')
---
-- lists the keys of a table by another connection's helper
select dblink_build_sql_insert('canary', '1', 1, '{1}', '{1}')
---
-- ends the connections of a foreign server
select postgres_fdw_disconnect_all()
---
-- query_to_xml takes SQL as text
select query_to_xml('select bump()', true, false, '')
---
-- query_to_xmlschema
select query_to_xmlschema('select bump()', true, false, '')
---
-- query_to_xml_and_xmlschema
select query_to_xml_and_xmlschema('select bump()', true, false, '')
---
-- cursor_to_xml
select cursor_to_xml('_mcp', 1, true, false, '')
---
-- table_to_xml of a view with side effects
select table_to_xml('busy', true, false, '')
---
-- table_to_xml of passwords
select table_to_xml('pg_authid', true, false, '')
---
-- schema_to_xml
select schema_to_xml('public', true, false, '')
---
-- database_to_xml
select database_to_xml(true, false, '')
---
-- ts_stat takes SQL as text
select * from ts_stat('select body from documents where bump() > 0')
---
-- ts_rewrite takes SQL as text
select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery where bump() > 0')
---
-- crosstab takes SQL as text
select * from crosstab('select 1, 1, bump()') as t(a integer, b integer)
---
-- crosstab with categories as text
select * from crosstab('select 1, 1, 1', 'select bump()') as t(a integer, b integer)
---
-- crosstab2
select * from crosstab2('select ''a''::text, ''b''::text, bump()::text')
---
-- connectby builds SQL of its arguments
select * from connectby('canary', 'id', 'bump()', '1', 0) as t(id integer, parent integer, level integer)
---
-- xpath_table builds SQL of its arguments
select * from xpath_table('id', 'markup', 'documents', '/r/n', 'true) or (bump() > 0') as t(id integer, n text)
---
-- xslt_process reads what a stylesheet names
select xslt_process('<r/>', '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><xsl:copy-of select="document(''/etc/passwd'')"/></xsl:template></xsl:stylesheet>')
---
-- a hypothetical index, which a rollback does not take away
select * from hypopg_create_index('create index on orders (note)')
---
-- hides an index from the planner
select hypopg_hide_index('orders_pkey'::regclass)
---
-- forgets hypothetical indexes
select hypopg_reset()
---
-- forgets statistics of statements
select pg_stat_statements_reset()
---
-- makes a row visible that is not
select heap_force_kill('canary'::regclass, array['(0,1)'::tid])
---
-- freezes rows
select heap_force_freeze('canary'::regclass, array['(0,1)'::tid])
---
-- cuts a visibility map
select pg_truncate_visibility_map('canary')
---
-- reads raw pages
select get_raw_page('canary', 0)
---
-- loads a table into memory
select pg_prewarm('orders')
---
-- starts a worker
select autoprewarm_start_worker()
---
-- reads others' changes from the log
select * from pg_get_wal_records_info('0/1', '0/2')
---
-- throws a buffer out
select pg_buffercache_evict(1)
---
-- throws all buffers out
select pg_buffercache_evict_all()
---
-- locks rows by an aggregate's helper
select * from pgrowlocks('canary')

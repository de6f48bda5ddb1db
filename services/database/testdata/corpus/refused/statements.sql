-- two statements
select 1; select 2
---
-- leaves the transaction, then writes
commit; insert into canary (note) values ('x')
---
-- a read first, then a write
select 1; delete from canary
---
-- empty statements before a write [change]
;;; ; delete from canary where id = 1
---
-- a write between reads
select 1; insert into canary (note) values ('x') returning id; select 2
---
-- the second statement behind a comment
select 1 /* ; */ ; -- next
drop table canary
---
-- the separator after a string that looks open
select 'it''s' ; drop table canary; --'
---
-- the separator after an escape string
select E'\'' ; drop table canary; --'
---
-- the separator after a backslash, which is no escape in a plain string
select '\' ; drop table canary; --'
---
-- the separator after a dollar quote with a tag
select $a$ $b$ $a$; drop table canary; -- $b$ $a$
---
-- the separator after a nested comment
select 1 /* a /* b */ c */ ; drop table canary -- */
---
-- the separator after a quoted identifier with quotes in it
select 1 as "a""; b" ; drop table canary -- "
---
-- the separator after a bit string
select B'1' ; drop table canary
---
-- a carriage return ends a line comment [escaped]
"select 1 --\r; drop table canary"
---
-- a dollar sign inside an identifier starts no quote
select 1 as a$b$ ; drop table canary -- $b$
---
-- a dollar quote directly after a parameter
select $1$x$ ; drop table canary -- $x$
---
-- string continuation over a new line
select 'a'
'b'; drop table canary
---
-- commit
commit
---
-- commit and chain
commit and chain
---
-- end, an alias of commit
end
---
-- end work
end work
---
-- rollback
rollback
---
-- abort, an alias of rollback
abort
---
-- rollback and chain
rollback and chain
---
-- begin
begin
---
-- begin read write
begin read write
---
-- start transaction
start transaction read write
---
-- savepoint
savepoint s
---
-- release a savepoint
release savepoint s
---
-- rollback to a savepoint
rollback to s
---
-- two-phase commit
prepare transaction 'corpus'
---
-- commit prepared
commit prepared 'corpus'
---
-- rollback prepared
rollback prepared 'corpus'
---
-- prepare: survives a rollback
prepare corpus_plan as delete from canary
---
-- prepare a read
prepare corpus_read as select 1
---
-- execute
execute corpus_plan
---
-- deallocate
deallocate all
---
-- discard
discard all
---
-- discard plans
discard plans
---
-- listen
listen corpus
---
-- unlisten
unlisten *
---
-- notify
notify corpus, 'x'
---
-- lock a table
lock table canary
---
-- lock a table exclusively
lock table canary in access exclusive mode nowait
---
-- copy out to the client
copy canary to stdout
---
-- copy a query to the client
copy (select * from canary) to stdout
---
-- copy to a file
copy canary to '{{scratch}}/copied'
---
-- copy a query to a file
copy (select 1) to '{{scratch}}/copied'
---
-- copy to a program
copy (select 1) to program 'touch {{scratch}}/program'
---
-- copy from a file
copy canary (note) from '{{scratch}}/readable'
---
-- copy from a program
copy canary (note) from program 'touch {{scratch}}/program; echo x'
---
-- copy from the client, which would wait for data
copy canary from stdin
---
-- do
do $$ begin insert into canary (note) values ('do'); end $$
---
-- do with a language
do language plpgsql 'begin perform bump(); end'
---
-- call a procedure
call bump_procedure()
---
-- vacuum
vacuum canary
---
-- vacuum with options
vacuum (full, analyze) canary
---
-- analyze
analyze canary
---
-- analyse, as it is also spelled
analyse canary
---
-- reindex
reindex table canary
---
-- reindex the system
reindex (verbose) system
---
-- cluster
cluster canary using canary_pkey
---
-- checkpoint
checkpoint
---
-- load
load 'auto_explain'
---
-- set
set work_mem = '77MB'
---
-- set to write
set transaction_read_only = off
---
-- set transaction
set transaction read write
---
-- set the characteristics of the session
set session characteristics as transaction read write
---
-- set local
set local statement_timeout = 0
---
-- set the time zone
set time zone 'Europe/Berlin'
---
-- set names
set names 'LATIN1'
---
-- set role
set role pg_read_all_data
---
-- set session authorization
set session authorization corpus_reader
---
-- set constraints
set constraints all deferred
---
-- set xml option
set xml option document
---
-- reset
reset all
---
-- reset role
reset role
---
-- reset a setting that guards
reset statement_timeout
---
-- security label
security label on table canary is 'x'
---
-- alter system
alter system set work_mem = '77MB'
---
-- alter system reset
alter system reset all
---
-- refresh a materialized view
refresh materialized view totals
---
-- refresh without data
refresh materialized view totals with no data
---
-- import a foreign schema
import foreign schema public from server loop into shadow
---
-- declare a cursor
declare c cursor for select 1
---
-- declare one that outlives the transaction
declare c cursor with hold for select * from canary
---
-- fetch from the server's own cursor
fetch all from _mcp
---
-- move in it
move forward all in _mcp
---
-- close all
close all
---
-- show with a second statement
show work_mem; drop table canary
---
-- explain with a second statement
explain select 1; drop table canary
---
-- a word that no statement begins with
frobnicate the database
---
-- nothing at all [escaped]
""
---
-- blanks [escaped]
" \t\r\n\f\v "
---
-- a separator alone
;
---
-- only a comment
/* nothing */
---
-- only a line comment
-- nothing
---
-- a psql command
\! touch {{scratch}}/psql
---
-- a psql command after a query
select 1 \gexec
---
-- copy data inline
copy canary (note) from stdin;
x
\.
---
-- EXPLAIN with analyze switched off, which is not allowed
explain (analyze off, costs off) select 1
---
-- all settings by SHOW, which is not allowed
show all

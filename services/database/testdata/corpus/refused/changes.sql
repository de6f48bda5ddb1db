-- insert
insert into canary (note) values ('x')
---
-- insert with rows returned
insert into canary (note) values ('x') returning *
---
-- insert with a conflict clause
insert into customers (email, full_name, country, created_at) values ('a', 'b', 'DE', now()) on conflict (email) do update set full_name = 'x'
---
-- insert default values
insert into canary default values returning id
---
-- update
update canary set note = 'x' returning id
---
-- delete
delete from canary
---
-- delete using
delete from canary c using orders o where o.id = c.id returning c.id
---
-- merge
merge into canary c using (values (1)) v(id) on v.id = c.id when matched then delete
---
-- merge with rows returned
merge into canary c using (values (1)) v(id) on v.id = c.id when matched then update set note = 'x' returning c.*
---
-- insert in a CTE
with w as (insert into canary (note) values ('x') returning id) select * from w
---
-- update in a CTE
with w as (update canary set note = 'x' returning id) select * from w
---
-- delete in a CTE
with w as (delete from canary returning *) select count(*) from w
---
-- merge in a CTE
with w as (merge into canary c using (values (1)) v(id) on v.id = c.id when matched then delete returning c.id) select * from w
---
-- delete in a CTE that is not read
with w as (delete from canary) select 1
---
-- delete in the second CTE
with a as (select 1), b as not materialized (delete from canary returning id) select * from a, b
---
-- delete in a nested CTE
with a as (with b as (delete from canary returning id) select * from b) select * from a
---
-- delete in a CTE of a subquery
select * from (with b as (delete from canary returning id) select * from b) s
---
-- delete in a CTE in parentheses
(with w as (delete from canary returning id) select * from w)
---
-- delete in a CTE with comments between
with w as/**/(/**/delete/**/from canary returning id) select * from w
---
-- delete in a recursive CTE
with recursive w as (delete from canary returning id) select * from w
---
-- delete in a materialized CTE, called as a keyword is
with "select" as materialized (delete from canary returning id) select * from "select"
---
-- the outer statement changes [change]
with a as (select 1 as n) insert into canary (note) select n::text from a
---
-- the outer statement deletes, in parentheses before [change]
with a as (select 1 as n) delete from canary using a where id = n returning *
---
-- an insert that a table expression feeds
with a as (values (1)) update canary set note = 'x' from a
---
-- row locks
select * from canary for update
---
-- row locks, weaker
select * from canary for no key update
---
-- shared row locks
select * from canary for share
---
-- weakest row locks
select * from canary for key share
---
-- row locks without waiting
select * from canary for update nowait
---
-- row locks that skip
select * from canary c for update of c skip locked limit 1
---
-- row locks in a subquery
select * from (select * from canary for update) s
---
-- row locks in a CTE
with c as (select * from canary for share) select * from c
---
-- row locks with comments between
select * from canary for/**/update
---
-- row locks on a table command
table canary for update
---
-- for read only and then for update
select * from canary for read only for update
---
-- explain analyze runs it
explain analyze delete from canary
---
-- explain analyze in parentheses
explain (analyze) delete from canary
---
-- explain analyze, true
explain (costs off, analyze true, format json) insert into canary (note) values ('x')
---
-- explain analyze, on
explain (analyze on) update canary set note = 'x'
---
-- explain analyze, 1
explain (analyze 1) delete from canary
---
-- explain analyze as a string
explain (analyze 'true') delete from canary
---
-- explain analyze, quoted
explain ("analyze") delete from canary
---
-- explain analyze, a Unicode identifier
explain (U&"\0061nalyze") delete from canary
---
-- explain analyse
explain analyse delete from canary
---
-- explain analyze verbose
explain analyze verbose delete from canary
---
-- explain analyze, said twice
explain (analyze off, analyze on) delete from canary
---
-- explain analyze with comments between
explain/**/(/**/analyze/**/) delete from canary
---
-- explain analyze of a read
explain analyze select bump()
---
-- explain (analyze) of a read without side effects
explain (analyze) select 1
---
-- explain analyze of execute
explain analyze execute corpus_plan
---
-- explain analyze of a cursor
explain analyze declare c cursor for select bump()
---
-- explain analyze of a materialized view
explain analyze create materialized view made as select 1
---
-- explain analyze of refresh
explain analyze refresh materialized view totals
---
-- explain serialize
explain (analyze, serialize text) select bump()
---
-- explain of a change, without analyze
explain delete from canary
---
-- explain of a change in a CTE
explain with w as (delete from canary returning id) select * from w
---
-- explain of explain
explain explain analyze delete from canary
---
-- old and new of what was changed
update canary set note = 'x' returning old.note, new.note
---
-- returning with aliases
with w as (delete from canary returning with (old as o) o.id) select * from w
---
-- writes to a system catalog
update pg_class set relname = 'x' where relname = 'canary'
---
-- writes to a view with a rule behind it
insert into pg_settings (name, setting) values ('work_mem', '77MB')
---
-- update of pg_settings calls set_config by a rule
update pg_settings set setting = '77MB' where name = 'work_mem'
---
-- writes through a foreign table
insert into remote_canary values (100, 'x')

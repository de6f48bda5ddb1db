-- a view that calls a volatile function
select * from busy
---
-- a view by TABLE
table busy
---
-- a view whose condition calls
select count(*) from busy_table
---
-- an operator over a volatile function
select 1 ### 2
---
-- an operator by its qualified name
select 1 operator(public.###) 2
---
-- a prefix operator over a volatile function
select !!! 1
---
-- an operator in ANY
select 1 ### any (array[1, 2])
---
-- a cast over a volatile function
select cast(row('a')::coin as integer)
---
-- a cast by ::
select row('a')::coin::integer
---
-- an implicit cast over a volatile function
select length(row('a')::coin)
---
-- a domain whose check calls
select 1::noisy
---
-- a domain by a literal with its type
select noisy '1'
---
-- an array of a domain whose check calls
select '{1,2}'::noisy[]
---
-- a domain in a record's definition
select * from json_to_record('{"a":1}') as t(a noisy)
---
-- a domain in XMLTABLE
select * from xmltable('/r' passing xml '<r><n>1</n></r>' columns n noisy path 'n')
---
-- a domain in JSON_TABLE [17]
select * from json_table('{"a":1}', '$' columns (n noisy path '$.a'))
---
-- a function that says it is stable
select liar()
---
-- a function that says it is immutable, folded when it is planned
select liar_immutable(1)
---
-- the same without running it
select 1 where liar_immutable(1) = 0
---
-- a default of an argument
select defaulted()
---
-- an aggregate whose step says it is immutable
select liar_agg(id) from canary
---
-- an operator class that calls, in ORDER BY
select id from canary order by id using <##
---
-- a range whose order calls
select loud_range(1, 2)
---
-- a range literal whose order calls
select '[1,2)'::loud_range
---
-- a foreign table over a view that calls, in another session
select * from remote_busy
---
-- a lock's function in a view, that says it is none
select coalesce((select n from busy), 0)
---
-- an explain that plans a call
explain select 1 where liar_immutable(1) = 0
---
-- a domain's check by a direct call
select domain_in('1', 'noisy'::regtype, -1)
---
-- array_in of a domain's array
select array_in('{1}', 'noisy'::regtype, -1)

-- a view that writes through another connection, as a role whose rights bound nothing
select * from remote_write
---
-- a view that writes into the log of changes
select length(n::text) from message_view
---
-- a view that sets a parameter
select * from setting_view
---
-- a view that takes an advisory lock
select * from lock_view
---
-- such a view in a subquery, by its schema
select count(*) from canary where exists (select from public.lock_view)
---
-- in quotes, behind a comment
select 1 from /* x */ "lock_view"
---
-- as a table
table lock_view
---
-- hashes of passwords, as statistics of the table that holds them
select most_common_vals, histogram_bounds from pg_stats where tablename = 'pg_authid'
---
-- the same by the name of its schema, in a subquery
select (select count(*) from pg_catalog . "pg_stats" s)

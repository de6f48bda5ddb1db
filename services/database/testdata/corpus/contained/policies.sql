-- a policy that calls [reader]
select * from guarded
---
-- a policy that calls, in a subquery [reader]
select exists (select from guarded)

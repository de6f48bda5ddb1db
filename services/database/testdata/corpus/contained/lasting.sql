-- a sequence that a view advances
select * from tickets_view
---
-- a sequence that a view advances, in another session [lasts]
select * from remote_tickets
---
-- a message in the log of changes [reads logged reader]
select length(n::text) from message_view
---
-- a file that a foreign table shows [reads]
select * from server_file
---
-- a view that sleeps longer than a statement may
select * from slow_view
---
-- a setting, which the rollback takes back [reads reader]
select * from setting_view
---
-- an advisory lock [reads reader]
select * from lock_view

-- Takes n tokens of a bucket, all or none. The bucket is the time at which it is
-- full, in microseconds by this server's clock, so that replicas need not agree
-- on theirs; a full bucket is no key. Returns how long it takes until there are
-- n tokens, 0 if they were taken, and how long until the bucket is full.
local interval, capacity, n = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local debt = math.max(0, (redis.call('GET', KEYS[1]) or now) - now)
-- The clock was set back, or the limit was lowered.
debt = math.min(debt, capacity)
local wait = debt + n * interval - capacity
if wait > 0 then
  return {math.ceil(wait), math.floor(debt)}
end
debt = debt + n * interval
redis.call('SET', KEYS[1], string.format('%.2f', now + debt), 'PX', math.ceil(debt / 1000))
return {0, math.floor(debt)}

-- Numbers of one pool that were released longest ago, and from now on count as given: proposals, never leases.
-- KEYS[1]: the pool's sorted set, number by release; KEYS[2]: the digest of the numbers it was filled with.
-- ARGV: digest, now, how many, until when they count as given; Unix seconds.
-- Nothing where it must be filled from the rows first.
if redis.call('GET', KEYS[2]) ~= ARGV[1] or redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local found = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3])
for _, number in ipairs(found) do
  redis.call('ZADD', KEYS[1], ARGV[4], number)
end
return found

-- A pool's numbers by when they are free, instead of those that were there.
-- KEYS[1]: the pool's sorted set; KEYS[2]: the digest of the numbers it is filled with.
-- ARGV: digest, for how many seconds both are kept, then each release and its number.
redis.call('DEL', KEYS[1])
for first = 3, #ARGV, 1000 do -- unpack has a limit of some thousands
  redis.call('ZADD', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])

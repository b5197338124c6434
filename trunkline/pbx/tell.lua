-- Writes fields of a hash and publishes what changed in the channel of the same name, in one step.
-- KEYS[1]: the hash. ARGV: '1' where these are all its fields, the message, then each field and its value.
if ARGV[1] == '1' then
  redis.call('DEL', KEYS[1])
end
for first = 3, #ARGV, 1000 do -- unpack has a limit of some thousands
  redis.call('HSET', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('PUBLISH', KEYS[1], ARGV[2])

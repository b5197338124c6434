-- Reserves extensions for a call, and gives back what the call held before.
-- KEYS: the call's own set; the keys wanted; the keys only looked at. ARGV: call, milliseconds, how many are wanted,
-- then the extension of every key after the first. Returns the extensions that other calls hold.
local own, call, ttl, wanted = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local taken, kept = {}, {}
for place = 2, #KEYS do
  local holder = redis.call('GET', KEYS[place])
  if holder and holder ~= call then
    taken[#taken + 1] = ARGV[place + 2]
  elseif place <= wanted + 1 then
    redis.call('SET', KEYS[place], call, 'PX', ttl)
    kept[KEYS[place]] = true
  end
end
for _, key in ipairs(redis.call('SMEMBERS', own)) do
  if not kept[key] and redis.call('GET', key) == call then
    redis.call('DEL', key)
  end
end
redis.call('DEL', own)
if next(kept) then
  for key in pairs(kept) do
    redis.call('SADD', own, key)
  end
  redis.call('PEXPIRE', own, ttl)
end
return taken

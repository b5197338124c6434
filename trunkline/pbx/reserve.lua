-- Reserves extensions for one call after another, and gives back what each held before.
-- KEYS, of each call: its own set; the keys wanted; the keys only looked at. ARGV, of each call: its id, milliseconds,
-- how many are wanted, how many extensions follow, and these, one for every key after the first.
-- Returns for each call the extensions that other calls hold.
local key, arg, answers = 1, 1, {}
while arg <= #ARGV do
  local own, call, ttl = KEYS[key], ARGV[arg], tonumber(ARGV[arg + 1])
  local wanted, count = tonumber(ARGV[arg + 2]), tonumber(ARGV[arg + 3])
  local taken, kept = {}, {}
  for place = 1, count do
    local name = KEYS[key + place]
    local holder = redis.call('GET', name)
    if holder and holder ~= call then
      taken[#taken + 1] = ARGV[arg + 3 + place]
    elseif place <= wanted then
      redis.call('SET', name, call, 'PX', ttl)
      kept[name] = true
    end
  end
  for _, name in ipairs(redis.call('SMEMBERS', own)) do
    if not kept[name] and redis.call('GET', name) == call then
      redis.call('DEL', name)
    end
  end
  redis.call('DEL', own)
  if next(kept) then
    for name in pairs(kept) do
      redis.call('SADD', own, name)
    end
    redis.call('PEXPIRE', own, ttl)
  end
  answers[#answers + 1] = taken
  key, arg = key + 1 + count, arg + 4 + count
end
return answers

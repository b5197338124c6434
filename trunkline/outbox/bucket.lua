-- A token bucket. KEYS[1]: its hash. ARGV: now, rate, burst, want, reserve. Returns granted tokens and the wait in ms
-- for the next; the last `reserve` tokens are not given.
-- trunkline/outbox/bucket.py is the same arithmetic for when Valkey is away; a test holds the two equal.
local now, rate, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local reserve = tonumber(ARGV[5]) or 0
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'pause')
local tokens, at, pause = tonumber(kept[1]) or burst, tonumber(kept[2]) or now, tonumber(kept[3]) or 0
if now > at then
  tokens = math.min(burst, tokens + (now - at) * rate)
  at = now
end
local granted = 0
if now >= pause then
  granted = math.max(0, math.min(want, math.floor(tokens - reserve)))
  tokens = tokens - granted
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at', string.format('%.17g', at))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 3600000)
if now < pause then
  return {0, math.ceil((pause - now) * 1000)}
end
return {granted, math.max(0, math.ceil((1 + reserve - tokens) / rate * 1000))}

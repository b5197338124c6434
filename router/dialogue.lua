-- One lot of turns at the end of the stream KEYS[1]. ARGV: seconds a state is good, what is told.
-- By Valkey's own clock, for processes differ; what is older is nobody's, and after a quiet time nothing is left.
local oldest = tonumber(redis.call('TIME')[1]) - tonumber(ARGV[1])
redis.call('XADD', KEYS[1], 'MINID', '~', oldest * 1000, '*', 'told', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[1])

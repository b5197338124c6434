-- What is known of some calls of one PBX, and what is to be known of others from now on.
-- KEYS: of the calls looked at; then of those told of. ARGV: seconds; the state of each that is told of.
-- Returns a line for each call looked at: a plus and its state, or nothing where none is known. One text, for a client
-- takes longer to read a list than this takes to write it.
local looked = #KEYS - #ARGV + 1
local lines = {}
for place = 1, looked do
  local state = redis.call('GET', KEYS[place])
  lines[place] = state and '+' .. string.gsub(state, '\n', ' ') or ''
end
for place = 2, #ARGV do
  redis.call('SET', KEYS[looked + place - 1], ARGV[place], 'EX', ARGV[1])
end
return table.concat(lines, '\n')

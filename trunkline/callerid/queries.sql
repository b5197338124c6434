-- name: save_choices
-- Choices as they were answered; one that is there already stays.
insert into outgoing_choices
select * from jsonb_populate_recordset(null::outgoing_choices, $1::text::jsonb)
on conflict do nothing;

-- name: remember_shown
-- The line each client will have seen, unless something newer is known.
insert into last_lines as known (number, line_id, at)
select distinct on (client) client, lines.id, told.at
from jsonb_to_recordset($1::text::jsonb) as told (client text, caller_id text, at timestamptz)
join lines on lines.number = told.caller_id
where client like '+%'
order by client, told.at desc
on conflict (number) do update set line_id = excluded.line_id, at = excluded.at where excluded.at > known.at;

-- name: last_lines_mark
-- Changes whenever the file of last lines would.
select max(at) as at, (select count(*)::int from lines where active) as lines from last_lines;

-- name: last_lines
-- The latest numbers with the line each knows, in the order of their keys.
select directory_key(number) as key, line
from (
    select last_lines.number, lines.number as line
    from last_lines join lines on lines.id = line_id
    where active and last_lines.number ~ '^\+[0-9]{5,15}$'
    order by last_lines.at desc limit $1
) as latest
order by key;

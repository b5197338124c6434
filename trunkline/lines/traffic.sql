-- name: traffic_of
-- The last incoming call of each line, and how many came in the 30 days up to it; ids below $2 are not looked at.
select lines.id, last.at as last, coalesce(count.calls, 0) as calls
from lines
left join lateral (
    select started_at as at from calls where line_id = lines.id and direction = 'in' order by id desc limit 1
) as last on true
left join lateral (
    select count(*) as calls from calls
    where line_id = lines.id and direction = 'in' and id >= $2 and started_at > last.at - interval '30 days'
) as count on true
where lines.id = any ($1);

-- name: unknown_numbers
-- What was dialled on incoming calls since id $1 and is neither a line nor an alias.
select lower(dialled) as dialled, array_agg(distinct pbx) as pbxs, count(*) as calls, max(started_at) as last
from calls
where line_id is null and direction = 'in' and dialled <> '' and id >= $1 and outcome <> 'merged'
group by lower(dialled)
order by calls desc, last desc
limit $2;

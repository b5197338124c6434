-- name: missed_share
-- Incoming calls from $1 to $2 (ids from $3 to $4) by line, queue, hour of the zone $5 and reason, within the reach
-- $7 (person), $8 (departments), $9 (lines); a caller who gives up within $6 milliseconds is short.
with told as (
    select
        dialled, queues, client, missed_why,
        lpad(extract(hour from started_at at time zone $5)::text, 2, '0') as hour,
        case
            when outcome = 'missed' and wait_ms < $6 and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted')
                then 'short'
            else outcome
        end as what
    from calls
    where id >= $3 and id < $4 and started_at >= $1 and started_at < $2
        and direction = 'in' and outcome in ('answered', 'missed', 'screened')
        and ($7::uuid = any (people)
             or (($8::uuid[] is null or departments && $8) and ($9::uuid[] is null or line_id = any ($9))))
), keyed as (
    select '' as by, '' as key, what, client from told
    union all select 'line', dialled, what, client from told
    union all select 'hour', hour, what, client from told
    union all select 'reason', missed_why, what, client from told where what = 'missed' and missed_why is not null
    union all select 'queue', queue, what, client from told cross join unnest(queues) as queue
)
select
    by, key,
    count(*) filter (where what = 'answered')::integer as answered,
    count(*) filter (where what = 'missed')::integer as missed,
    count(*) filter (where what = 'short')::integer as short,
    count(*) filter (where what = 'screened')::integer as screened,
    count(distinct client) filter (where what in ('answered', 'missed') and client <> '')::integer as callers,
    count(distinct client) filter (where what = 'answered' and client <> '')::integer as reached
from keyed group by by, key order by by, missed desc, key;

-- name: callbacks
-- How soon clients missed from $1 to $2 were called back, by line, queue and day of the zone $3, within the reach $4 (person),
-- $5 (departments), $6 (lines); $7 is now. Spam is nobody's client.
with told as (
    select
        dialled, queue, (first_missed_at at time zone $3)::date::text as day,
        called_back_at is not null as called_back,
        closed_how = 'got_through' and called_back_at is null as got_through,
        closed_how = 'by_hand' and called_back_at is null as by_hand,
        closed_how = 'aged' as aged,
        closed_at is null and called_back_at is null as waiting,
        case when called_back_at is not null then greatest(0, extract(epoch from called_back_at - missed_until)) end as took,
        least(called_back_at, case when closed_how <> 'aged' then closed_at end) as helped_at, promised_at
    from missed_clients
    where first_missed_at >= $1 and first_missed_at < $2 and closed_how is distinct from 'spam'
        and ($4::uuid = any (people) or $4 = owner_id
             or (($5::uuid[] is null or departments && $5) and ($6::uuid[] is null or lines && $6)))
), keyed as (
    select '' as by, '' as key, * from told
    union all select 'line', dialled, * from told
    union all select 'queue', queue, * from told where queue <> ''
    union all select 'day', day, * from told
)
select
    by, key,
    count(*)::integer as clients,
    (count(*) filter (where called_back))::integer as called_back,
    (count(*) filter (where got_through))::integer as got_through,
    (count(*) filter (where by_hand))::integer as by_hand,
    (count(*) filter (where aged))::integer as aged,
    (count(*) filter (where waiting))::integer as waiting,
    percentile_cont(0.5) within group (order by took)::float8 as median,
    percentile_cont(0.9) within group (order by took)::float8 as p90,
    (count(*) filter (where coalesce(helped_at, $7) <= promised_at and helped_at is not null))::integer as kept,
    (count(*) filter (where helped_at is not null or promised_at < $7))::integer as due
from keyed group by by, key order by by, clients desc, key;

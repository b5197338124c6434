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

-- name: missed_share_rolled
-- The same for everybody's calls and whole UTC hours from $1 to $2, from the roll-up; hours that changed since, from the
-- calls. $3 is the zone of the hours.
with changed as (
    select distinct hour from report_changes where hour >= $1 and hour < $2
), parts as (
    select * from report_missed as rolled where hour >= $1 and hour < $2
        and not exists (select from changed where changed.hour = rolled.hour)
    union all
    select fresh.* from changed cross join lateral report_missed_of(changed.hour, changed.hour + interval '1 hour') as fresh
), keyed as (
    select "by", key, answered, missed, short, screened, callers, reached from parts
    union all
    select 'hour', lpad(extract(hour from hour at time zone $3)::text, 2, '0'),
        answered, missed, short, screened, callers, reached
    from parts where "by" = ''
), sums as (
    select "by", key, sum(answered)::integer as answered, sum(missed)::integer as missed, sum(short)::integer as short,
        sum(screened)::integer as screened
    from keyed group by "by", key
), callers as (
    select "by", key, count(distinct caller)::integer as number from keyed cross join unnest(callers) as caller
    group by "by", key
), reached as (
    select "by", key, count(distinct caller)::integer as number from keyed cross join unnest(reached) as caller
    group by "by", key
)
select
    "by", key, answered, missed, short, screened, coalesce(callers.number, 0) as callers,
    coalesce(reached.number, 0) as reached
from sums left join callers using ("by", key) left join reached using ("by", key)
order by "by", missed desc, key;

-- name: quality
-- Figures of each line with the operator it had that day in the zone $3, calls of $1 to $2, as (what, key, number). $4: read
-- the calls themselves, within the reach $5 (person), $6 (departments), $7 (lines); else the roll-up, as above.
with changed as (
    select distinct hour from report_changes where hour >= $1 and hour < $2 and not $4
), parts as (
    select * from report_quality as rolled where hour >= $1 and hour < $2 and not $4
        and not exists (select from changed where changed.hour = rolled.hour)
    union all
    select fresh.* from changed
    cross join lateral report_quality_of(changed.hour, changed.hour + interval '1 hour', null, null, null) as fresh
    union all
    select * from report_quality_of($1, $2, $5, $6, $7) where $4
), told as (
    select direction, line, pbx, trunk, (hour at time zone $3)::date as day, what, key, sum(number)::integer as number
    from parts
    cross join lateral (
        values ('calls', '', calls), ('answered', '', answered), ('short', '', short)
        union all select 'cause', key, value::integer from jsonb_each_text(causes) as each (key, value)
        union all select 'delay', key, value::integer from jsonb_each_text(delays) as each (key, value)
    ) as figures (what, key, number)
    group by direction, line, pbx, trunk, day, what, key
), places as (
    select distinct direction, line, pbx, trunk, day from told
), carried as (
    select places.*, coalesce(
        term.operator,
        case when not exists (select from line_operators where line_id = lines.id) then nullif(lines.operator, '') end,
        trunks.operator, ''
    ) as operator
    from places
    left join lines on lines.number = places.line
    left join line_operators as term
        on term.line_id = lines.id and term.since <= day and (term.until is null or term.until > day)
    left join trunks on trunks.pbx_id = places.pbx and trunks.name = places.trunk
)
select direction, line, operator, what, key, sum(number)::integer as number
from told join carried using (direction, line, pbx, trunk, day)
group by direction, line, operator, what, key;

-- name: take_hours
-- Up to $1 hours to be rolled up, the latest first: whoever changed them has committed. An xid of the future comes from
-- another life of this database, from before it was restored.
with settled as (
    select hour, xid from report_changes
    where xid < pg_snapshot_xmin(pg_current_snapshot()) or xid >= pg_snapshot_xmax(pg_current_snapshot())
)
delete from report_changes as noted using settled
where noted.hour = settled.hour and noted.xid = settled.xid
    and noted.hour in (select distinct hour from settled order by hour desc limit $1)
returning noted.hour;

-- name: clear_missed
delete from report_missed where hour = any ($1::timestamptz[]);

-- name: clear_quality
delete from report_quality where hour = any ($1::timestamptz[]);

-- name: roll_missed
insert into report_missed
select told.* from unnest($1::timestamptz[]) as began (hour)
cross join lateral report_missed_of(began.hour, began.hour + interval '1 hour') as told;

-- name: roll_quality
insert into report_quality
select told.* from unnest($1::timestamptz[]) as began (hour)
cross join lateral report_quality_of(began.hour, began.hour + interval '1 hour', null, null, null) as told;

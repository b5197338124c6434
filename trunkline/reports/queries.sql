-- name: missed_share
-- Incoming calls from $1 to $2 (ids from $3 to $4) by line, queue, hour of the zone $5 and reason, within the reach
-- $6 (person), $7 (departments), $8 (lines); a caller who gives up sooner than the rule says is short.
with told as (
    select
        dialled, queues, client, missed_why,
        lpad(extract(hour from started_at at time zone $5)::text, 2, '0') as hour,
        case
            when outcome = 'missed' and wait_ms < (select 1000 * short_seconds from missed_rules) and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted')
                then 'short'
            else outcome
        end as what
    from calls
    where id >= $3 and id < $4 and started_at >= $1 and started_at < $2
        and direction = 'in' and outcome in ('answered', 'missed', 'screened')
        and ($6::uuid = any (people)
             or (($7::uuid[] is null or departments && $7) and ($8::uuid[] is null or line_id = any ($8))))
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

-- name: rolled_zone
select zone from report_zone;

-- name: missed_share_rolled
-- The same for everybody's calls of the days $1 up to $2 of the zone $3, from the roll-up; days that changed since, from the
-- calls.
with changed as (
    select distinct ((hour + slack) at time zone $3)::date as day
    from report_changes cross join unnest(array[interval '0', interval '3599 s']) as slack
    where hour > $1::timestamp at time zone $3 - interval '1 hour' and hour < $2::timestamp at time zone $3
), parts as (
    select * from report_missed as rolled where day >= $1 and day < $2
        and not exists (select from changed where changed.day = rolled.day)
    union all
    select fresh.* from changed
    cross join lateral report_missed_of(
        day::timestamp at time zone $3, (day + 1)::timestamp at time zone $3, $3
    ) as fresh
    where changed.day >= $1 and changed.day < $2
), sums as (
    select "by", key, sum(answered)::integer as answered, sum(missed)::integer as missed, sum(short)::integer as short,
        sum(screened)::integer as screened
    from parts group by "by", key
), met as (
    select "by", key, caller, bool_or(answered) as answered
    from (
        select "by", key, unnest(callers) as caller, false as answered from parts
        union all select "by", key, unnest(reached), true from parts
    ) as each group by "by", key, caller
), callers as (
    select "by", key, count(*)::integer as callers, (count(*) filter (where answered))::integer as reached
    from met group by "by", key
)
select "by", key, answered, missed, short, screened, coalesce(callers, 0) as callers, coalesce(reached, 0) as reached
from sums left join callers using ("by", key)
order by "by", missed desc, key;

-- name: quality
-- Figures of each line with the operator it had that day, for the days $1 up to $2 of the zone $3, as (what, key, number).
-- $4: read the calls themselves, within the reach $5 (person), $6 (departments), $7 (lines); else the roll-up, as above.
with changed as (
    select distinct ((hour + slack) at time zone $3)::date as day
    from report_changes cross join unnest(array[interval '0', interval '3599 s']) as slack
    where hour > $1::timestamp at time zone $3 - interval '1 hour' and hour < $2::timestamp at time zone $3 and not $4
), parts as (
    select * from report_quality as rolled where day >= $1 and day < $2 and not $4
        and not exists (select from changed where changed.day = rolled.day)
    union all
    select fresh.* from changed
    cross join lateral report_quality_of(
        day::timestamp at time zone $3, (day + 1)::timestamp at time zone $3, $3, null, null, null
    ) as fresh
    where changed.day >= $1 and changed.day < $2
    union all
    select told.* from report_quality_of(
        $1::timestamp at time zone $3, $2::timestamp at time zone $3, $3, $5, $6, $7
    ) as told where $4
), places as (
    select distinct direction, line, pbx, trunk, day from parts
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
), named as (
    select operator, parts.* from parts join carried using (direction, line, pbx, trunk, day)
)
select direction, line, operator, what, key, sum(number)::integer as number
from named
cross join lateral (
    values ('calls', '', calls), ('answered', '', answered), ('short', '', short)
    union all select 'cause', key, value::integer from jsonb_each_text(causes) as each (key, value)
    union all select 'delay', key, value::integer from jsonb_each_text(delays) as each (key, value)
) as figures (what, key, number)
group by direction, line, operator, what, key;

-- name: hold_roll_up
-- One machine rolls up at a time.
select pg_try_advisory_xact_lock(7245014);

-- name: begin_anew
-- The roll-up is of another zone, or none: every hour that has calls is to be counted.
with gone as (delete from report_missed), gone_too as (delete from report_quality), noted as (
    insert into report_changes (hour) select distinct date_trunc('hour', started_at, 'UTC') from calls
    on conflict do nothing
)
insert into report_zone (zone) values ($1) on conflict (the_row) do update set zone = excluded.zone;

-- name: settled_mark
-- Transactions before this one are over, and what they wrote is seen.
select pg_snapshot_xmin(pg_current_snapshot())::text;

-- name: take_hours
-- The hours of up to $1 days of the zone $2 to be rolled up, the latest first: whoever changed them was done by the mark $3.
-- An xid of the future comes from another life of this database, from before it was restored.
with settled as (
    select hour, xid, (hour at time zone $2)::date as day from report_changes
    where xid < $3::text::xid8 or xid >= pg_snapshot_xmax(pg_current_snapshot())
)
delete from report_changes as noted using settled
where noted.hour = settled.hour and noted.xid = settled.xid
    and settled.day in (select distinct day from settled order by day desc limit $1)
returning noted.hour;

-- name: clear_missed
delete from report_missed where day = any ($1::date[]);

-- name: clear_quality
delete from report_quality where day = any ($1::date[]);

-- name: roll_missed
insert into report_missed
select told.* from unnest($1::date[]) as one (day)
cross join lateral report_missed_of(
    one.day::timestamp at time zone $2, (one.day + 1)::timestamp at time zone $2, $2
) as told;

-- name: roll_quality
insert into report_quality
select told.* from unnest($1::date[]) as one (day)
cross join lateral report_quality_of(
    one.day::timestamp at time zone $2, (one.day + 1)::timestamp at time zone $2, $2, null, null, null
) as told;

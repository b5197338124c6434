-- name: hold_quarters
-- One machine counts at a time.
select pg_try_advisory_xact_lock(293);

-- name: mark_of
select at from pool_quarters_mark;

-- name: first_lease
-- When the first lease from id $1 on was granted.
select min(granted_at) from (
    (select granted_at from lease_history where id >= $1 order by id limit 1)
    union all
    (select granted_at from lease_current where id >= $1 order by id limit 1)
) as either;

-- name: clear_quarters
delete from pool_quarters where at >= $1 and at < $2;

-- name: count_quarters
-- Count the quarters from $1 up to $2 of every pool: leases with ids from $3 up to $4, on a screen until $5 at most.
insert into pool_quarters (pool_id, at, exclusive, cooling, shared, missed, dwell_seconds)
select pool_id, at, sum(exclusive), sum(cooling), sum(shared), sum(missed), sum(dwell_seconds)
from (
    select pool_id, date_bin('15 min', granted_at, timestamptz '2001-01-01Z') as at,
           count(*) filter (where kind = 'exclusive') as exclusive, count(*) filter (where kind = 'cooling') as cooling,
           count(*) filter (where kind = 'shared') as shared, 0 as missed,
           sum(extract(epoch from greatest(least(seen_until, $5), granted_at) - granted_at))::bigint as dwell_seconds
    from (
        select pool_id, kind, granted_at, seen_until from lease_history where id >= $3 and id < $4
        union all
        select pool_id, kind, granted_at, seen_until from lease_current where id >= $3 and id < $4
    ) as leased
    where granted_at >= $1 and granted_at < $2 group by 1, 2
    union all
    select m.pool_id, date_bin('15 min', m.at, timestamptz '2001-01-01Z'), 0, 0, 0, count(*), 0
    from lease_misses m
    -- Who was given a number later in his visit has asked once.
    where m.at >= $1 and m.at < $2
      and not exists (select from lease_history h where h.visit_id = m.visit_id and h.pool_id = m.pool_id and h.id >= $3)
      and not exists (select from lease_current c where c.visit_id = m.visit_id and c.pool_id = m.pool_id)
    group by 1, 2
) as counted
where pool_id in (select id from tracking_pools)
group by 1, 2;

-- name: set_mark
insert into pool_quarters_mark (at) values ($1) on conflict (the_row) do update set at = excluded.at;

-- name: forget_misses
delete from lease_misses where at < $1;

-- name: forget_quarters
delete from pool_quarters where at < $1;

-- name: first_quarter
select min(at) from pool_quarters where pool_id = $1;

-- name: quarters_of
-- What came to pool $1 in the quarters from $2 up to $3.
select at, exclusive, cooling, shared, missed, dwell_seconds
from pool_quarters where pool_id = $1 and at >= $2 and at < $3 order by at;

-- name: same_hours
-- What came in each of the 24 hours from $1 on, so many weeks before: up to $2 of them, as far as the pool was measured then.
select p.id as pool_id, hours.hour, (sum(coalesce(came.asked, 0)) / count(*))::float8 as per_hour
from tracking_pools p
cross join lateral (select min(at) as at from pool_quarters f where f.pool_id = p.id) as first
cross join generate_series(1, $2::integer) as weeks (week)
cross join generate_series(1, 23) as hours (hour)
left join (
    select q.pool_id, w.week, floor(extract(epoch from q.at + w.week * interval '168 h' - $1::timestamptz) / 3600)::integer as hour,
           sum(q.exclusive + q.cooling + q.shared + q.missed) as asked
    from generate_series(1, $2::integer) as w (week)
    join pool_quarters q on q.at >= $1::timestamptz - w.week * interval '168 h' and q.at < $1::timestamptz - w.week * interval '168 h' + interval '24 h'
    group by 1, 2, 3
) as came on came.pool_id = p.id and came.week = weeks.week and came.hour = hours.hour
where first.at <= $1::timestamptz - weeks.week * interval '168 h' + hours.hour * interval '1 h'
group by 1, 2;

-- name: stays
-- How long a lease of each pool was on a screen on average since $1.
select pool_id, (sum(dwell_seconds) / sum(exclusive + cooling + shared))::float8 as seconds
from pool_quarters where at >= $1
group by 1 having sum(exclusive + cooling + shared) > 0;

-- name: pools_now
-- Each pool that a site in use leases from: its numbers of day $1, how many are on a screen at $2, who asked in the quarter
-- of an hour before it (leases with ids from $3 on), and the longest hold of its sites.
with held as (
    select n.pool_id, count(*)::integer as numbers
    from tracking_numbers n join lines l on l.number = n.number and l.state = 'active'
    where n.pool_id is not null and n.since <= $1 and (n.until is null or n.until > $1) group by 1
), sites as (
    select l.pool_id, max(s.hold_minutes) as hold_minutes
    from tracking_placements l join tracking_sites s on s.id = l.site_id and s.active group by 1
), taken as (
    select pool_id, count(distinct number)::integer as numbers from lease_current where seen_until > $2 group by 1
), asked as (
    select pool_id, count(*)::integer as asked from (
        select pool_id from lease_history where id >= $3
        union all select pool_id from lease_current where id >= $3
        union all select pool_id from lease_misses where at > $2::timestamptz - interval '15 min'
    ) as every_ask group by 1
)
select p.id, p.name, held.numbers, coalesce(taken.numbers, 0) as taken, coalesce(asked.asked, 0) as asked, sites.hold_minutes
from tracking_pools p
join held on held.pool_id = p.id
join sites on sites.pool_id = p.id
left join taken on taken.pool_id = p.id
left join asked on asked.pool_id = p.id
order by p.name, p.id;

-- name: known_pool
-- Pool $1 on day $2: its numbers in use, what they cost a month on average and of how many that is told, and the longest
-- hold of the sites that lease from it.
select p.name, (select coalesce(max(s.hold_minutes), 15) from tracking_placements l
                join tracking_sites s on s.id = l.site_id and s.active where l.pool_id = p.id) as hold_minutes,
       count(l.id)::integer as numbers, count(o.fee)::integer as fees, round(avg(o.fee), 2) as fee
from tracking_pools p
left join tracking_numbers n on n.pool_id = p.id and n.since <= $2 and (n.until is null or n.until > $2)
left join lines l on l.number = n.number and l.state = 'active'
left join line_operators o on o.line_id = l.id and o.since <= $2 and (o.until is null or o.until > $2)
where p.id = $1
group by p.id;

-- name: risky_leases
-- Leases of pool $1 that were not exclusive, granted on days from $2 up to $3 of zone $4 (ids from $5 up to $6).
select (granted_at at time zone $4)::date as day, coalesce(s.name, '') as site, kind, count(*)::integer as leases
from (
    select site_id, kind, granted_at from lease_history
    where pool_id = $1 and kind <> 'exclusive' and id >= $5 and id < $6
    union all
    select site_id, kind, granted_at from lease_current
    where pool_id = $1 and kind <> 'exclusive' and id >= $5 and id < $6
) as risky
left join tracking_sites s on s.id = risky.site_id
where granted_at >= ($2::date)::timestamp at time zone $4 and granted_at < ($3::date)::timestamp at time zone $4
group by 1, 2, 3 order by 1 desc, 2, 3;

-- name: risky_calls
-- Calls that began from $2 up to $3 (ids from $4 up to $5), within the reach ($6 person, $7 departments, $8 lines), to a number
-- of pool $1 while its latest lease was not exclusive (leases with ids from $9 on), the latest first.
select c.id, c.started_at, c.client, c.dialled, c.outcome, held.kind, coalesce(s.name, '') as site,
       a.confidence, coalesce(a.site, '') as told_site, coalesce(a.channel, '') as channel
from (
    select number, min(since) as since, max(coalesce(until, 'infinity')) as until
    from tracking_numbers where pool_id = $1 group by number
) as n
join calls c on c.dialled = n.number and c.id >= $4 and c.id < $5 and c.started_at >= $2 and c.started_at < $3
    and c.direction = 'in' and c.outcome in ('answered', 'missed', 'ringing')
cross join lateral (
    -- Behind fifty leases of a number hardly one is in force still: a week of them is not read.
    select kind, site_id, pool_id from (
        (select kind, site_id, pool_id, granted_at, closed_at from lease_history
         where number = c.dialled and granted_at <= c.started_at and granted_at > c.started_at - interval '9 days' and id >= $9
         order by granted_at desc limit 50)
        union all
        (select kind, site_id, pool_id, granted_at, until from lease_current
         where number = c.dialled and granted_at <= c.started_at)
    ) as latest where closed_at > c.started_at order by granted_at desc limit 1
) as held
left join tracking_sites s on s.id = held.site_id
left join attributions a on a.call_id = c.id and a.call_id >= $4 and a.call_id < $5
where held.kind <> 'exclusive' and held.pool_id = $1
  and ($6 = any (c.people) or (($7::uuid[] is null or c.departments && $7) and ($8::uuid[] is null or c.line_id = any ($8))))
order by c.started_at desc, c.id desc;

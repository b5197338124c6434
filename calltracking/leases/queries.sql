-- name: renew
-- Leases that visitors $1 on sites $2 at placements $3 hold still. Those of the same visit ($4), or whose visitor is
-- present while no visit begins ($8), go on; of another visit the number is only told: that visit gets a lease of its own.
with asked as materialized (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $6::integer[], $7::integer[], $8::boolean[])
        as a (visitor, site_id, placement, visit_id, window_seconds, hold_seconds, anew)
), held as materialized (
    select c.id, c.number, c.kind, c.visitor, c.site_id, c.placement, c.seen_until, a.window_seconds, a.hold_seconds,
           c.visit_id = a.visit_id or (c.seen_until > $5 and not a.anew) as goes_on
    from lease_current c join asked a using (visitor, site_id, placement)
    where c.until > $5
    order by c.id for update of c
), renewed as (
    update lease_current c
    set seen_until = greatest(c.seen_until, $5 + make_interval(secs => h.window_seconds)),
        until = greatest(c.until, $5 + make_interval(secs => h.window_seconds + h.hold_seconds)),
        hold_seconds = h.hold_seconds
    from held h where c.id = h.id and h.goes_on
    returning c.id
), gone as (
    delete from lease_current c using held h where c.id = h.id and not h.goes_on returning c.*
), kept as (
    insert into lease_history (id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until,
                               closed_at)
    select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at,
           greatest(granted_at, least(seen_until, $5)), greatest(granted_at, least(until, $5))
    from gone
)
select h.visitor, h.site_id, h.placement, h.number, h.kind, h.goes_on, (select count(*) from renewed) as renewed
from held h;

-- name: last_numbers
-- The number each of visitors $1 had last at a site and placement, since id $2.
select distinct on (visitor, site_id, placement) visitor, site_id, placement, number
from lease_history where visitor = any ($1::uuid[]) and id >= $2
order by visitor, site_id, placement, id desc;

-- name: grant
-- Exclusive leases ($1 ids, $2 numbers, …) from $9 on, in one statement and one commit. A number with somebody present
-- is not asked for; whoever is gone loses it, and to whom it had been held for still, tells `cooling`. No row, no lease.
-- The lock on the number never waits: of two processes that ask for one at once, the second is told no. A clock that is
-- behind the one by which the lease before was closed (ids from $11 on) does not begin in the midst of that.
with asked as materialized (
    select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[],
                         $8::integer[], $10::integer[])
        as a (id, number, pool_id, site_id, placement, visit_id, visitor, window_seconds, hold_seconds)
    where pg_try_advisory_xact_lock(hashtextextended(number, 220))
), stale as materialized (
    select c.id from lease_current c join asked a using (number)
    where c.seen_until <= $9
    for update of c skip locked
), gone as (
    delete from lease_current c using stale s where c.id = s.id returning c.*
), kept as (
    insert into lease_history (id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until,
                               closed_at)
    select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until,
           greatest(granted_at, least(until, $9))
    from gone
), begun as (
    select a.number, greatest($9, (select max(g.granted_at) from gone g where g.number = a.number), before.closed_at) as at
    from asked a
    left join lateral (
        select h.closed_at from lease_history h
        where h.number = a.number and h.id >= $11 order by h.granted_at desc limit 1
    ) as before on true
), granted as (
    insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor, hold_seconds,
                               granted_at, seen_until, until)
    select a.id, a.number,
           case when exists (select from gone g where g.number = a.number and g.visitor <> a.visitor and g.until > $9)
                then 'cooling' else 'exclusive' end,
           a.pool_id, a.site_id, a.placement, a.visit_id, a.visitor, a.hold_seconds,
           b.at, b.at + make_interval(secs => a.window_seconds),
           b.at + make_interval(secs => a.window_seconds + a.hold_seconds)
    from asked a join begun b using (number)
    -- What is gone must be gone before the first row comes: looking through it sees to that. Whom another process holds
    -- on to is perhaps just being closed, at a moment that is not to be seen yet: then not this number.
    where not exists (select from lease_current c
                      where c.number = a.number and not exists (select from gone g where g.id = c.id))
    order by a.number
    on conflict do nothing
    returning id, kind
)
select id, kind from granted;

-- name: share
-- Every number of the pool has somebody present: those of numbers $1 with the fewest visitors take one more each,
-- below $2 of them, for visits $3 ….
with room as (
    select number, row_number() over (order by holders, seen_until nulls first, number) as place
    from (
        select n.number, count(c.id) as holders, min(c.seen_until) as seen_until
        from unnest($1::text[]) as n (number)
        left join lease_current c on c.number = n.number and c.seen_until > $9
        group by n.number having count(c.id) < $2
    ) as counted
), asked as (
    select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::integer[], $11::integer[])
        with ordinality as a (id, site_id, placement, visit_id, visitor, window_seconds, hold_seconds, place)
)
insert into lease_current (id, number, kind, pool_id, site_id, placement, visit_id, visitor, hold_seconds, granted_at,
                           seen_until, until)
select a.id, r.number, 'shared', $10, a.site_id, a.placement, a.visit_id, a.visitor, a.hold_seconds, $9,
       $9 + make_interval(secs => a.window_seconds), $9 + make_interval(secs => a.window_seconds + a.hold_seconds)
from asked a join room r using (place)
on conflict do nothing
returning id, number;

-- name: keep_misses
-- Visits $2 asked pools $1 at $3 and got no number: what a planner must know too. A pool may be gone from its table meanwhile.
insert into lease_misses (pool_id, visit_id, at)
select distinct p.id, m.visit_id, $3::timestamptz
from unnest($1::uuid[], $2::uuid[]) as m (pool_id, visit_id) join tracking_pools p on p.id = m.pool_id
on conflict do nothing;

-- name: releases
-- When each of numbers $1 was or will be released, as far as it is known: for proposing the one longest unused.
select n.number, extract(epoch from coalesce(now_held.at, was_held.at))::float8 as at
from unnest($1::text[]) as n (number)
left join lateral (
    select max(seen_until) as at from lease_current c where c.number = n.number
) as now_held on true
left join lateral (
    select h.seen_until as at from lease_history h
    where now_held.at is null and h.number = n.number and h.id >= $2
    order by h.granted_at desc limit 1
) as was_held on true;

-- name: beat
-- Visitors $1 were heard of at $2, in the browser's own time $3: present for a while more ($4 seconds), or gone ($5)
-- after a moment of grace. What is no later than what was heard is a replay. By visitor, for his tabs may each be a
-- visit, and share one lease.
with said as materialized (
    select distinct on (visitor) * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::integer[], $5::boolean[])
        as s (visitor, at, said_at, seconds, leaves)
    order by visitor, said_at desc
), held as materialized (
    select c.id, c.granted_at, c.seen_until, s.at + make_interval(secs => s.seconds) as heard_until, s.leaves, s.said_at
    from lease_current c join said s using (visitor)
    where s.said_at > c.said_at and c.until > s.at
    order by c.id for update of c skip locked
), told as (
    select id, said_at,
           greatest(granted_at, case when leaves then least(seen_until, heard_until)
                                     else greatest(seen_until, heard_until) end) as seen_until
    from held
)
update lease_current c
set said_at = t.said_at, seen_until = t.seen_until, until = t.seen_until + make_interval(secs => c.hold_seconds)
from told t
where c.id = t.id
returning c.number, c.pool_id, extract(epoch from c.seen_until)::float8 as seen_until;

-- name: sweep
-- Move at most $2 leases whose hold ended before $1 to the history.
with over as materialized (
    select id from lease_current where until <= $1 limit $2 for update skip locked
), gone as (
    delete from lease_current c using over where c.id = over.id returning c.*
), kept as (
    insert into lease_history (id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until,
                               closed_at)
    select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until, until from gone
    returning 1
)
select count(*) from kept;

-- name: who_held
-- Every lease of number $1 at $2, the latest granted first; ids below $3 had ended by then.
select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until, until
from (
    select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until, until
    from lease_current where number = $1 and granted_at <= $2 and until > $2
    union all
    select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until, closed_at
    from lease_history where number = $1 and granted_at <= $2 and closed_at > $2 and id >= $3
) as held
order by granted_at desc, id desc;

-- name: list_leases
-- Leases granted from id $1 up to id $2, the newest first, behind $3, of site $4 and number $5; at most $6.
(
    select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until, until
    from lease_current
    where id >= $1 and id < $2 and ($3::uuid is null or id < $3) and ($4::uuid is null or site_id = $4)
      and ($5::text is null or number = $5)
    order by id desc limit $6
) union all (
    select id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at, seen_until, closed_at
    from lease_history
    where id >= $1 and id < $2 and ($3::uuid is null or id < $3) and ($4::uuid is null or site_id = $4)
      and ($5::text is null or number = $5)
    order by id desc limit $6
)
order by id desc limit $6;

-- name: keep_visits
insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, ym, ga, skew_ms,
                    ga_sessions, country, region, city, numbers_absent, channel, source, medium, campaign, term, content)
select distinct on (id) * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[],
                                      $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                                      $12::bigint[], $13::text[], $14::text[], $15::text[], $16::text[],
                                      $17::boolean[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[],
                                      $23::text[])
    as v (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent, ym, ga, skew_ms,
          ga_sessions, country, region, city, numbers_absent, channel, source, medium, campaign, term, content)
order by id, started_at
on conflict (id) do update
set seen_at = greatest(visits.seen_at, excluded.seen_at),
    ym = coalesce(nullif(excluded.ym, ''), visits.ym),
    ga = coalesce(nullif(excluded.ga, ''), visits.ga),
    ga_sessions = coalesce(nullif(excluded.ga_sessions, ''), visits.ga_sessions),
    numbers_absent = visits.numbers_absent and excluded.numbers_absent;

-- name: see_visits
update visits set seen_at = greatest(seen_at, s.at)
from unnest($1::uuid[], $2::timestamptz[]) as s (id, at) where visits.id = s.id and visits.id = any ($1::uuid[]);

-- name: keep_clashes
-- On sites $1 another script was seen at the numbers, in ways $2, at moments $3.
insert into tracking_clashes (site_id, day, kind, last_at)
select c.site_id, (c.at at time zone 'UTC')::date, c.kind, c.at
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as c (site_id, kind, at)
join tracking_sites s on s.id = c.site_id
on conflict (site_id, day, kind) do update set last_at = greatest(tracking_clashes.last_at, excluded.last_at);

-- name: keep_taps
insert into taps (id, visit_id, site_id, placement, number, at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
on conflict do nothing;

-- name: leased_numbers
-- Each number, in use on day $1, of a pool that names a queue or whose sites do, with the leases on it: none is a row
-- without one. Of those whose visitor is gone the last one seen counts alone.
with routed as (
    select p.id, p.queue_id, p.late_minutes from tracking_pools p
    where p.queue_id is not null or exists (
        select from tracking_placements l join tracking_sites s on s.id = l.site_id
        where l.pool_id = p.id and s.active and s.queue_id is not null)
)
select n.number, coalesce(r.queue_id, '') as default_queue, 60 * r.late_minutes as late,
       c.site_id, coalesce(c.seen_until > $2, false) as present, c.seen_until,
       extract(epoch from c.until)::float8 as until
from tracking_numbers n
join routed r on r.id = n.pool_id
join lines l on l.number = n.number and l.state = 'active'
left join lease_current c on c.number = n.number
where n.since <= $1 and (n.until is null or n.until > $1);

-- name: last_leases
-- The last lease that is over of each of numbers $1, as far as ids from $2 on tell of any.
select n.number, h.site_id, extract(epoch from h.closed_at)::float8 as until
from unnest($1::text[]) as n (number)
cross join lateral (
    select h.site_id, h.closed_at from lease_history h
    where h.number = n.number and h.id >= $2
    order by h.granted_at desc limit 1
) as h;

-- name: sites_of_leases
select id, name, coalesce(queue_id, '') as queue from tracking_sites;

-- name: hosts_of
select id, hosts from tracking_sites where id = any ($1);

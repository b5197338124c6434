-- name: add_test
insert into tracking_tests (id, site_id, mark, page, person_id, started_at) values ($1, $2, $3, $4, $5, $6);

-- name: tests
-- Tests of sites $1: the one of id $2, else those begun from $3 up to $4, the latest first; open for longer than $5 is late,
-- also where nobody has looked.
select t.id, t.site_id, t.mark, t.page, coalesce(p.name, '') as person, t.started_at, t.visit_id, t.visited_at, t.number,
       t.kind, t.shown_at, t.call_id, t.called_at, t.confidence,
       case when late then 'failed' else t.state end as state, case when late then 'late' else t.why end as why, t.ended_at
from tracking_tests t left join people p on p.id = t.person_id
cross join lateral (select t.state = 'open' and t.started_at < now() - $5::interval as late) as waits
where t.site_id = any ($1::uuid[]) and ($2::uuid is null or t.id = $2)
  and ($3::timestamptz is null or (t.started_at >= $3 and t.started_at < $4))
order by t.started_at desc limit 50;

-- name: leases_numbers
select exists (select from tracking_placements where site_id = $1 and pool_id is not null);

-- name: found
-- What the rows tell of the test of site $1 and mark $2; ids from $3 on.
select v.id as visit_id, v.started_at as visited_at, coalesce(l.number, '') as number, coalesce(l.kind, '') as kind,
       l.granted_at as shown_at, c.id as call_id, c.started_at as called_at, coalesce(c.ended_at is not null, false) as over,
       c.given_to, c.confidence::float8
from visits v
left join lateral (
    select number, kind, granted_at from lease_current where visit_id = v.id
    union all
    select number, kind, granted_at from lease_history where visit_id = v.id and id >= $3
    order by granted_at, number limit 1
) as l on true
left join lateral (
    select c.id, c.started_at, c.ended_at, a.visit_id as given_to, a.confidence
    from calls c left join attributions a on a.call_id = c.id and a.call_id >= $3
    where c.dialled = l.number and c.id >= $3 and c.started_at >= l.granted_at and c.direction = 'in'
    order by coalesce(a.visit_id = v.id, false) desc, c.started_at limit 1
) as c on true
where v.site_id = $1 and v.id >= $3 and v.campaign = $2
order by v.started_at limit 1;

-- name: note
-- A test that is open still has come so far.
update tracking_tests
set visit_id = $2, visited_at = $3, number = $4, kind = $5, shown_at = $6, call_id = $7, called_at = $8, confidence = $9,
    state = $10, why = $11, ended_at = $12
where id = $1 and state = 'open';

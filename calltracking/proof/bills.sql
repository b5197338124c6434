-- name: add_bill
insert into tracking_bills (id, file_name, person_id, content, head) values ($1, $2, $3, $4, $5);

-- name: bills
-- The bills sent lately, or the one of id $1, each with the days its calls are of by the clock of zone $2.
select b.id, b.file_name, coalesce(p.name, '') as person, b.head, b.fields, b.failure, b.refused, b.left_out, b.problems,
       b.sent_at, coalesce(told.calls, 0) as calls, told.first_day, told.last_day
from tracking_bills b left join people p on p.id = b.person_id
left join lateral (
    select count(*) as calls, min(at at time zone $2)::date as first_day, max(at at time zone $2)::date as last_day
    from tracking_bill_calls where bill_id = b.id
) as told on true
where $1::uuid is null or b.id = $1
order by b.sent_at desc limit 50;

-- name: content
select content from tracking_bills where id = $1 for update;

-- name: clear
delete from tracking_bill_calls where bill_id = $1;

-- name: keep
-- Calls to our lines; a number that is none of them is left out.
insert into tracking_bill_calls (bill_id, place, number, at, client, seconds)
select $1, row_number() over (order by t.place), t.number, t.at, t.client, t.seconds
from unnest($2::text[], $3::timestamptz[], $4::text[], $5::integer[]) with ordinality as t (number, at, client, seconds, place)
join lines l on l.number = t.number;

-- name: told
update tracking_bills set fields = $2, failure = $3, refused = $4, left_out = $5, problems = $6 where id = $1;

-- name: remove
delete from tracking_bills where id = $1 returning file_name;

-- name: theirs
-- What bills tell of calls to lines $1 from $2 up to $3; what two bills tell alike is told once.
select number, at, client, max(seconds) as seconds from tracking_bill_calls
where number = any ($1::text[]) and at >= $2 and at < $3 group by number, at, client;

-- name: covered
-- The days of zone $1 that bills are of, a row a bill, as far as they meet the days from $2 up to $3.
select distinct greatest(first_day, $2) as first, least(last_day, $3::date - 1) as last
from (
    select min(at at time zone $1)::date as first_day, max(at at time zone $1)::date as last_day
    from tracking_bill_calls group by bill_id
) as told
where first_day < $3 and last_day >= $2;

-- name: ours
-- Our calls to lines $1 from $2 up to $3 (ids $4 up to $5).
select id, dialled as number, started_at as at, client, outcome, talk_ms / 1000.0::float8 as talk_seconds from calls
where dialled = any ($1::text[]) and id >= $4 and id < $5 and started_at >= $2 and started_at < $3 and direction = 'in'
  and outcome in ('answered', 'missed', 'ringing', 'screened');

-- name: numbers
-- Every number that was the site's ($1) in the days from $2 up to $3.
select number from tracking_numbers
where since < $3 and (until is null or until > $2)
  and (site_id = $1 or pool_id in (select pool_id from tracking_placements where site_id = $1))
union select number from tracking_placements where site_id = $1;

-- name: read_rules
-- The rules in force.
select minutes, step_minutes, notice_minutes, days from visit_rules;

-- name: hold_rules
-- Who changes them waits here.
select from visit_rules for update;

-- name: save_rules
-- Others.
update visit_rules set minutes = $1, step_minutes = $2, notice_minutes = $3, days = $4;

-- name: put_feed
-- Where a person's calendar is read from now on; nothing is known of it yet.
insert into calendar_feeds (person_id, kind, access, host, version, due_at) values ($1, $2, $3, $4, $5, $6)
on conflict (person_id) do update set
    kind = excluded.kind, access = excluded.access, host = excluded.host, version = excluded.version,
    due_at = excluded.due_at, etag = null, modified = null, checked_at = null, good_at = null, covers_until = null,
    fails = 0, problem = null;

-- name: forget_busy
-- What a calendar said.
delete from busy_spans where person_id = $1;

-- name: remove_feed
-- Read it no more.
delete from calendar_feeds where person_id = $1 returning host;

-- name: feed
-- How a person's calendar stands.
select kind, access, host, checked_at, good_at, problem from calendar_feeds where person_id = $1;

-- name: feeds
-- Everybody who works here, with how his calendar stands and whether he has ours.
select p.id as person, p.name, coalesce(d.name, '') as department, f.kind, f.host, f.checked_at, f.good_at, f.problem,
    l.made_at as link_made_at
from people p
left join departments d on d.id = p.department_id
left join calendar_feeds f on f.person_id = p.id
left join visit_links l on l.person_id = p.id
where p.active or f.person_id is not null
order by p.name, p.id;

-- name: claim_feeds
-- Calendars that are due at $1, at most $3, not due again before $2: who has claimed them reads them.
update calendar_feeds as feed set due_at = $2, checked_at = $1
from people as person
where person.id = feed.person_id and feed.person_id in (
    select f.person_id from calendar_feeds f join people p on p.id = f.person_id
    where f.due_at <= $1 and p.active
    order by f.due_at limit $3 for update of f skip locked)
returning feed.person_id, person.name, coalesce(person.email, '') as email, feed.access, feed.version, feed.etag,
    feed.modified, feed.covers_until, feed.fails;

-- name: hold_feed
-- Whether it is still the calendar that was fetched; who changes it waits.
select from calendar_feeds where person_id = $1 and version = $2 for update;

-- name: good_feed
-- It was read at $2.
update calendar_feeds
set good_at = $2, fails = 0, problem = null, etag = $3, modified = $4, covers_until = coalesce($5, covers_until)
where person_id = $1;

-- name: bad_feed
-- It could not be read; not before $3 again.
update calendar_feeds set problem = $2, due_at = greatest(due_at, $3), fails = fails + 1 where person_id = $1;

-- name: keep_busy
-- What a calendar says.
insert into busy_spans (person_id, starts_at, ends_at)
select $1, span.starts_at, span.ends_at from unnest($2::timestamptz[], $3::timestamptz[]) as span (starts_at, ends_at);

-- name: time_of
-- All that a person's free time follows from, between $2 and $3; $4 is a visit that does not count.
select
    p.name, p.active,
    (select body::text from plans order by version desc limit 1) as plan,
    (select coalesce(jsonb_agg(jsonb_build_array(weekday, opens, closes) order by weekday, opens), '[]')::text
     from person_hours where person_id = $1) as hours,
    (select coalesce(jsonb_agg(jsonb_build_array(monday, hours)), '[]')::text from person_weeks
     where person_id = $1 and monday > $2::timestamptz::date - 8 and monday <= $3::timestamptz::date + 1) as weeks,
    (select coalesce(jsonb_agg(jsonb_build_array(taken.starts_at, taken.ends_at)), '[]')::text from (
        select starts_at, ends_at from absences where person_id = $1 and ends_at > $2 and starts_at < $3
        union all
        select starts_at, ends_at from busy_spans where person_id = $1 and ends_at > $2 and starts_at < $3
        union all
        select starts_at, ends_at from booked_visits
        where person_id = $1 and starts_at > $2::timestamptz - interval '12 hours' and ends_at > $2 and starts_at < $3
            and cancelled_at is null and id is distinct from $4
    ) as taken) as taken,
    f.good_at, f.problem, f.person_id is not null as has_feed
from people p
left join calendar_feeds f on f.person_id = p.id
where p.id = $1;

-- name: visitors
-- Who may be sent: everybody who works here.
select p.id, p.name, coalesce(d.name, '') as department
from people p left join departments d on d.id = p.department_id
where p.active order by p.name, p.id;

-- name: has_number
-- Whether a contact has this number.
select exists (
    select from contact_phones ph join contacts c on c.id = ph.contact_id
    where ph.number = $1 and ph.contact_id = $2 and c.deleted_at is null);

-- name: hold_booker
-- One visit at a time of whoever books, until the transaction ends: what is counted then stays counted.
select pg_advisory_xact_lock(hashtext('visits'), hashtext($1::uuid::text));

-- name: coming_of
-- How many visits that begin after $2 a person has booked.
select count(*) from booked_visits where booked_by_id = $1 and starts_at > $2 and cancelled_at is null;

-- name: book
-- One more visit.
insert into booked_visits (id, person_id, number, contact_id, call_id, starts_at, ends_at, place, words, booked_by_id,
    booked_by, booked_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12);

-- name: hold_visit
-- Who changes it waits.
select from booked_visits where id = $1 for update;

-- name: move
-- To another time.
update booked_visits set starts_at = $2, ends_at = $3, changed_at = $4, changes = changes + 1 where id = $1;

-- name: cancel
-- It does not take place.
update booked_visits set cancelled_at = $2, cancelled_by = $3, changed_at = $2, changes = changes + 1
where id = $1 and cancelled_at is null;

-- name: visit
-- One visit that person $1 goes to or booked, or that is of a person in departments $2 (null: of all).
select v.id, v.person_id, p.name as person, v.number, v.contact_id, coalesce(c.name, '') as contact, v.call_id,
    v.starts_at, v.ends_at, v.place, v.words, v.booked_by_id, v.booked_by, v.booked_at, v.cancelled_at, v.cancelled_by
from booked_visits v
join people p on p.id = v.person_id
left join contacts c on c.id = v.contact_id
where v.id = $3
  and (v.person_id = $1 or v.booked_by_id = $1 or $2::uuid[] is null or p.department_id = any ($2));

-- name: visits_from
-- Those that are not over at $4, the nearest first, after the cursor ($5, $6); $3: only what he goes to or booked.
select v.id, v.person_id, p.name as person, v.number, v.contact_id, coalesce(c.name, '') as contact, v.call_id,
    v.starts_at, v.ends_at, v.place, v.words, v.booked_by_id, v.booked_by, v.booked_at, v.cancelled_at, v.cancelled_by
from booked_visits v
join people p on p.id = v.person_id
left join contacts c on c.id = v.contact_id
where v.starts_at > $4::timestamptz - interval '12 hours' and v.ends_at > $4 and v.cancelled_at is null
  and (v.person_id = $1 or v.booked_by_id = $1 or (not $3 and ($2::uuid[] is null or p.department_id = any ($2))))
  and ($5::timestamptz is null or (v.starts_at, v.id) > ($5, $6::uuid))
order by v.starts_at, v.id
limit $7;

-- name: visits_past
-- Those that are over at $4 or were cancelled, the latest first, before the cursor ($5, $6).
select v.id, v.person_id, p.name as person, v.number, v.contact_id, coalesce(c.name, '') as contact, v.call_id,
    v.starts_at, v.ends_at, v.place, v.words, v.booked_by_id, v.booked_by, v.booked_at, v.cancelled_at, v.cancelled_by
from booked_visits v
join people p on p.id = v.person_id
left join contacts c on c.id = v.contact_id
where (v.ends_at <= $4 or v.cancelled_at is not null)
  and (v.person_id = $1 or v.booked_by_id = $1 or (not $3 and ($2::uuid[] is null or p.department_id = any ($2))))
  and ($5::timestamptz is null or (v.starts_at, v.id) < ($5, $6::uuid))
order by v.starts_at desc, v.id desc
limit $7;

-- name: visits_of_number
-- What is booked with a number from $2 on, and was; for its card.
select v.id, v.person_id, p.name as person, v.number, v.contact_id, coalesce(c.name, '') as contact, v.call_id,
    v.starts_at, v.ends_at, v.place, v.words, v.booked_by_id, v.booked_by, v.booked_at, v.cancelled_at, v.cancelled_by,
    v.person_id = $3 or v.booked_by_id = $3 or $4::uuid[] is null or p.department_id = any ($4) as reachable
from booked_visits v
join people p on p.id = v.person_id
left join contacts c on c.id = v.contact_id
where v.number = $1 and v.ends_at > $2
order by v.starts_at desc
limit 10;

-- name: put_link
-- The address of a person's visits, in place of the one before.
insert into visit_links (person_id, id, secret_hash, made_at) values ($1, $2, $3, $4)
on conflict (person_id) do update set id = excluded.id, secret_hash = excluded.secret_hash, made_at = excluded.made_at;

-- name: remove_link
-- No address any more.
delete from visit_links where person_id = $1 returning id;

-- name: link
-- Whose address it is, with his role and grants.
select l.secret_hash, i.person_id, i.name, i.role, i.grants
from visit_links l join person_identities i on i.person_id = l.person_id
where l.id = $1 and i.active;

-- name: link_made_at
-- Since when a person has one.
select made_at from visit_links where person_id = $1;

-- name: own_visits
-- What a person's calendar is given: from $2 on, those that take place.
select v.id, v.person_id, p.name as person, v.number, v.contact_id, coalesce(c.name, '') as contact, v.call_id,
    v.starts_at, v.ends_at, v.place, v.words, v.booked_by_id, v.booked_by, v.booked_at, v.cancelled_at, v.cancelled_by,
    v.changed_at, v.changes
from booked_visits v
join people p on p.id = v.person_id
left join contacts c on c.id = v.contact_id
where v.person_id = $1 and v.starts_at > $2 and v.cancelled_at is null
order by v.starts_at, v.id
limit 2000;

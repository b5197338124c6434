-- name: able
-- Who may be asked whether he reads reports: those who can sign in and have an address.
select i.*, p.email
from person_identities i join people p on p.id = i.person_id
where i.active and p.email <> ''
order by lower(p.name), p.id limit 1000;

-- name: person
-- One of them as of now, with his address.
select i.*, coalesce(p.email, '') as email
from person_identities i join people p on p.id = i.person_id
where i.person_id = $1 and i.active;

-- name: own_view
-- One's own view, held until the transaction ends.
select id, name, fields from report_views where id = $1 and person_id = $2 for update;

-- name: find_mailing
-- When a view is sent.
select every, day, hour, file, paused, handled_at, next_at from report_mailings where view_id = $1;

-- name: receivers
-- To whom, and what became of the last letter.
select r.person_id, p.name, r.stopped_at, r.sent_at, r.fault, r.fault_at
from report_mailing_people r join people p on p.id = r.person_id
where r.view_id = $1 order by lower(p.name), p.id;

-- name: save_mailing
-- No moment before $7 is due.
insert into report_mailings (view_id, every, day, hour, file, paused, handled_at, next_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (view_id) do update set every = excluded.every, day = excluded.day, hour = excluded.hour,
    file = excluded.file, paused = excluded.paused, handled_at = excluded.handled_at, next_at = excluded.next_at;

-- name: keep_receivers
-- Those who stay keep what became of their letters, and whether they stopped it.
with gone as (delete from report_mailing_people where view_id = $1 and person_id <> all ($2::uuid[]))
insert into report_mailing_people (view_id, person_id) select $1, unnest($2::uuid[]) on conflict do nothing;

-- name: remove_mailing
delete from report_mailings where view_id = $1 returning view_id;

-- name: stop
-- The receiver's own word: a moment to stop, null to go on.
update report_mailing_people set stopped_at = $3 where view_id = $1 and person_id = $2 returning view_id;

-- name: mailings_of
-- What somebody sends, or is sent.
select v.id, v.name, v.person_id = $1 as own, p.name as owner, m.every, m.day, m.hour, m.file, m.paused, m.next_at,
    r.person_id is not null as receives, r.stopped_at, said.sent_at, said.fault, said.fault_at, said.people
from report_mailings m
join report_views v on v.id = m.view_id
join people p on p.id = v.person_id
left join report_mailing_people r on r.view_id = m.view_id and r.person_id = $1
join lateral (
    select max(each.sent_at) as sent_at, count(*) as people,
        coalesce((array_agg(each.fault order by each.fault_at desc) filter (where each.fault <> ''))[1], '') as fault,
        max(each.fault_at) filter (where each.fault <> '') as fault_at
    from report_mailing_people each
    where each.view_id = m.view_id and (v.person_id = $1 or each.person_id = $1)) as said on true
where v.person_id = $1 or r.person_id is not null
order by v.person_id <> $1, lower(v.name), v.id limit 300;

-- name: claim
-- Those that are due, held by this node until it has said which letters follow.
select view_id, every, day, hour, handled_at from report_mailings
where next_at <= $1 and not paused order by next_at limit 50 for update skip locked;

-- name: addressed
-- Who wants what these views tell.
select view_id, person_id from report_mailing_people
where view_id = any ($1::uuid[]) and stopped_at is null order by view_id, person_id;

-- name: handled
update report_mailings set handled_at = $2, next_at = $3 where view_id = $1;

-- name: to_send
-- A letter's mailing as of now.
select v.name, v.fields, v.person_id as owner, m.file, m.paused, r.stopped_at
from report_mailings m
join report_views v on v.id = m.view_id
join report_mailing_people r on r.view_id = m.view_id and r.person_id = $2
where m.view_id = $1;

-- name: sent
update report_mailing_people set sent_at = $3, fault = '', fault_at = null where view_id = $1 and person_id = $2;

-- name: not_sent
update report_mailing_people set fault = $4, fault_at = $3 where view_id = $1 and person_id = $2;

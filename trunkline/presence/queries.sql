-- name: list_presence
-- Active people with a telephone, or person $1 himself: those of departments $2 (null: of all), only $3 where given.
select p.id as person, p.name, p.extension, p.department_id as department, d.name as department_name,
       coalesce(s.state::text, 'online') as state, coalesce(s.reason, '') as reason, s.return_at, s.since, b.name as by,
       (select coalesce(jsonb_agg(jsonb_build_object('since', a.starts_at, 'until', a.ends_at, 'deputy', a.deputy_id)
                                  order by a.starts_at), '[]')
        from absences a where a.person_id = p.id and a.ends_at > $4)::text as absences,
       (select coalesce(jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes) order by h.weekday, h.opens), '[]')
        from person_hours h where h.person_id = p.id)::text as hours,
       (select coalesce(jsonb_agg(jsonb_build_array(w.monday, w.hours) order by w.monday), '[]')
        from person_weeks w where w.person_id = p.id and w.monday > $4::date - 400)::text as weeks
from people p
left join departments d on d.id = p.department_id
left join presence_states s on s.person_id = p.id
left join people b on b.id = s.by_id
where p.active and (p.extension is not null or p.id = $1)
  and (p.id = $1 or $2::uuid[] is null or p.department_id = any ($2))
  and ($3::uuid[] is null or p.id = any ($3))
order by p.name, p.id;

-- name: set_state
-- What a person says of himself from now on.
insert into presence_states (person_id, state, reason, return_at, since, by_id)
values ($1, $2::text::presence_state, $3, $4, $5, $6)
on conflict (person_id) do update
set state = excluded.state, reason = excluded.reason, return_at = excluded.return_at, since = excluded.since,
    by_id = excluded.by_id;

-- name: lock_person
-- Who changes a list of this person's waits here for who is changing it.
select id from people where id = $1 for no key update;

-- name: clear_absences
-- Forgets a person's absences that are not over.
delete from absences where person_id = $1 and ends_at > $2;

-- name: add_absence
-- One absence.
insert into absences (id, person_id, starts_at, ends_at, deputy_id) values ($1, $2, $3, $4, $5);

-- name: clear_hours
-- Forgets a person's own hours.
delete from person_hours where person_id = $1;

-- name: add_hours
-- Hours of a person's own.
insert into person_hours (person_id, weekday, opens, closes)
select $1, shift.weekday, shift.opens, shift.closes
from unnest($2::smallint[], $3::smallint[], $4::smallint[]) as shift (weekday, opens, closes);

-- name: set_week
-- A week with hours of its own.
insert into person_weeks (person_id, monday, hours) values ($1, $2, $3::text::jsonb)
on conflict (person_id, monday) do update set hours = excluded.hours;

-- name: forget_week
-- A week like any other again.
delete from person_weeks where person_id = $1 and monday = $2;

-- name: pbx_ids
-- PBXs whose telephones are looked at.
select id from pbxs where active order by id;

-- name: say_state
-- What active person $1 said by his telephone at $3, unless something newer is known; his name where it changed a row.
with said as (
    insert into presence_states (person_id, state, since, by_id)
    select id, $2::text::presence_state, $3, id from people where id = $1 and active
    on conflict (person_id) do update
    set state = excluded.state, reason = '', return_at = null, since = excluded.since, by_id = excluded.by_id
    where presence_states.since < excluded.since
    returning person_id)
select p.name from said join people p on p.id = said.person_id;

-- name: mobile_seats
-- Everybody who works on a mobile, with each of our legs there that goes on and began within $1 seconds.
select p.extension, a.pbx, a.state, a.since
from people p
left join agent_calls a on a.extension = p.extension and a.since > now() - make_interval(secs => $1)
where p.active and p.works_on <> 'desk'
order by p.extension, a.since;

-- name: linked_pbxs
-- PBXs that tell us of their calls: those whose AMI we log in to.
select id from pbxs where active and kind = 'asterisk' and secrets is not null order by id;

-- name: hosted_pbxs
-- PBXs in the cloud, of the kinds $1: they tell us of their calls by webhooks, and of no telephone.
select id, name from pbxs where active and kind = any ($1::text[]) order by id;

-- name: queue_people
-- Who answers which queue.
select queue_id, person_id from queue_members order by queue_id, person_id;

-- name: hosted_seats
-- Each leg of ours in a call of an active PBX in the cloud, of the kinds $1, that goes on and began within $2 seconds.
select a.pbx, a.extension, a.state, a.since
from agent_calls a join pbxs on pbxs.id = a.pbx and pbxs.active and pbxs.kind = any ($1::text[])
where a.since > now() - make_interval(secs => $2)
order by a.pbx, a.extension, a.since;

-- name: hold_people
-- Who tells of one telephone at once goes one after another: else each would open a lead. The missed
-- list's lock is taken before this one.
select pg_advisory_xact_lock(7245365, key)
from (select distinct hashtext(phone) & 255 as key from unnest($1::text[]) as phone order by 1) as keys;

-- name: keys_of_leads
-- What touches of leads $1, and of what they became part of, are held by: a letter by telephones and address, a chat by who
-- writes there; the lead itself where it has none of these.
with held as (
    select id from unnest($1::uuid[]) as id
    union
    select merged_into from lead_clocks where lead_id = any ($1::uuid[]) and merged_into is not null
), keys as (
    select leads.id, unnest(array[phone, email]) as key from leads join held on held.id = leads.id
    union
    select lead_id, phone from lead_numbers join held on held.id = lead_id
    union
    select lead_id, inbox_id || ':' || client from chat_clients join held on held.id = lead_id
)
select key from keys where key <> ''
union
select id::text from held where not exists (select from keys where keys.id = held.id and key <> '');

-- name: known_of
-- The persons with each of telephones $1. Several are not taken for one another: what they do not share is nobody's.
select named.number as phone,
       case when count(*) = 1 then (array_agg(named.id))[1] end as contact_id,
       case when count(distinct c.company_id) = 1 and count(*) = count(c.company_id) then (array_agg(c.company_id))[1] end
           as company_id,
       case when count(distinct named.responsible_id) = 1 and count(*) = count(named.responsible_id)
           then (array_agg(named.responsible_id))[1] end as responsible_id,
       coalesce(array_agg(distinct named.class::text), '{}') as classes,
       coalesce(bool_or(
           exists (select from deals d where d.contact_id = named.id and d.closed_at is null)
           or exists (select from deals d where d.company_id = c.company_id and d.closed_at is null)
       ), false) as open_deal
from directory_contacts as named join contacts as c on c.id = named.id
where named.number = any ($1::text[])
group by named.number;

-- name: open_lead
-- The newest lead about $2 (null: about anything) that is open for telephone $1, whoever opened it.
select id from leads
where (phone = $1 or id = any (array(select lead_id from lead_numbers where lead_numbers.phone = $1)))
    and ($2::text is null or direction = $2) and closed_at is null
order by opened_at desc, id desc limit 1;

-- name: add_lead
with lead as (
    insert into leads (id, source, external_id, contact_id, company_id, responsible_id, direction, title, phone, opened_at, raw,
                       email)
    values ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, ''), $10, $11, nullif($16, ''))
    returning id, phone
)
insert into lead_clocks (lead_id, phone, line_id, departments, take_by, call_by)
select id, phone, $12, $13, $14, $15 from lead;

-- name: follow_earlier
-- Lead $1, of telephone $2 and direction $3, opened at $4, goes on with the latest one that was closed within $5 days before; who had
-- that and still works here has it, where its client has no manager.
with earlier as (
    select old.id, owner.id as owner
    from lead_clocks as clock join leads as old on old.id = clock.lead_id
    left join people as owner on owner.id = old.responsible_id and owner.active
    where (clock.phone = $2 or clock.lead_id = any (array(select lead_id from lead_numbers where lead_numbers.phone = $2)))
        and clock.merged_into is null and old.direction = $3 and clock.closed_at <= $4
        and clock.closed_at > $4::timestamptz - make_interval(days => $5)
        and clock.close_reason not in ('spam', 'wrong_number')
    order by clock.closed_at desc, old.id desc limit 1
), clock as (
    update lead_clocks set follows_id = earlier.id from earlier where lead_clocks.lead_id = $1
)
update leads set responsible_id = earlier.owner
from earlier where leads.id = $1 and leads.responsible_id is null and earlier.owner is not null;

-- name: earlier_of
-- The lead that $4 goes on with, within the reach.
select earlier.lead_id as id, earlier.closed_at, earlier.close_reason
from lead_clocks as clock join lead_clocks as earlier on earlier.lead_id = clock.follows_id
join leads as lead on lead.id = earlier.lead_id
where clock.lead_id = $4
    and lead_in_reach($1, $2, $3, lead.responsible_id, earlier.taken_by, earlier.departments, earlier.line_id);

-- name: add_touch
insert into touches (id, source, external_id, lead_id, contact_id, call_id, kind, text, at, raw, tags, category)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (source, external_id) do nothing;

-- name: clients_of
select id, client from calls where id = any ($1::uuid[]) and ended_at is not null;

-- name: calls_told
-- Calls that are over or answered, with the touch each is already, who of ours talked in it first and who last, and whether
-- an open lead waits for a talk with this number.
select call.id, call.client, call.direction, call.outcome, coalesce(call.missed_why, '') as missed_why, call.started_at,
       call.answered_at, call.ended_at, call.dialled, call.line_id, call.departments,
       coalesce(line.brand, '') as brand, coalesce(line.name, '') as line_name,
       coalesce(source.channel, '') as channel, coalesce(source.campaign, '') as campaign,
       exists (select from people where people.mobile = call.client and people.active) as colleague,
       (select id from people where extension = call.agents[1]) as first_id,
       (select id from people where extension = call.agents[cardinality(call.agents)]) as last_id,
       touch.id as touch_id, touch.lead_id, touch.kind as touch_kind, touch.raw ->> 'phone' as touch_phone,
       touch.raw ->> 'outcome' as touch_outcome, (touch.raw ->> 'answered_at')::timestamptz as touch_answered_at,
       exists (
           select from lead_clocks as clock
           where (clock.phone = call.client
                  or clock.lead_id = any (array(select lead_id from lead_numbers where lead_numbers.phone = call.client)))
               and clock.called_at is null and clock.closed_at is null
       ) as awaited
from calls as call
left join lines as line on line.id = call.line_id
left join attributions as source on source.call_id = call.id
left join touches as touch on touch.source = 'call' and touch.external_id = call.id::text
where call.id = any ($1::uuid[]) and (call.ended_at is not null or call.answered_at is not null)
order by call.started_at, call.id;

-- name: correct_touch
update touches set kind = $2, raw = raw - 'tagged' || $3, tags = $4, category = $5, version = version + 1, updated_at = now()
where id = $1;

-- name: drop_touch
delete from touches where id = $1;

-- name: drop_lead
-- A lead that nothing but a mistaken call told of: nobody took it by hand, nothing else touched it.
delete from leads as lead using lead_clocks as clock
where lead.id = $1 and clock.lead_id = lead.id and lead.source = 'call' and lead.closed_at is null
    and lead.version = 1 and (clock.taken_at is null or clock.taken_at = clock.called_at)
    and not exists (select from touches where touches.lead_id = lead.id)
    and not exists (select from deals where deals.lead_id = lead.id)
returning lead.id;

-- name: note_talk
-- We talked with $1 at $2: every open lead of his that was opened by then is called.
update lead_clocks as clock set called_at = $2
from leads as lead
where (clock.phone = $1 or clock.lead_id = any (array(select lead_id from lead_numbers where lead_numbers.phone = $1)))
    and clock.called_at is null and clock.closed_at is null and lead.id = clock.lead_id
    and lead.opened_at <= $2
returning clock.lead_id;

-- name: take_by_talk
-- Who talked first ($3) in the call answered at $2 has taken lead $1, unless somebody had before; $4, who talked last so far,
-- goes on with it, unless it is somebody else's. Returns it where the talk has taken it.
with clock as (
    update lead_clocks set taken_at = $2, taken_by = $3
    where lead_id = $1 and (taken_at is null or taken_at = $2) and $3::uuid is not null
    returning lead_id
), led as (
    update leads set responsible_id = coalesce($4, $3), updated_at = now()
    where id in (select lead_id from clock) and (responsible_id is null or responsible_id = $3) and closed_at is null
)
select lead_id from clock;

-- name: forget_talk
-- The talk with $1 answered at $2 was none, or somebody else's: what it took of his is untaken, and called is what another talk
-- called.
update lead_clocks as clock
set called_at = case when clock.called_at = $2 then (
        select min(call.answered_at) from calls as call
        where call.client = any (array(
            select $1::text union select lead.phone union select phone from lead_numbers where lead_id = lead.id))
            and call.outcome = 'answered' and call.answered_at >= lead.opened_at
    ) else clock.called_at end,
    taken_by = case when clock.taken_at = $2 then null else clock.taken_by end,
    taken_at = nullif(clock.taken_at, $2)
from leads as lead
where (lead.phone = $1 or lead.id = any (array(select lead_id from lead_numbers where lead_numbers.phone = $1)))
    and lead.closed_at is null and clock.lead_id = lead.id and $2 in (clock.called_at, clock.taken_at);

-- name: list_open
-- Open leads within the reach $1 (person), $2 (departments), $3 (lines), from behind ($4, $5) on, $6 at most: the nearest clock first,
-- by its index; due before $7, where one is named. What is of no department or line is everybody's. The page is found
-- before names are: the inbox joins more than the planner would reorder.
select * from lead_inbox
where id = any (array(
    select clock.lead_id from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
    where clock.closed_at is null and clock.due_at < coalesce($7::timestamptz, 'infinity')
        and (clock.due_at, clock.lead_id)
            > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
        and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
    order by clock.due_at, clock.lead_id
    limit $6
))
order by due_at, id;

-- name: list_mine
-- Those that $1 is responsible for, or has taken and nobody has called yet.
select * from lead_inbox
where id = any (array(
    select clock.lead_id from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
    where clock.closed_at is null
        and clock.lead_id = any (array(
            select id from leads where responsible_id = $1 and closed_at is null
            union
            select lead_id from lead_clocks
            where closed_at is null and taken_at is not null and called_at is null and taken_by = $1
        ))
        and (clock.due_at, clock.lead_id)
            > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
        and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
    order by clock.due_at, clock.lead_id
    limit $6
))
order by due_at, id;

-- name: list_untaken
-- Those that nobody has taken: their clock is the one they are to be taken by.
select * from lead_inbox
where id = any (array(
    select clock.lead_id from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
    where clock.closed_at is null and clock.taken_at is null
        and (clock.due_at, clock.lead_id)
            > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
        and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
    order by clock.take_by, clock.lead_id
    limit $6
))
order by due_at, id;

-- name: list_closed
-- Those that are closed, the latest first, from behind ($4, $5) on.
select * from lead_inbox
where closed_at is not null
    and lead_in_reach($1, $2, $3, responsible_id, taken_by_id, departments, line_id)
    and ($4::timestamptz is null or (closed_at, id) < ($4, $5::uuid))
order by closed_at desc, id desc
limit $6;

-- name: find_lead
select * from lead_inbox
where id = $4
    and lead_in_reach($1, $2, $3, responsible_id, taken_by_id, departments, line_id);

-- name: find_leads
-- Those of $4 that are within the reach.
select * from lead_inbox
where id = any ($4::uuid[])
    and lead_in_reach($1, $2, $3, responsible_id, taken_by_id, departments, line_id);

-- name: count_open
-- How many wait to be taken or called within the reach, and how many are overdue at $4: of each clock by its own index, for
-- open leads that nobody plans to call grow without bound.
with waiting as (
    select lead_id from lead_clocks where closed_at is null and taken_at is null
    union
    select lead_id from lead_clocks where closed_at is null and taken_at is not null and called_at is null
    union
    select id from leads where closed_at is null and next_call_at < $4
)
select (count(*) filter (where due <> 'next' or due_at < $4))::integer as waiting,
       (count(*) filter (where due_at < $4))::integer as overdue
from lead_inbox
where id = any (array(select lead_id from waiting)) and closed_at is null
    and lead_in_reach($1, $2, $3, responsible_id, taken_by_id, departments, line_id);

-- name: touches_of
-- The latest $2 touches of a lead.
select id, kind, text, at, call_id, tags, category, raw ->> 'direction' as direction, raw ->> 'outcome' as outcome, raw ->> 'site' as site
from touches where lead_id = $1 order by at desc, id desc limit $2;

-- name: take
-- It is taken by $2, which of who told no telephone is his answer too: no talk will say it. Who takes goes on with it unless somebody else already does; who takes over a taken one ($3) does in any case.
with clock as (
    update lead_clocks set taken_at = coalesce(taken_at, $4), taken_by = coalesce(taken_by, $2),
        called_at = case when phone is null then coalesce(called_at, $4) else called_at end
    where lead_id = $1
)
update leads set responsible_id = case when $3::boolean then $2 else coalesce(responsible_id, $2) end,
                 version = version + 1, updated_at = now()
where id = $1;

-- name: pass_on
-- It is $2's; his department is what it belongs to from now on. Who had taken it has: an untaken one is taken by $2.
with clock as (
    update lead_clocks set taken_at = coalesce(taken_at, $3), taken_by = coalesce(taken_by, $2),
        departments = coalesce((select array[department_id] from people where id = $2 and department_id is not null), departments)
    where lead_id = $1
)
update leads set responsible_id = $2, version = version + 1, updated_at = now() where id = $1;

-- name: change
-- Who plans the next step ($4) of one without a telephone at $5 has answered him; tells whether that was the first time.
with answered as (
    update lead_clocks set called_at = $5
    where lead_id = $1 and phone is null and called_at is null and taken_at is not null and $4::timestamptz is not null
    returning lead_id
), changed as (
    update leads set title = $2, stage = $3, next_call_at = $4, version = version + 1, updated_at = now() where id = $1
)
select exists (select from answered);

-- name: close
with clock as (
    update lead_clocks set closed_by = $2, close_reason = $4, close_note = $5 where lead_id = $1
)
update leads set closed_at = $3, version = version + 1, updated_at = now() where id = $1;

-- name: colleagues
-- Whom a lead may be passed on to: who works here and may sign in.
select person_id as id, name from person_identities where active and role <> 'marketer' order by name, person_id;

-- name: anything_late
select exists (select from lead_clocks where closed_at is null and taken_at is null and take_by <= $1)
    or exists (
        select from lead_clocks
        where closed_at is null and taken_at is not null and called_at is null and call_by <= $1 and late_told_at is null
    );

-- name: try_lock
-- One node looks at a lead whose time is up.
select pg_try_advisory_xact_lock(7245366);

-- name: candidates
-- Those of $1 who may sign in, with what they have; $2: roles any lead may be given to.
select who.person_id as person, array(select above_id from department_tree where department_id = who.department_id) as departments,
       who.role = any ($2::text[]) as takes,
       (select count(*) from leads join lead_clocks on lead_id = leads.id
        where leads.responsible_id = who.person_id and leads.closed_at is null)::integer as open_leads,
       (select max(assigned_at) from lead_clocks where taken_by = who.person_id and assigned_at is not null) as assigned_at
from person_identities as who
where who.person_id = any ($1::uuid[]) and who.active;

-- name: late_leads
-- Leads whose clock had run out by $1, as far as something may be done: heads who were told already are not told again, so
-- that then only somebody online who may sign in counts — persons $2, or any of departments $3, or anybody ($4) where it is everybody's.
select clock.lead_id as id
from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
where clock.closed_at is null and (
    clock.taken_at is null and clock.take_by <= $1
        and (clock.late_told_at is null or lead.responsible_id = any ($2::uuid[]) or clock.departments && $3::uuid[]
             or ($4::boolean and clock.departments = '{}'))
    or clock.taken_at is not null and clock.called_at is null and clock.call_by <= $1 and clock.late_told_at is null
)
order by clock.take_by, clock.lead_id limit $5;

-- name: late_lead
-- One of them as it is now, behind its lock.
select coalesce(contact, company, nullif(title, ''), nullif(direction, ''), phone,
                (select email from leads where id = $1)) as named, responsible, take_by, call_by,
       taken_at, called_at, responsible_id, departments,
       (select late_told_at from lead_clocks where lead_id = $1) as late_told_at
from lead_inbox where id = $1 and closed_at is null;

-- name: assign
with clock as (
    update lead_clocks set taken_at = $3, taken_by = $2, assigned_at = $3 where lead_id = $1
)
update leads set responsible_id = $2, version = version + 1, updated_at = now() where id = $1;

-- name: note_told
update lead_clocks set late_told_at = $2 where lead_id = $1;

-- name: heads_of
-- Whom it is told that lead $1 is late; $2: roles, where its departments have no head.
select head as person_id
from lead_clocks as clock cross join lateral heads_of_lead(clock.departments, clock.line_id, $2) as head
where clock.lead_id = $1;

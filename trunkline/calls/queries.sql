-- name: keep_keys
-- When calls whose keys carry no time were first heard of; the first telling stands.
insert into call_keys (pbx, linkedid, first_seen)
select * from unnest($1::text[], $2::text[], $3::timestamptz[])
on conflict do nothing;

-- name: find_keys
select pbx, linkedid, first_seen from call_keys
where (pbx, linkedid) in (select * from unnest($1::text[], $2::text[]));

-- name: load_steps
-- All steps of some calls.
select call_id, at, step_id, source, leg, channel, what::text as what from steps
where call_id = any($1::uuid[]);

-- name: save_steps
insert into steps (call_id, at, step_id, source, leg, channel, what)
select call_id, at, step_id, source, leg, channel, what::jsonb
from unnest($1::uuid[], $2::timestamptz[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[])
    as told (call_id, at, step_id, source, leg, channel, what)
on conflict do nothing;

-- name: save_calls
-- Calls as their steps now tell them; whose they are follows from the line and the extensions.
insert into calls as known (
    id, pbx, linkedid, direction, caller, caller_name, client, dialled, line_id, started_at, answered_at, ended_at,
    outcome, missed_why, answered_by, hung_up_by, agents, rang, queues, people, departments, wait_ms, talk_ms,
    is_partial, has_gap, notice_version, notice_state, part_of, story
)
select
    told.id, pbx, linkedid, direction, caller, caller_name, client, dialled,
    coalesce(
        (select lines.id from lines where lines.number = told.dialled),
        (select line_id from line_aliases where direction = 'in' and alias = lower(told.dialled))
    ),
    started_at, answered_at, ended_at, outcome, missed_why, answered_by, hung_up_by, agents, rang, queues,
    coalesce(staff.people, '{}'),
    array(
        select department_id from queues join unnest(told.queues) as named (target) using (target)
        where department_id is not null
        union select unnest(staff.departments)
    ),
    wait_ms, talk_ms, is_partial, has_gap, notice_version, notice_state, part_of, story
from jsonb_to_recordset($1::text::jsonb) as told (
    id uuid, pbx text, linkedid text, direction text, caller text, caller_name text, client text, dialled text,
    started_at timestamptz, answered_at timestamptz, ended_at timestamptz, outcome text, missed_why text,
    answered_by text, hung_up_by text, agents text[], rang text[], queues text[], wait_ms integer, talk_ms integer,
    is_partial boolean, has_gap boolean, notice_version integer, notice_state text, part_of uuid, story jsonb
)
cross join lateral (
    select
        array_agg(people.id) as people,
        array_agg(distinct department_id) filter (where department_id is not null) as departments
    from people where people.extension = any(told.agents)
) as staff
on conflict (id) do update set
    direction = excluded.direction, caller = excluded.caller, caller_name = excluded.caller_name,
    client = excluded.client, dialled = excluded.dialled, line_id = excluded.line_id,
    started_at = excluded.started_at, answered_at = excluded.answered_at, ended_at = excluded.ended_at,
    outcome = excluded.outcome, missed_why = excluded.missed_why, answered_by = excluded.answered_by,
    hung_up_by = excluded.hung_up_by, agents = excluded.agents, rang = excluded.rang, queues = excluded.queues,
    people = excluded.people, departments = excluded.departments, wait_ms = excluded.wait_ms,
    talk_ms = excluded.talk_ms, is_partial = excluded.is_partial, has_gap = excluded.has_gap,
    notice_version = excluded.notice_version, notice_state = excluded.notice_state,
    part_of = excluded.part_of, story = excluded.story, updated_at = now();

-- name: remember_lines
-- Which of our lines the client of each call was in touch with, unless something newer is known.
insert into last_lines as known (number, line_id, at)
select distinct on (client) client, line, started_at
from (
    select client, started_at, coalesce(
        (select lines.id from lines where lines.number = dialled),
        (select line_id from line_aliases where alias = lower(dialled))
    ) as line
    from jsonb_to_recordset($1::text::jsonb) as told (
        client text, dialled text, direction text, started_at timestamptz
    )
    where client like '+%' and direction = 'in'
) as told
where line is not null
order by client, started_at desc
on conflict (number) do update set line_id = excluded.line_id, at = excluded.at where excluded.at > known.at;

-- name: hold_story
-- Keep other nodes' writers away from a PBX's calls until the end of the transaction.
select writer from story_writers where pbx = $1 for update;

-- name: take_story
insert into story_writers (pbx, writer) values ($1, $2)
on conflict (pbx) do update set writer = excluded.writer;

-- name: open_calls
-- Calls of a PBX that are not over.
select id, linkedid from calls where pbx = $1 and ended_at is null and id < $2;

-- name: unheard_calls
-- At most $4 calls of a PBX that are not over and began below the id $2, of which neither a step nor a request has come since $3.
select id, linkedid from calls
where pbx = $1 and ended_at is null and id < $2
    and not exists (select from steps where call_id = calls.id and steps.at >= $3)
    and not exists (select from hooks_heard as heard where heard.pbx = $1 and heard.id >= $2 and heard.call = calls.linkedid)
order by id limit $4;

-- name: cloud_pbxs
-- PBXs of the kinds $1, the inactive too: a call of one that was switched off in a talk is told of no more.
select id from pbxs where kind = any ($1::text[]) order by id;

-- name: calls_during
-- Calls of a PBX that a gap may have cut: begun between two ids and not over before a moment.
select linkedid from calls where pbx = $1 and id >= $2 and id < $3 and (ended_at is null or ended_at >= $4);

-- name: keep_gap
-- Nothing was heard of a PBX from $2 to $3; told again, the longer and better one stands.
insert into link_gaps as known (pbx, since, until, cause, is_filled) values ($1, $2, $3, $4, $5)
on conflict (pbx, since) do update
set until = greatest(known.until, excluded.until), is_filled = known.is_filled or excluded.is_filled;

-- name: is_recorded
-- A recording that was sent in, or that a provider has, is told by no step.
select exists (select from recordings where call_id = $1);

-- name: find_call
-- One call, if it is within the asker's reach.
select * from calls
where id = $1
    and ($2::uuid = any(people) or (($3::uuid[] is null or departments && $3) and ($4::uuid[] is null or line_id = any($4))));

-- name: call_alike
-- The call of the PBX $1 and the client $2 that has the id $4, else the nearest one of the direction $3 that was going on
-- at $6, $7 more or less: of any name where $9, else of one that we made up. None began before the id $5.
select linkedid from calls
where pbx = $1 and client = $2 and id >= $5
    and (
        linkedid = $4
        or (
            direction = $3
            and ($9 or linkedid like '~%')
            and $6 between started_at - $7::interval and coalesce(ended_at, started_at + $8::interval) + $7::interval
        )
    )
order by linkedid = $4 desc, abs(extract(epoch from started_at - $6)), id
limit 1;

-- name: list_calls
-- One page of calls within two ids, the newest first; listing.py adds the conditions asked for, the order and the limit.
select id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, answered_at, ended_at, outcome,
    missed_why, answered_by, hung_up_by, agents, rang, queues, wait_ms, talk_ms, is_partial, has_gap,
    notice_version, notice_state, part_of
from calls
where id >= $1 and id < $2;

-- name: remember_talks
-- Numbers $1 talked with extensions $2 at $3; an older talk never replaces a newer one.
insert into last_talks (number, person_id, at)
select talk.number, p.id, talk.at
from unnest($1::text[], $2::text[], $3::timestamptz[]) as talk (number, extension, at)
join people p on p.extension = talk.extension
where talk.number ~ '^\+[0-9]{5,15}$'
order by talk.number
on conflict (number) do update set person_id = excluded.person_id, at = excluded.at
where last_talks.at < excluded.at;

-- name: add_wrap_ups
-- Leave agents in peace after their talks; a talk told too late for that, or with no time set for it, leaves nothing.
insert into wrap_ups as known (pbx, extension, call_id, until)
select distinct on (pbxs.id, talk.extension) pbxs.id, talk.extension, talk.call_id, talk.at + peace.lasts
from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[]) as talk (pbx, extension, call_id, at)
join pbxs on pbxs.id = talk.pbx
cross join lateral (
    select make_interval(secs => coalesce((pbxs.settings ->> 'wrap_up_seconds')::integer, 0)) as lasts
) as peace
where talk.at + peace.lasts > now() and peace.lasts > interval '0'
order by pbxs.id, talk.extension, talk.at desc
on conflict (pbx, extension) do update
set call_id = excluded.call_id, until = excluded.until
where known.until < excluded.until;

-- name: load_agents
-- Who of ours is in some calls, as it was last stored.
select call_id, extension, state, leg, since, other, other_name, line, queue from agent_calls
where call_id = any($1::uuid[]);

-- name: dialled_for
-- Whom calls of ours are for, by their linkedid.
select pbx, channel, number from dials where channel = any($1::text[]);

-- name: save_agents
-- Extensions that came into calls or do something else in them now; $1 is JSON.
insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue)
select pbx, extension, call_id, state, leg, since, other, other_name, line, queue
from jsonb_to_recordset($1::text::jsonb) as told (
    pbx text, extension text, call_id uuid, state text, leg text, since timestamptz, other text, other_name text,
    line text, queue text
)
on conflict (call_id, extension) do update set
    state = excluded.state, leg = excluded.leg, since = excluded.since, other = excluded.other,
    other_name = excluded.other_name, line = excluded.line, queue = excluded.queue, event_id = excluded.event_id
returning call_id, extension, event_id;

-- name: drop_agents
-- Extensions that left calls.
delete from agent_calls
using unnest($1::uuid[], $2::text[]) as gone (call_id, extension)
where agent_calls.call_id = gone.call_id and agent_calls.extension = gone.extension
returning agent_calls.call_id, agent_calls.extension, nextval('agent_events') as event_id;

-- name: every_agent
-- Everybody who is in a call now.
select pbx, extension, call_id, state, since, other, other_name, line, queue, event_id from agent_calls;

-- name: agents_mark
-- Changes whenever a row does: every change takes a number that no other has.
select count(*) as rows, coalesce(sum(event_id), 0)::text as mark from agent_calls;

-- name: sweep_agents
-- Rows of calls nobody has told the end of for longer than a call lasts, or whose PBX was switched off or taken out.
delete from agent_calls
where since < now() - make_interval(secs => $1) or not exists (select from pbxs where pbxs.id = agent_calls.pbx and pbxs.active);

-- name: save_waits
-- Visits of calls $1 to queues, of which each has $2 now, as the JSON $3 tells them.
with gone as (
    delete from queue_waits using unnest($1::uuid[], $2::integer[]) as told (call_id, number)
    where queue_waits.call_id = told.call_id and queue_waits.place >= told.number
)
insert into queue_waits as known (call_id, place, pbx, queue, line_id, caller, caller_name, since, until, ended)
select
    call_id, place, pbx, queue,
    coalesce(
        (select lines.id from lines where lines.number = told.dialled),
        (select line_id from line_aliases where alias = lower(told.dialled))
    ),
    caller, caller_name, since, until, ended
from jsonb_to_recordset($3::text::jsonb) as told (
    call_id uuid, place smallint, pbx text, queue text, dialled text, caller text, caller_name text,
    since timestamptz, until timestamptz, ended text
)
on conflict (call_id, place) do update set
    queue = excluded.queue, line_id = excluded.line_id, caller = excluded.caller, caller_name = excluded.caller_name,
    since = excluded.since, until = excluded.until, ended = excluded.ended
where (known.queue, known.line_id, known.caller, known.caller_name, known.since, known.until, known.ended)
    is distinct from (excluded.queue, excluded.line_id, excluded.caller, excluded.caller_name, excluded.since,
        excluded.until, excluded.ended);

-- name: sweep_waits
-- Waits of more than $1 seconds ago, open ones of more than $2, and those of a PBX that was switched off or taken out.
delete from queue_waits
where since < now() - make_interval(secs => $1)
    or (until is null and since < now() - make_interval(secs => $2))
    or not exists (select from pbxs where pbxs.id = queue_waits.pbx and pbxs.active);

-- name: mobile_seats
-- Whose of the numbers $1 are: extensions of people whose mobile is their telephone.
select mobile, extension from people where works_on = 'forwarded' and active and mobile = any ($1::text[]);

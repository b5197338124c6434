-- name: save_decisions
-- Decisions as they were answered; one that is there already stays.
insert into decisions (
    call_id, turn, at, pbx, linkedid, caller, line, action, target, targets, ring_seconds, wait_seconds, priority,
    caller_name, sound, next, rule, degraded, status, queue, digits, plan, micros, trace, facts, advised, asked_at
)
select
    call_id, turn, at, pbx, linkedid, caller, line, action, target, targets, ring_seconds, wait_seconds, priority,
    caller_name, sound, next, rule, degraded, status, queue, digits, plan, micros, trace, facts,
    nullif(advised, 'null'::jsonb), asked_at
from jsonb_to_recordset($1::text::jsonb) as told (
    call_id uuid, turn smallint, at timestamptz, pbx text, linkedid text, caller text, line text, action text,
    target text, targets text[], ring_seconds integer, wait_seconds integer, priority integer, caller_name text,
    sound text, next text, rule text, degraded text[], status text, queue text, digits text, plan bigint,
    micros integer, trace jsonb, facts jsonb, advised jsonb,
    asked_at timestamptz
)
on conflict do nothing;

-- name: hold_screening
-- A call and its decisions may come from two nodes at once: the second to look sees what the first wrote.
select pg_advisory_xact_lock(7245012, key)
from (select distinct hashtext(id::text) & 63 as key from unnest($1::uuid[]) as id order by 1) as keys;

-- name: screened
-- Which of these calls the rules $2 kept out, and nothing sent to a person.
select call_id from decisions where call_id = any ($1::uuid[])
group by call_id
having bool_or(rule = any ($2::text[]))
   and not bool_or(action in ('queue', 'extension', 'number', 'targets', 'default'));

-- name: screen_calls
-- Calls whose decisions came after their last step: as `screened` has them, they were not missed.
update calls set outcome = 'screened', missed_why = null, updated_at = now()
where id = any ($1::uuid[]) and outcome = 'missed' and direction = 'in' and rang = '{}'
returning id;

-- name: decisions_of_call
-- The turns of one call, in order.
select * from decisions where call_id = $1 order by at, turn;

-- name: call_of_linkedid
-- The newest call that a PBX knows by this id.
select call_id from decisions where linkedid = $1 order by call_id desc limit 1;

-- name: last_call_from
-- The newest call from this number.
select call_id from decisions where caller = $1 order by call_id desc limit 1;

-- name: zone_of_plan
-- The zone of a plan's hours; one that leaves it out has the default of router/plan.py.
select coalesce(nullif(body ->> 'timezone', ''), 'Europe/Moscow') from plans where version = $1;

-- name: save_decisions
-- Decisions as they were answered; one that is there already stays.
insert into decisions (
    call_id, turn, at, pbx, linkedid, caller, line, action, target, targets, ring_seconds, wait_seconds, priority,
    caller_name, sound, next, rule, degraded, status, queue, digits, plan, micros, trace, facts, asked_at
)
select
    call_id, turn, at, pbx, linkedid, caller, line, action, target, targets, ring_seconds, wait_seconds, priority,
    caller_name, sound, next, rule, degraded, status, queue, digits, plan, micros, trace, facts, asked_at
from jsonb_to_recordset($1::text::jsonb) as told (
    call_id uuid, turn smallint, at timestamptz, pbx text, linkedid text, caller text, line text, action text,
    target text, targets text[], ring_seconds integer, wait_seconds integer, priority integer, caller_name text,
    sound text, next text, rule text, degraded text[], status text, queue text, digits text, plan bigint,
    micros integer, trace jsonb, facts jsonb, asked_at timestamptz
)
on conflict do nothing;

-- name: decisions_of_call
-- The turns of one call, in order.
select * from decisions where call_id = $1 order by at, turn;

-- name: call_of_linkedid
-- The newest call that a PBX knows by this id.
select call_id from decisions where linkedid = $1 order by call_id desc limit 1;

-- name: last_call_from
-- The newest call from this number.
select call_id from decisions where caller = $1 order by call_id desc limit 1;

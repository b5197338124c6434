-- name: try_lock
-- One node's engine at a time, for a transaction.
select pg_try_advisory_xact_lock(7245170);

-- name: add
-- A client who wants to be called; nothing where he waits already.
insert into callbacks (
    id, idem, number, line, queue_id, owner_id, source, zone, asked_at, wanted_at, next_at, by_id, ip, note
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13)
on conflict (number) where state in ('waiting', 'dialling') do nothing
returning id;

-- name: known
-- The callback of this key, else the open one of this number; whether person $3 may know of it: he asked for it, or its
-- queue and its line are within the departments $4 and the lines $5.
select c.id, c.number, c.wanted_at, c.idem is not null and c.idem is not distinct from $1 as same,
    c.by_id is not distinct from $3
    or (($4::uuid[] is null or exists (select from queues q where q.id = c.queue_id and q.department_id = any ($4)))
        and ($5::uuid[] is null or c.line = ''
             or exists (select from lines l where l.number = c.line and l.id = any ($5)))) as within
from callbacks c
where c.idem = $1 or (c.number = $2 and c.state in ('waiting', 'dialling'))
order by c.idem = $1 desc nulls last limit 1;

-- name: sooner
-- Who waits for a later time than $2 waits for $2; a pause after an attempt stands.
update callbacks set wanted_at = $2, next_at = case when next_at = wanted_at then $2 else next_at end, why = 'sooner',
    note = case when note = '' then $3 else note end
where id = $1 and state = 'waiting' and wanted_at > $2 returning true;

-- name: queues_of
-- Queues that may call back, within a reader's departments.
select id, name from queues where $1::uuid[] is null or department_id = any ($1) order by name, id;

-- name: agents_of
-- Who answers them.
select distinct p.name, p.extension
from people p join queue_members m on m.person_id = p.id join queues q on q.id = m.queue_id
where p.active and p.extension is not null and ($1::uuid[] is null or q.department_id = any ($1))
order by p.name, p.extension;

-- name: find
-- One, within a reader's reach.
select c.id, c.number, c.line, c.queue_id as queue, q.name as queue_name, p.name as owner, c.source, c.zone, c.asked_at,
    c.wanted_at, c.next_at, c.state, c.why, c.attempts, c.note, c.ended_at
from callbacks c join queues q on q.id = c.queue_id left join people p on p.id = c.owner_id
where c.id = $1
    and ($2::uuid[] is null or q.department_id = any ($2))
    and ($3::uuid[] is null or exists (select from lines l where l.number = c.line and l.id = any ($3)));

-- name: list_open
-- Who waits, in order.
select c.id, c.number, c.line, c.queue_id as queue, q.name as queue_name, p.name as owner, c.source, c.zone, c.asked_at,
    c.wanted_at, c.next_at, c.state, c.why, c.attempts, c.note, c.ended_at
from callbacks c join queues q on q.id = c.queue_id left join people p on p.id = c.owner_id
where c.state in ('waiting', 'dialling')
    and ($1::uuid[] is null or q.department_id = any ($1))
    and ($2::uuid[] is null or exists (select from lines l where l.number = c.line and l.id = any ($2)))
    and ($3::timestamptz is null or (c.asked_at, c.id) > ($3, $4))
order by c.asked_at, c.id limit $5;

-- name: list_ended
-- Those that are over, the newest first.
select c.id, c.number, c.line, c.queue_id as queue, q.name as queue_name, p.name as owner, c.source, c.zone, c.asked_at,
    c.wanted_at, c.next_at, c.state, c.why, c.attempts, c.note, c.ended_at
from callbacks c join queues q on q.id = c.queue_id left join people p on p.id = c.owner_id
where c.ended_at is not null
    and ($1::uuid[] is null or q.department_id = any ($1))
    and ($2::uuid[] is null or exists (select from lines l where l.number = c.line and l.id = any ($2)))
    and ($3::timestamptz is null or (c.ended_at, c.id) < ($3, $4))
order by c.ended_at desc, c.id desc limit $5;

-- name: cancel
-- He is called no more; one whose call goes on is not cut, nor called again.
update callbacks set state = 'cancelled', why = $2, ended_at = $3
where id = $1 and state in ('waiting', 'dialling') returning id;

-- name: to_look_at
-- Open callbacks in their order, those whose time has come by $2 first, unless another call of ours to the number goes on;
select c.id, c.number, c.line, c.queue_id, c.owner_id, c.zone, c.asked_at, c.wanted_at, c.next_at, c.state, c.attempts,
    c.misses, c.ip, d.state as dial_state, d.outcome, d.talk_seconds,
    exists (
        select from calls k
        where k.client = c.number and k.client <> '' and k.id >= $1 and k.started_at >= c.asked_at and k.outcome = 'answered'
            and (k.direction <> 'out' or k.talk_ms >= 1000 * (select callback_short_seconds from dial_rules))
            and not exists (select from dials own where own.call_id = k.id and own.callback_id = c.id)
    ) as got_through
from callbacks c
left join lateral (
    select state, outcome, talk_seconds from dials where callback_id = c.id order by at desc limit 1
) as d on c.state = 'dialling'
where c.state = 'dialling'
    or (c.state = 'waiting' and not exists (select from dials o where o.number = c.number and o.state <> 'ended'))
order by c.state = 'waiting' and c.next_at > $2, c.asked_at, c.id limit 500;

-- name: oldest
-- Since when the oldest open one waits.
select min(asked_at) from callbacks where state in ('waiting', 'dialling');

-- name: step
-- What becomes of one.
update callbacks set state = $2, why = $3, next_at = coalesce($4, next_at), attempts = $5, misses = $6,
    ended_at = case when $2 in ('waiting', 'dialling') then null else $7::timestamptz end
where id = $1 and state in ('waiting', 'dialling');

-- name: members
-- Who answers which queue, the first to be asked first; with $1 without those who work on a mobile.
select m.queue_id, p.id as person, p.extension
from queue_members m join people p on p.id = m.person_id
where p.active and p.extension is not null and not ($1::boolean and p.works_on = 'forwarded')
order by m.queue_id, m.penalty, p.name, p.id;

-- name: engaged
-- Extensions a dial of ours is busy with, or that are left in peace after a talk.
select agent from dials where state <> 'ended'
union select extension from queue_rests where until is null or until > now();

-- name: in_calls
-- Extensions in calls that go on at $1; one that began a day ago ended unheard.
select distinct extension from agent_calls where since > $1::timestamptz - interval '1 day';

-- name: find_queue
-- A queue and whose it is.
select id, department_id from queues where id = $1;

-- name: prune
-- Forget what was over long ago.
delete from callbacks where ended_at < now() - make_interval(days => $1);

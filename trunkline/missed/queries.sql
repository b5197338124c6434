-- name: hold_numbers
-- Two nodes, or a node and a person, may tell of one number at once: the second to look sees what the first wrote.
select pg_advisory_xact_lock(7245018, key)
from (select distinct hashtext(number) & 255 as key from unnest($1::text[]) as number order by 1) as keys;

-- name: affected
-- From when on each number's entries may be others, now that something is told of the moment `at`; null where nobody waits
-- and nothing that was over by then can be touched. A day of slack for what is corrected: it moves a call by less.
select number, least(at, first.missed_at) as since, missed or first.missed_at is not null as touched
from unnest($1::text[], $2::timestamptz[], $3::boolean[], $4::boolean[]) as told (number, at, missed, corrected)
cross join lateral (
    select min(first_missed_at) as missed_at from missed_clients as known
    where known.number = told.number
        and (closed_at is null or closed_at >= told.at - case when corrected then interval '1 day' else '0' end)
) as first;

-- name: calls_with
-- The calls with these numbers that may open, prolong or close an entry from the moments $4 on, of the ids from $2 on; a
-- talk counts from its answer. $3: who gives up within so many milliseconds was not missed. A call of ours whose own desk
-- did not answer never reached the client; a colleague's mobile is no client.
select
    client, id, direction, outcome, started_at, answered_at, ended_at, missed_why, dialled, line_id, queues, departments,
    people, agents
from unnest($1::text[], $2::uuid[], $4::timestamptz[]) as told (number, low, since)
cross join lateral (
    select * from calls
    where client = told.number and client <> '' and id >= told.low and direction in ('in', 'out')
        and (answered_at is not null or outcome = 'missed' and ended_at is not null)
        and coalesce(answered_at, started_at) >= told.since
        and not (direction = 'out' and outcome = 'missed' and missed_why = 'desk_silent')
        and not (direction = 'in' and outcome = 'missed' and wait_ms < $3
                 and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted'))
) as had
where not exists (select from people where people.mobile = had.client and people.active);

-- name: deeds_about
select number, deed.id, at, kind, person_id, reason, note
from unnest($1::text[], $2::timestamptz[]) as told (number, since)
join missed_deeds as deed using (number)
where deed.at >= told.since;

-- name: drop_entries
-- Entries of these numbers from `since` on that are none after all.
delete from missed_clients as known
using unnest($1::text[], $2::timestamptz[]) as told (number, since)
where known.number = told.number and known.first_missed_at >= told.since and not known.id = any ($3::uuid[]);

-- name: keep_entries
-- Entries as they now are; what was promised stands, and when it was learnt, unless the client was missed at another time.
insert into missed_clients as known (
    id, number, first_missed_at, missed_until, last_missed_at, last_call_id, times, missed_why, dialled, line_id, queue,
    lines, departments, people, promised_at, owner_id, owned_at, attempts, last_attempt_at, last_attempt_by,
    last_attempt_why, last_attempt_id, called_back_at, closed_at, closed_how, closed_call_id, closed_by_id, close_reason,
    close_note
)
select
    id, number, first_missed_at, missed_until, last_missed_at, last_call_id, times, missed_why, dialled, line_id, queue,
    lines, departments, people, promised_at, owner_id, owned_at, attempts, last_attempt_at, last_attempt_by,
    last_attempt_why, last_attempt_id, called_back_at, closed_at, closed_how, closed_call_id, closed_by_id, close_reason,
    close_note
from jsonb_populate_recordset(null::missed_clients, $1::text::jsonb)
order by first_missed_at
on conflict (id) do update set
    number = excluded.number, first_missed_at = excluded.first_missed_at, missed_until = excluded.missed_until,
    last_missed_at = excluded.last_missed_at, last_call_id = excluded.last_call_id, times = excluded.times,
    missed_why = excluded.missed_why, dialled = excluded.dialled, line_id = excluded.line_id, queue = excluded.queue,
    lines = excluded.lines, departments = excluded.departments, people = excluded.people,
    promised_at = case when known.missed_until = excluded.missed_until then known.promised_at else excluded.promised_at end,
    learnt_at = case when known.missed_until = excluded.missed_until then known.learnt_at else now() end,
    owner_id = excluded.owner_id, owned_at = excluded.owned_at, attempts = excluded.attempts,
    last_attempt_at = excluded.last_attempt_at, last_attempt_by = excluded.last_attempt_by,
    last_attempt_why = excluded.last_attempt_why, last_attempt_id = excluded.last_attempt_id,
    called_back_at = excluded.called_back_at, closed_at = excluded.closed_at, closed_how = excluded.closed_how,
    closed_call_id = excluded.closed_call_id, closed_by_id = excluded.closed_by_id,
    close_reason = excluded.close_reason, close_note = excluded.close_note;

-- name: clients_of
-- Whose calls these are, and when they began.
select client, started_at from calls where id = any ($1::uuid[]) and client <> '' and direction = 'in';

-- name: add_deed
insert into missed_deeds (id, number, at, kind, person_id, reason, note) values ($1, $2, $3, $4, $5, $6, $7);

-- name: aging
-- Numbers missed last before $1 that still wait, longer than was promised; the oldest first.
select number from missed_clients
where closed_at is null and last_missed_at < $1 and promised_at < $2
order by last_missed_at limit $3;

-- name: aging_of
-- Those of them that still do, now that nobody else touches them; `at` is behind all that the entry knows.
select number, first_missed_at, greatest($2::timestamptz, interval '1 microsecond' + greatest(
    last_missed_at, last_attempt_at, (select max(at) from missed_deeds as deed where deed.number = entry.number)
)) as at
from missed_clients as entry
where number = any ($3::text[]) and closed_at is null and last_missed_at < $1 and promised_at < $2
order by number;

-- name: list_open
-- Who waits, within the reach $1 (person), $2 (departments), $3 (lines): whose ($4), overdue at $5, of a line ($6) or queue
-- ($7), from behind ($8, $9) on; the nearest promise first.
select * from missed_list
where closed_at is null
    and ($1::uuid = any (people) or $1 = owner_id
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or lines && $3)))
    and ($4::uuid is null or owner_id = $4) and ($5::timestamptz is null or promised_at < $5)
    and ($6::text is null or dialled = $6) and ($7::text is null or queue = $7)
    and ($8::timestamptz is null or (promised_at, id) > ($8, $9::uuid))
order by promised_at, id
limit $10;

-- name: list_closed
-- Who waits no more since $5, the latest first; the rest as above, ($8, $9) with the moment of closing.
select * from missed_list
where closed_at is not null and closed_at >= $5::timestamptz
    and ($1::uuid = any (people) or $1 = owner_id or $1 = closed_by_id
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or lines && $3)))
    and ($4::uuid is null or owner_id = $4)
    and ($6::text is null or dialled = $6) and ($7::text is null or queue = $7)
    and ($8::timestamptz is null or (closed_at, id) < ($8, $9::uuid))
order by closed_at desc, id desc
limit $10;

-- name: find_entry
select * from missed_list
where id = $4
    and ($1::uuid = any (people) or $1 = owner_id or $1 = closed_by_id
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or lines && $3)));

-- name: count_open
-- How many wait within the reach, and how many of them longer than promised.
select count(*)::integer as waiting, (count(*) filter (where promised_at < $4))::integer as overdue
from missed_clients
where closed_at is null
    and ($1::uuid = any (people) or $1 = owner_id
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or lines && $3)));

-- name: places_open
-- The lines and queues that somebody waits on, within the reach.
select distinct dialled, queue from missed_clients
where closed_at is null
    and ($1::uuid = any (people) or $1 = owner_id
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or lines && $3)))
order by dialled, queue;

-- name: deeds_of
-- What was done by hand to a number from $2 on, in order.
select at, kind, people.name as person, reason, note
from missed_deeds left join people on people.id = person_id
where number = $1 and at >= $2 and ($3::timestamptz is null or at <= $3)
order by at;

-- name: latest_of
-- The last moment an entry knows of.
select greatest(entry.last_missed_at, entry.last_attempt_at, (
    select max(at) from missed_deeds as deed where deed.number = entry.number
)) from missed_clients as entry where id = $1;

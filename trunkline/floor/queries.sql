-- Everywhere: the reader's departments (null: all) and lines (null: all).

-- name: waiting
-- Who waits at this moment, within departments $1 and lines $2; a wait is given up for lost after $3 seconds.
select w.call_id, w.pbx, w.queue, w.caller, w.caller_name, w.since, coalesce(l.number, '') as line
from queue_waits w left join lines l on l.id = w.line_id
where w.until is null and w.since > now() - make_interval(secs => $3)
    and ($1::uuid[] is null
         or exists (select from queues q where q.target = w.queue and q.department_id = any ($1)))
    and ($2::uuid[] is null or w.line_id = any ($2))
order by w.since;

-- name: waits_today
-- What the waits that began since $3 came to, those answered within $4 seconds apart.
select queue,
    (count(*) filter (where ended = 'answered'))::integer as answered,
    (count(*) filter (where ended = 'answered' and until - since <= make_interval(secs => $4)))::integer as in_time,
    (count(*) filter (where ended = 'abandoned'))::integer as abandoned,
    (count(*) filter (where ended = 'left'))::integer as left
from queue_waits w
where since >= $3
    and ($1::uuid[] is null
         or exists (select from queues q where q.target = w.queue and q.department_id = any ($1)))
    and ($2::uuid[] is null or line_id = any ($2))
group by queue;

-- name: queues
-- The queues of these departments with their members.
select distinct on (q.name, q.target) q.target, q.name,
    array(select person_id from queue_members m join queues same on same.id = m.queue_id
          where same.target = q.target) as members
from queues q
where $1::uuid[] is null or q.department_id = any ($1)
order by q.name, q.target, q.id;

-- name: in_calls
-- Which of the extensions $1 are in which calls; `seen` where the call's line is among the reader's lines $2.
select a.extension, a.pbx, a.call_id, a.state, a.since, a.other, a.other_name, a.line, a.queue,
    ($2::uuid[] is null
     or exists (select from lines l where l.number = a.line and l.id = any ($2))) as seen
from agent_calls a
where a.extension = any ($1::text[]) and a.since > now() - make_interval(secs => $3)
order by a.since;

-- name: agents_today
-- Of each extension: calls with an id from $4 to $5 that began since $6, are over and which it took part in, and how many
-- seconds it talked in them, within the reach $1 (person), $2 (departments), $3 (lines).
select extension, count(*)::integer as calls,
    round(sum(
        case when cardinality(agents) = 1 then talk_ms / 1000.0
        else (
            select coalesce(sum(extract(epoch from (talk ->> 'until')::timestamptz - (talk ->> 'since')::timestamptz)), 0)
            from jsonb_array_elements(story -> 'talks') as talk where talk -> 'parties' ? extension
        ) end
    ))::integer as talk_seconds
from calls cross join unnest(agents) as extension
where id >= $4 and id < $5 and started_at >= $6 and ended_at is not null and outcome <> 'merged'
    and ($1::uuid = any (people)
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or line_id = any ($3))))
group by extension;

-- name: lines_today
-- Of each line: incoming calls that began since $6, as above; who gave up sooner than the rule says is not missed.
select l.number, l.name,
    (count(*) filter (where outcome = 'answered'))::integer as answered,
    (count(*) filter (
        where outcome = 'missed'
            and not (wait_ms < (select 1000 * short_seconds from missed_rules) and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted'))
    ))::integer as missed
from calls join lines l on l.id = line_id
where calls.id >= $4 and calls.id < $5 and started_at >= $6 and direction = 'in' and ended_at is not null
    and outcome in ('answered', 'missed')
    and ($1::uuid = any (people)
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or line_id = any ($3))))
group by l.number, l.name;

-- name: lines_now
-- Of each line: incoming calls that go on, with an id from $4 on.
select l.number, l.name, count(*)::integer as now
from calls join lines l on l.id = line_id
where calls.ended_at is null and calls.id >= $4 and direction = 'in' and part_of is null and outcome <> 'merged'
    and calls.pbx = any (array(select id from pbxs))
    and ($1::uuid = any (people)
         or (($2::uuid[] is null or departments && $2) and ($3::uuid[] is null or line_id = any ($3))))
group by l.number, l.name;

-- name: set_answer_seconds
-- One with what the reports count by: /settings/missed shows it too.
update missed_rules set answer_seconds = $1;

-- name: linked_pbxs
-- PBXs that tell us of their calls: those whose AMI we log in to.
select id, name from pbxs where active and kind = 'asterisk' and secrets is not null order by id;

-- name: hosted_pbxs
-- PBXs in the cloud, of the kinds $1: they tell us of their calls by webhooks, and of no telephone.
select id, name from pbxs where active and kind = any ($1::text[]) order by id;

-- name: controlling
-- PBXs whose second user may do it: $1 is the setting, members_controls or members_listens.
select id, name from pbxs
where active and kind = 'asterisk' and settings->>$1 = 'true' and coalesce(settings->>'members_username', '') <> ''
order by id;

-- name: waiting_leg
-- Who waits at this moment in queue $2 of call $1, within departments $3 and lines $4, and the channel he is at.
select w.pbx, (
    select leg from steps
    where call_id = w.call_id and what ->> 'kind' = 'queued' and what ->> 'queue' = w.queue
    order by at desc limit 1
) as leg
from queue_waits w
where w.call_id = $1 and w.queue = $2 and w.until is null
    and ($3::uuid[] is null
         or exists (select from queues q where q.target = w.queue and q.department_id = any ($3)))
    and ($4::uuid[] is null or w.line_id = any ($4))
order by w.place desc limit 1;

-- name: talking_leg
-- The leg of extension $2 that talks in call $1.
select pbx, leg from agent_calls where call_id = $1 and extension = $2 and state = 'talking';

-- name: heard_leg
-- The same of an agent of the departments $3, in a call on one of the lines $4.
select a.pbx, a.leg
from agent_calls a join people p on p.extension = a.extension
where a.call_id = $1 and a.extension = $2 and a.state = 'talking'
    and ($3::uuid[] is null or p.department_id = any ($3))
    and ($4::uuid[] is null or exists (select from lines l where l.number = a.line and l.id = any ($4)));

-- name: recorded_leg
-- The leg that call $1 is recorded at, which goes on and is $2's own, or of departments $3 and lines $4.
select c.pbx, s.leg
from calls c
join steps s on s.call_id = c.id and s.what ->> 'kind' = 'recorded'
where c.id = $1 and c.ended_at is null
    and ($2::uuid = any (c.people)
         or (($3::uuid[] is null or c.departments && $3) and ($4::uuid[] is null or c.line_id = any ($4))))
    and not exists (select from steps e where e.call_id = c.id and e.leg = s.leg and e.what ->> 'kind' = 'ended')
order by s.at desc limit 1;

-- name: records
select coalesce(p.settings ->> 'recordings_seen', '') <> '' and p.settings ->> 'members_controls' = 'true'
from calls c join pbxs p on p.id = c.pbx and p.active where c.id = $1;

-- name: forget_resumes
delete from call_orders where call_id = $1 and kind = 'record' and state = 'accepted' and seconds > 0;

-- name: paused_until
select max(at) from call_orders
where call_id = $1 and kind = 'record' and state = 'accepted' and seconds > 0 and at > now();

-- name: again_order
update call_orders set state = 'accepted', at = now() + make_interval(secs => $2) where id = $1 and state = 'sent';

-- name: revive_resumes
-- Recordings that were to go on, and a process died over it: said twice it does no harm.
update call_orders set state = 'accepted'
where kind = 'record' and state = 'sent' and sent_at < now() - interval '1 minute' and at > now() - interval '1 day';

-- name: target_queues
-- Queues a call can go to.
select distinct on (target) target, name from queues order by target, id;

-- name: target_people
-- People a call can go to: not who works on his mobile, for no telephone stands at his extension.
select p.extension, p.name, coalesce(d.name, '') as department
from people p left join departments d on d.id = p.department_id
where p.active and p.extension is not null and p.works_on <> 'forwarded'
order by p.name, p.id;

-- name: has_telephone
-- Whether a telephone stands at the extension of person $1.
select works_on <> 'forwarded' from people where id = $1;

-- name: lock_asker
-- One at a time of this person's, until the transaction ends.
select pg_advisory_xact_lock(hashtext($1::text));

-- name: has_open
-- Whether an order of his is under way; what is older than $2 seconds is not sent any more.
select exists (
    select from call_orders
    where by_id = $1 and state in ('accepted', 'sent') and at > now() - make_interval(secs => $2)
        and not (kind = 'record' and seconds > 0)
);

-- name: add_order
insert into call_orders (
    id, at, kind, pbx, call_id, leg, queue, agent, place, target, target_name, mode, words, by_id, by_name, seconds
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: claim_order
-- The next order of a PBX that is due; only a recording that goes on is never too late. Sent from this moment on, whatever happens to us. With it the client's name as we last
-- answered it and how the target takes names; without, while no telephone has a way of its own.
with claimed as (
    update call_orders set state = 'sent', sent_at = now()
    where id = (
        select id from call_orders
        where pbx = $1 and state = 'accepted'
            and case kind when 'record' then at <= now() else at > now() - make_interval(secs => $2) end
        order by at limit 1 for update skip locked
    )
    returning id, kind, call_id, leg, queue, agent, place, target, mode, pbx,
        ($2 - case kind when 'record' then 0 else extract(epoch from clock_timestamp() - at) end)::float8 as seconds_left
)
select o.id, o.kind, o.call_id, o.leg, o.queue, o.agent, o.place, o.target, o.mode, o.seconds_left,
    known.name, known.company, known.style
from claimed o
left join lateral (
    select d.facts ->> 'name' as name, coalesce(d.facts ->> 'company', '') as company,
        coalesce(
            nullif((select caller_names from people where o.place = 'desk' and extension = o.target and active), ''),
            (select settings ->> 'caller_name' from pbxs where id = o.pbx),
            ''
        ) as style
    from decisions d
    where d.call_id = o.call_id and o.place <> '' and d.facts ->> 'name' <> ''
        and exists (select from people where active and caller_names <> '')
    order by d.at desc limit 1
) as known on true;

-- name: end_order
-- How it went.
update call_orders set state = $2, why = $3, over_at = now() where id = $1 and state = 'sent';

-- name: withdraw_order
-- Nobody took it: from here on nobody will. What it is then.
update call_orders set
    state = case state when 'accepted' then 'expired' else state end,
    over_at = case state when 'accepted' then now() else over_at end
where id = $1
returning state, why;

-- name: order_state
select state, why from call_orders where id = $1;

-- name: settle_orders
-- What no node ended: its process died between the order and the answer.
update call_orders set over_at = now(), state = case state when 'accepted' then 'expired' else 'unknown' end
where state in ('accepted', 'sent') and at < now() - interval '1 minute'
    and not (kind = 'record' and at > now() - interval '1 day');

-- name: orders_of
-- What was done with a call by hand, in order.
select id, at, kind, call_id, queue, agent, place, target, target_name, mode, words, by_name, state, why, seconds
from call_orders where call_id = $1
order by at, id;

-- name: prune_orders
-- Forget what was over long ago.
delete from call_orders where at < now() - make_interval(days => $1);

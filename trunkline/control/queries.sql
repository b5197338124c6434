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

-- name: paused_until
select max(at) from call_orders
where call_id = $1 and kind = 'record' and state = 'accepted' and seconds > 0 and at > now();

-- name: again_order
update call_orders set state = 'accepted', at = now() + make_interval(secs => $2) where id = $1 and state = 'sent';

-- name: revive_resumes
-- Recordings that were to go on, and a process died over it: said twice it does no harm.
update call_orders set state = 'accepted'
where kind = 'record' and seconds > 0 and state = 'sent' and sent_at < now() - interval '1 minute' and at > now() - interval '1 day';

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
    id, at, kind, pbx, call_id, leg, queue, agent, place, target, target_name, mode, words, by_id, by_name, seconds, ends
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- name: claim_order
-- The next order of a PBX that is due; only a recording that goes on by itself is never too late. Sent from this moment on, whatever happens
-- to us. A recording does not go on while a pause is in force that its order does not end: one by itself ends its own, one by hand those given before.
-- With it the client's name as we last answered it and how the target takes names; without, while no telephone has a way of its own.
with claimed as (
    update call_orders set state = 'sent', sent_at = now()
    where id = (
        select r.id from call_orders r
        where r.pbx = $1 and r.state = 'accepted'
            and case when r.kind = 'record' and r.seconds > 0 then r.at <= now() else r.at > now() - make_interval(secs => $2) end
            and not (r.kind = 'record' and exists (
                select from call_orders p join call_orders e on e.call_id = p.call_id and e.ends = p.id and e.state = 'accepted'
                where p.call_id = r.call_id and p.kind = 'pause' and p.state in ('sent', 'done', 'unknown')
                    and p.at + make_interval(secs => p.seconds) > now()
                    and case when r.seconds > 0 then p.id is distinct from r.ends else p.at > r.at end
            ))
        order by r.at limit 1 for update skip locked
    )
    returning id, kind, call_id, leg, queue, agent, place, target, mode, pbx, seconds,
        ($2 - case when kind = 'record' and seconds > 0 then 0 else extract(epoch from clock_timestamp() - at) end)::float8 as seconds_left
)
select o.id, o.kind, o.call_id, o.leg, o.queue, o.agent, o.place, o.target, o.mode, o.seconds, o.seconds_left,
    known.name, known.company, known.style, recorders.linkedid, recorders.legs
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
) as known on true
left join recorded_calls recorders on recorders.id = o.call_id and o.kind in ('pause', 'record');

-- name: pauses_in_force
-- Pauses of a PBX whose end is still to come: what begins to be recorded of their calls is silenced as well.
select p.id, p.kind, p.call_id, p.leg, p.queue, p.agent, p.place, p.target, p.mode, p.seconds, p.state, recorders.linkedid, recorders.legs
from call_orders e
join call_orders p on p.id = e.ends
left join recorded_calls recorders on recorders.id = p.call_id
where e.pbx = $1 and e.kind = 'record' and e.seconds > 0 and e.state = 'accepted'
    and p.state in ('sent', 'done', 'unknown') and p.at + make_interval(secs => p.seconds) > now();

-- name: does_one_pause
-- Whether a recording of a PBX is to go on by itself, now or later.
select exists (
    select from call_orders where pbx = $1 and state = 'accepted' and kind = 'record' and seconds > 0
);

-- name: ask_silences
-- What is about to be silenced, before the PBX is told: whoever comes after us knows what may be silent.
insert into recording_silences (call_id, leg) select $1, unnest($2::text[]) on conflict do nothing;

-- name: note_silences
-- Of call $1 the PBX has silenced the legs $2; at the legs $3 nothing was changed.
with untouched as (
    delete from recording_silences where call_id = $1 and leg = any ($3::text[]) and since is null and until is null
)
update recording_silences set since = now()
where call_id = $1 and leg = any ($2::text[]) and since is null and until is null;

-- name: end_silences
-- The recordings of the call of order $1 go on, or their channels are no more.
with unknown as (
    delete from recording_silences s using call_orders o
    where o.id = $1 and s.call_id = o.call_id and s.since is null and s.until is null
)
update recording_silences s set until = now() from call_orders o
where o.id = $1 and s.call_id = o.call_id and s.since is not null and s.until is null;

-- name: silences_of
-- When the recordings of call $1 were silent.
select leg, since, until from recording_silences where call_id = $1 and since is not null order by since, leg;

-- name: end_order
-- How it went. Of pauses that are no more the ends are not to come: of one that was refused its own, of those before one that was done theirs,
-- and of all that were over or given when a recording went on.
with ended as (
    update call_orders set state = $2, why = $3, over_at = now() where id = $1 and state in ('sent', 'unknown')
    returning id, at, kind, call_id, state, ends
)
delete from call_orders r
using ended e, call_orders p
where r.call_id = e.call_id and r.kind = 'record' and r.seconds > 0 and r.state = 'accepted' and r.id <> e.id and p.id = r.ends
    and case
        when e.kind = 'pause' and e.state = 'refused' then p.id = e.id
        when e.kind = 'pause' and e.state = 'done' then p.id <> e.id and p.at <= e.at
        when e.kind = 'record' and e.state = 'done' then
            p.at <= coalesce((select at from call_orders where id = e.ends), e.at)
            or p.at + make_interval(secs => p.seconds) <= now()
        else false
    end;

-- name: withdraw_order
-- Nobody took it: from here on nobody will, and a pause has no end then. What it is then.
with taken as (
    update call_orders set
        state = case state when 'accepted' then 'expired' else state end,
        over_at = case state when 'accepted' then now() else over_at end
    where id = $1
    returning id, call_id, state, why
),
endless as (
    delete from call_orders r using taken t
    where r.call_id = t.call_id and r.ends = t.id and r.state = 'accepted' and t.state = 'expired'
)
select state, why from taken;

-- name: order_state
select state, why from call_orders where id = $1;

-- name: settle_orders
-- What no node ended: its process died between the order and the answer.
update call_orders set over_at = now(), state = case state when 'accepted' then 'expired' else 'unknown' end
where state in ('accepted', 'sent') and at < now() - interval '1 minute'
    and not (kind = 'record' and seconds > 0 and at > now() - interval '1 day');

-- name: settle_ends
-- A pause that never was has no end.
delete from call_orders r using call_orders p
where r.state = 'accepted' and r.kind = 'record' and p.id = r.ends and p.state in ('refused', 'expired');

-- name: orders_of
-- What was done with a call by hand, in order.
select id, at, kind, call_id, queue, agent, place, target, target_name, mode, words, by_name, state, why, seconds
from call_orders where call_id = $1
order by at, id;

-- name: prune_orders
-- Forget what was over long ago.
delete from call_orders where at < now() - make_interval(days => $1);

-- name: prune_silences
-- The same of silences, once no recording of the call is kept.
delete from recording_silences s
where asked_at < now() - make_interval(days => $1)
    and not exists (select from recordings r where r.call_id = s.call_id and r.stage not in ('expired', 'deleted'));

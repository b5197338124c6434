-- name: hook
-- By what a portal that is told of calls proves itself; nobody else may be the first to tell it meanwhile.
select coalesce(h.member_id, '') as member_id, h.token_hash
from crm_connectors c left join crm_hooks h on h.connector_id = c.id
where c.id = $1 and c.kind = 'bitrix24' and c.active for no key update of c;

-- name: signed_in
-- The portal's own id, as the sign-in told it; the application may have another token from now on.
insert into crm_hooks (connector_id, member_id) values ($1, $2)
on conflict (connector_id) do update set member_id = excluded.member_id, token_hash = null;

-- name: trust
-- The first event tells what the others are held against.
insert into crm_hooks as known (connector_id, member_id, token_hash) values ($1, $2, $3)
on conflict (connector_id) do update set token_hash = coalesce(known.token_hash, excluded.token_hash),
    member_id = coalesce(nullif(known.member_id, ''), excluded.member_id)
where known.token_hash is null or known.member_id = '';

-- name: add_event
-- Once, however often it is posted.
insert into crm_events (connector_id, key, kind, heard_at, said) values ($1, $2, $3, $4, $5)
on conflict do nothing returning true;

-- name: strangers
-- CRMs where somebody clicked who is not known yet, and whose people were last read before $1.
select distinct c.id from crm_events e join crm_connectors c on c.id = e.connector_id
where e.state = 'waiting' and e.kind = 'click' and (c.users_at is null or c.users_at < $1)
    and not exists (
        select from crm_users u where u.connector_id = e.connector_id and u.user_id::text = e.said->>'USER_ID'
    );

-- name: next_event
-- The oldest that nobody does yet.
select e.connector_id, e.key, e.kind, e.heard_at, e.said, c.name, c.kind as crm, c.portal, c.enterprise, c.callback_queue
from crm_events e join crm_connectors c on c.id = e.connector_id
where e.state = 'waiting' order by e.heard_at limit 1 for update of e skip locked;

-- name: event_became
update crm_events set state = $3, became = $4, dial_id = $5 where connector_id = $1 and key = $2;

-- name: caller
-- Which extension a user of the CRM has, and who of ours works at it. One that is nobody's may be anything the PBX dials.
select u.extension, p.id as person_id
from crm_users u join people p on p.extension = u.extension and p.active
where u.connector_id = $1 and u.user_id = $2
order by u.extension limit 1;

-- name: rights
-- Of a person, for credentials.held, and which lines he sees.
select role, grants, lines from person_identities where person_id = $1;

-- name: line
-- One of ours that is in use, and within $2 where that is not null.
select number from lines where number = $1 and active and ($2::uuid[] is null or id = any ($2));

-- name: add_clicked
-- A call that the CRM knows already: it is not registered again.
insert into crm_calls (connector_id, call_id, phone, line, outgoing, started_at, user_id, remote_id, registered_at, entity)
values ($1, $2, $3, $4, true, $5, $6, $7, $5, $8);

-- name: ended_clicks
-- Dials that are over whose end somebody has to tell, should the story not have done so.
select e.connector_id, e.key, c.portal, c.enterprise, d.call_id, d.agent, d.outcome, d.talk_seconds
from crm_events e
join dials d on d.id = e.dial_id
join crm_connectors c on c.id = e.connector_id
where e.state = 'dialling' and d.state = 'ended'
order by e.heard_at limit 100 for update of e skip locked;

-- name: prune_events
-- A portal posts nothing again after so long.
delete from crm_events where (connector_id, key) in (
    select connector_id, key from crm_events where heard_at < $1 and state = 'over' order by heard_at limit 1000
);

-- name: end_event
update crm_events set state = 'over', became = $3 where connector_id = $1 and key = $2;

-- name: callback_queue
select callback_queue from crm_connectors where id = $1;

-- name: choose_queue
update crm_connectors set callback_queue = $2 where id = $1;

-- name: callbacks_taken
-- How many of the hour up to $2.
select count(*) from crm_events
where connector_id = $1 and kind = 'callback' and became = 'callback'
    and heard_at > $2::timestamptz - interval '1 hour' and heard_at <= $2;

-- name: lost_callbacks
-- Who asked for a callback within the last $2: how many found no queue, and how many were too many at once.
select count(*) filter (where became = 'no_queue') as no_queue, count(*) filter (where became = 'too_many') as too_many
from crm_events where connector_id = $1 and kind = 'callback' and heard_at > now() - $2::interval;

-- name: add_hints
-- What was touched in a CRM that is read; of ten thousand that wait the next reading of changes finds the others. Rows
-- are locked in the order in which end_hints locks them.
insert into crm_hints as known (connector_id, entity, id, heard_at)
select c.id, t.entity, t.id, t.at
from crm_connectors c
cross join (
    select u.entity, u.id, max(u.at) from unnest($2::text[], $3::bigint[], $4::timestamptz[]) as u (entity, id, at)
    group by u.entity, u.id
) as t (entity, id, at)
where c.id = $1 and c.kind = 'amocrm' and c.active and c.fills
    and (select count(*) from (select from crm_hints h where h.connector_id = $1 limit 10000) as w) < 10000
order by t.entity, t.id limit 10000
on conflict (connector_id, entity, id) do update set heard_at = greatest(known.heard_at, excluded.heard_at)
returning true;

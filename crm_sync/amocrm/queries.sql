-- name: call
-- How far a call came; by which name people know its line.
select k.phone, coalesce(nullif(l.name, ''), k.line) as line, k.outgoing, k.started_at, k.entity, k.tried_at, k.finished_at
from crm_calls k left join lines l on l.number = k.line
where k.connector_id = $1 and k.call_id = $2;

-- name: card
-- Whose card of a call is to be open now: of who is in it and has none yet. Nobody's of one that is over.
select k.phone, k.shown, array(
        select distinct u.user_id from crm_users u
        where u.connector_id = k.connector_id and u.extension = any (k.seats) and u.user_id <> all (k.shown)
        order by u.user_id
    ) as users
from crm_calls k
where k.connector_id = $1 and k.call_id = $2 and exists (select from agent_calls a where a.call_id = k.call_id);

-- name: card_shown
update crm_calls set shown = $3 where connector_id = $1 and call_id = $2;

-- name: call_tried
-- Noted before it is sent: of this entity it is asked whether it has the call, should the answer be lost.
update crm_calls set entity = $3, tried_at = $4 where connector_id = $1 and call_id = $2;

-- name: call_absent
-- It is known not to be there.
update crm_calls set entity = '', tried_at = null where connector_id = $1 and call_id = $2;

-- name: call_finished
update crm_calls set entity = $3, finished_at = $4, tried_at = null where connector_id = $1 and call_id = $2;

-- name: client
select entity from crm_clients where connector_id = $1 and phone = $2;

-- name: keep_client
insert into crm_clients (connector_id, phone, entity, seen_at) values ($1, $2, $3, $4)
on conflict (connector_id, phone) do update set entity = excluded.entity, seen_at = excluded.seen_at;

-- name: forget_client
delete from crm_clients where connector_id = $1 and phone = $2;

-- name: record_state
-- How far the recording of a call came, and whether its end is still to be told, or was given up.
select c.records, k.entity, k.finished_at, exists (
        select from outbox o where o.idem in (s.idem, s.idem || ':again')
    ) as waits, exists (
        select from outbox_dead d where d.idem in (s.idem, s.idem || ':again')
    ) as given_up
from crm_calls k
join crm_connectors c on c.id = k.connector_id
cross join lateral (select 'amocrm:' || k.connector_id || ':call:' || k.call_id || ':finish' as idem) as s
where k.connector_id = $1 and k.call_id = $2;

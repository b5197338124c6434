-- name: tried_at
-- When a call was last sent without an answer so far.
select tried_at from crm_calls where connector_id = $1 and call_id = $2;

-- name: call_tried
-- Noted before it is sent.
update crm_calls set tried_at = $3 where connector_id = $1 and call_id = $2;

-- name: call_absent
update crm_calls set tried_at = null where connector_id = $1 and call_id = $2;

-- name: client
-- Whom we made for a number lately: the portal's search lags behind that.
select entity from crm_clients where connector_id = $1 and phone = $2 and entity <> '' and seen_at > $3;

-- name: claim_client
-- One at a time makes somebody for a number; who died over it holds it until $4.
insert into crm_clients (connector_id, phone, entity, seen_at) values ($1, $2, '', $3)
on conflict (connector_id, phone) do update set entity = '', seen_at = excluded.seen_at
where crm_clients.entity <> '' or crm_clients.seen_at <= $4
returning phone;

-- name: keep_client
update crm_clients set entity = $3, seen_at = $4 where connector_id = $1 and phone = $2;

-- name: forget_client
delete from crm_clients where connector_id = $1 and phone = $2;

-- name: mirrored
-- Contacts of a portal that have a number, where our copy of them is whole; more than two say no more than two.
select k.external_id
from crm_connectors c
join crm_mirrors m on m.connector_id = c.id and m.entity = 'contacts' and m.source = $2 and m.swept_at is not null
join contact_phones p on p.number = $3
join contacts k on k.id = p.contact_id and k.source = $2 and k.external_id is not null and k.deleted_at is null
where c.id = $1 and c.fills limit 2;

-- name: unregistered
-- How many calls of about the time of $2 are not registered yet, counted as far as $3.
select count(*) from (
    select from crm_calls
    where connector_id = $1 and remote_id is null and finished_at is null
        and started_at between $2::timestamptz - interval '10 minutes' and $2::timestamptz + interval '10 minutes'
    limit $3
) as w;

-- name: member
-- The portal's own id, as its sign-in told it.
select member_id from crm_hooks where connector_id = $1;

-- name: visitor
-- Who of ours works at the extension of a portal's user; without a role where he may not sign in here.
select p.id as person_id, p.name, i.login, p.department_id, p.extension, i.role, i.grants, i.departments, i.lines
from crm_users u
join people p on p.extension = u.extension and p.active
left join person_identities i on i.person_id = p.id and i.active
where u.connector_id = $1 and u.user_id = $2
order by u.extension limit 1;

-- name: person_now
select i.person_id, i.name, i.login, i.department_id, i.extension, i.role, i.grants, i.departments, i.lines
from person_identities i where i.person_id = $1 and i.active;

-- name: call_shown_as
-- Our call of a portal's id, once it has begun; its card may be open before the portal has answered with the id.
select call_id
from (
    select call_id, false as is_guess, started_at from crm_calls where connector_id = $1 and remote_id = $2
    union all
    select call_id, true, started_at from crm_calls
    where connector_id = $1 and remote_id is null and finished_at is null and phone = $3
        and started_at > $4::timestamptz - interval '1 hour'
) as k
where exists (select from calls c where c.id = k.call_id)
order by is_guess, started_at desc limit 1;

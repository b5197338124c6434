-- name: inboxes
-- All by name, or one.
select i.id, i.name, i.direction, i.department_id, coalesce(d.name, '') as department, i.active, i.heard_at
from chat_inboxes i left join departments d on d.id = i.department_id
where $1::uuid is null or i.id = $1 order by i.name;

-- name: departments
select id, name from departments order by name;

-- name: save
insert into chat_inboxes as known (id, kind, name, direction, department_id, active) values ($1, 'chat2desk', $2, $3, $4, $5)
on conflict (id) do update set name = excluded.name, direction = excluded.direction, department_id = excluded.department_id,
    active = excluded.active;

-- name: remove
delete from chat_inboxes where id = $1;

-- name: heard
-- Those of $1 that take messages; rows are locked in their order.
select id, name, direction, department_id from chat_inboxes where id = any ($1::uuid[]) and active order by id for update;

-- name: note_heard
update chat_inboxes set heard_at = greatest(heard_at, $2) where id = $1;

-- name: leads_of
-- The newest lead of each of these clients.
select inbox_id, client, lead_id from chat_clients
where (inbox_id, client) in (select * from unnest($1::uuid[], $2::text[]));

-- name: note_lead
insert into chat_clients (inbox_id, client, lead_id) values ($1, $2, $3)
on conflict (inbox_id, client) do update set lead_id = excluded.lead_id;

-- name: note_numbers
-- Telephones of who wrote; one that was his own stays his own.
insert into chat_numbers as known (inbox_id, client, phone, is_own, heard_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[])
on conflict (inbox_id, client, phone) do update
set is_own = known.is_own or excluded.is_own, heard_at = greatest(known.heard_at, excluded.heard_at);

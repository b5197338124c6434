-- name: mailboxes
-- All by name, or one.
select m.id, m.name, host, port, tls, login, folder, direction, department_id, coalesce(d.name, '') as department, ignored, active,
       began_at, uidvalidity, uid, old_below, due_at, read_at, failed_at, trouble, said
from mailboxes m left join departments d on d.id = m.department_id
where $1::uuid is null or m.id = $1 order by m.name;

-- name: departments
select id, name from departments order by name;

-- name: add
insert into mailboxes (id, began_at, due_at, name, host, port, tls, login, folder, direction, department_id, ignored, active, secret)
values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: change
-- Another account or folder is another mailbox: its letters count from now on.
update mailboxes set name = $3, host = $4, port = $5, tls = $6, login = $7, folder = $8, direction = $9, department_id = $10,
    ignored = $11, active = $12, secret = coalesce($13, secret), due_at = $2, failed_at = null, trouble = '', said = '',
    began_at = case when $14::boolean then $2 else began_at end,
    uidvalidity = case when $14::boolean then null else uidvalidity end,
    uid = case when $14::boolean then 0 else uid end,
    old_below = case when $14::boolean then 0 else old_below end
where id = $1;

-- name: remove
delete from mailboxes where id = $1;

-- name: secret
select secret from mailboxes where id = $1;

-- name: claim
-- The mailbox whose turn it is; by $2 another worker may read it.
update mailboxes set due_at = $2
where id = (select id from mailboxes where active and due_at <= $1 order by due_at limit 1 for update skip locked)
returning id;

-- name: begin
-- Its letters have these numbers: what is there already at the first visit is not read.
update mailboxes set uidvalidity = $3, uid = $4, old_below = $5 where id = $1 and uidvalidity is not distinct from $2;

-- name: advance
-- Letter $3 is dealt with in this transaction; nobody else may have come so far.
update mailboxes set uid = $3 where id = $1 and uidvalidity = $2 and uid < $3 and active returning id;

-- name: keep
insert into mailbox_letters (mailbox_id, digest, message_id, at, sender, subject, rule) values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing returning mailbox_id;

-- name: sorted
update mailbox_letters set rule = $3, lead_id = $4 where mailbox_id = $1 and digest = $2;

-- name: ours
-- Which of these addresses are of the staff, or mailboxes of ours.
select array_agg(address) from (
    select lower(email) from people where lower(email) = any ($1::text[]) and active
    union
    select lower(login) from mailboxes where lower(login) = any ($1::text[])
) as ours (address);

-- name: thread
-- The newest lead that a letter among $1 was a touch of.
select lead_id from mailbox_letters where message_id = any ($1::text[]) and lead_id is not null order by at desc limit 1;

-- name: was_read
update mailboxes set due_at = $2, read_at = coalesce($3, read_at), failed_at = null, trouble = '', said = '' where id = $1 and active
returning name;

-- name: failed
update mailboxes set due_at = $2, failed_at = coalesce(failed_at, $3), trouble = $4, said = $5 where id = $1 and active
returning name, failed_at;

-- name: letters
-- The latest of a mailbox, with the lead of each that is to be seen.
select at, sender, subject, rule, lead_id from mailbox_letters where mailbox_id = $1 order by at desc limit 50;

-- name: prune
delete from mailbox_letters where at < $1;

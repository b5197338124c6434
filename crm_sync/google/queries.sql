-- name: app
select client_id, secret from google_app;

-- name: keep_app
insert into google_app (client_id, secret) values ($1, $2)
on conflict (single) do update set client_id = excluded.client_id, secret = excluded.secret;

-- name: drop_app
delete from google_app;

-- name: people
select p.id, p.name, a.connected_at, a.done_at, a.trouble, a.leaving,
       (select count(*) from google_cards c where c.person_id = a.person_id) as cards
from google_accounts a join people p on p.id = a.person_id order by lower(p.name), p.id limit 1000;

-- name: begin
insert into google_sign_ins (person_id, state_hash, until) values ($1, $2, $3)
on conflict (person_id) do update set state_hash = excluded.state_hash, until = excluded.until;

-- name: take_state
delete from google_sign_ins where person_id = $1 returning state_hash, until;

-- name: connect
-- Another account of Google's may be it: what is there is listed first.
insert into google_accounts (person_id, refresh, access, until, staff, contacts, connected_at, due_at)
values ($1, $2, $3, $4, true, 'mine', $5, $5)
on conflict (person_id) do update set refresh = excluded.refresh, access = excluded.access, until = excluded.until,
    due_at = excluded.due_at, turn = google_accounts.turn + 1, looked_at = null, contact_group = null,
    leaving = false, trouble = null;

-- name: choose
update google_accounts set staff = $2, contacts = $3, due_at = $4 where person_id = $1 and not leaving returning true;

-- name: leave
update google_accounts set leaving = true, due_at = $2 where person_id = $1 returning true;

-- name: account
select a.connected_at, a.staff, a.contacts, a.trouble, a.done_at, a.leaving,
       (select count(*) from google_cards c where c.person_id = a.person_id) as cards
from google_accounts a where a.person_id = $1;

-- name: claim
-- The one that is due for longest; nobody else takes it while its turn goes on.
update google_accounts set due_at = $2, turn = turn + 1
where person_id = (
    select person_id from google_accounts where due_at <= $1 order by due_at limit 1 for update skip locked
)
returning person_id, turn, refresh, access, until, staff, contacts, contact_group, looked_at, doubt, leaving;

-- name: hold
-- Whose turn it still is, until the end of the transaction.
update google_accounts set due_at = $3 where person_id = $1 and turn = $2 returning true;

-- name: keep_tokens
update google_accounts set refresh = $2, access = $3, until = $4 where person_id = $1;

-- name: keep_group
update google_accounts set contact_group = $2 where person_id = $1;

-- name: doubt
update google_accounts set doubt = true where person_id = $1;

-- name: sure
update google_accounts set doubt = false where person_id = $1;

-- name: looked
update google_accounts set doubt = false, looked_at = $2 where person_id = $1;

-- name: level
update google_accounts set due_at = $2, done_at = $3, trouble = null where person_id = $1;

-- name: troubled
-- $4: what is there, our label too, is looked for anew.
update google_accounts set due_at = $2, trouble = $3, looked_at = case when $4 then null else looked_at end,
    contact_group = case when $4 then null else contact_group end
where person_id = $1;

-- name: forget
delete from google_accounts where person_id = $1;

-- name: may_sign_in
select active from person_identities where person_id = $1;

-- name: kept
select uid, resource, source, etag, content from google_cards where person_id = $1;

-- name: keep
insert into google_cards (person_id, uid, resource, source, etag, content)
select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
on conflict (person_id, uid) do update
set resource = excluded.resource, source = excluded.source, etag = excluded.etag, content = excluded.content;

-- name: drop
delete from google_cards where person_id = $1 and uid = any($2::text[]);

-- name: drop_all
delete from google_cards where person_id = $1;

-- name: contacts_of
-- At most $2 contacts with a number whose responsible or deputy he is, by name, each with at most $3 of them.
select c.id, c.name, coalesce(co.name, '') as company, coalesce(c.email, '') as email,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number limit $3) as numbers
from contacts c
left join companies co on co.id = c.company_id
where c.deleted_at is null and (c.responsible_id = $1 or c.deputy_id = $1)
  and exists (select from contact_phones p where p.contact_id = c.id)
order by lower(c.name), c.id
limit $2;

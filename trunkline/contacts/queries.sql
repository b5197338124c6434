-- name: list_contacts
-- A page of contacts after id $1.
select * from contacts_shown where $1::uuid is null or id > $1 order by id limit $2;

-- name: contacts_of_number
-- Those with number $3.
select * from contacts_shown
where id in (select contact_id from contact_phones where number = $3) and ($1::uuid is null or id > $1)
order by id limit $2;

-- name: contacts_named
-- Those with $3 in their name (lower case, escaped for LIKE).
select * from contacts_shown where lower(name) like '%' || $3 || '%' and ($1::uuid is null or id > $1)
order by id limit $2;

-- name: contacts_numbered
-- Those with a number that begins with $3 (escaped for LIKE).
select * from contacts_shown
where id in (select contact_id from contact_phones where number like $3 || '%') and ($1::uuid is null or id > $1)
order by id limit $2;

-- name: find_contact
-- One contact.
select * from contacts_shown where id = $1;

-- name: put_contact
-- Adds or replaces one contact of a source by its external id; a deleted one comes back, a debt not given stays.
insert into contacts (id, company_id, name, class, responsible_id, deputy_id, email, vip, overdue, note, source, external_id, city)
values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9::numeric, 0), $10, $11, $12, $13)
on conflict (source, external_id) do update set
    company_id = excluded.company_id, name = excluded.name, class = excluded.class,
    responsible_id = excluded.responsible_id, deputy_id = excluded.deputy_id, email = excluded.email,
    vip = excluded.vip, overdue = coalesce($9::numeric, contacts.overdue), note = excluded.note, city = excluded.city,
    deleted_at = null,
    version = contacts.version + 1, updated_at = now()
returning id;

-- name: change_contact
-- What an agent may change of a contact; nothing where somebody else has changed it since version $2.
update contacts
set class = $3::contact_class, responsible_id = $4, deputy_id = $5, vip = $6, version = version + 1, updated_at = now()
where id = $1 and version = $2 and deleted_at is null
returning id;

-- name: agents
-- Who may be responsible: everybody who works here, and those of $1.
select id, name from people where active or id = any ($1::uuid[]) order by name, id;

-- name: put_company
-- The company of this name of a source.
with added as (
    insert into companies (id, name, source, external_id) values ($1, $2, $3, 'name:' || lower($2))
    on conflict (source, external_id) do nothing returning id)
select id from added union all select id from companies where source = $3 and external_id = 'name:' || lower($2) limit 1;

-- name: drop_phones
-- Numbers of contact $1 other than $2.
delete from contact_phones where contact_id = $1 and number <> all ($2::text[]);

-- name: add_phones
-- Numbers of contact $1.
insert into contact_phones (number, contact_id) select unnest($2::text[]), $1 on conflict do nothing;

-- name: delete_contact
-- Takes a contact out; its calls keep it.
update contacts set deleted_at = now(), version = version + 1, updated_at = now()
where id = $1 and deleted_at is null;

-- name: list_spam
-- A page of spam numbers in their order, of one list and with the digits $2 in front where asked, after number $3.
select number, source, votes, note, added_at from spam_numbers
where ($1::text is null or source = $1)
  and ($2::text is null or number like $2 || '%')
  and ($3::text is null or number > $3)
order by number
limit $4;

-- name: put_spam
-- Adds a number, or changes what is said of it; whether it was there is told by xmax.
insert into spam_numbers (number, source, votes, note) values ($1, $2, $3, $4)
on conflict (number) do update set votes = excluded.votes, note = excluded.note
returning xmax = 0 as added;

-- name: is_own_number
-- Whether the number is a line of ours or a person's mobile.
select exists (select from lines where number = $1) or exists (select from people where mobile = $1);

-- name: delete_spam
-- Takes a number off the list.
delete from spam_numbers where number = $1;

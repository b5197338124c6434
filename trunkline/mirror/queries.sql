-- name: resolve_companies
-- By the source's own id, else by tax id.
select k.key, coalesce(own.id, taxed.id) as id
from unnest($2::text[]) as k (key)
left join companies own on own.source = $1 and own.external_id = k.key
left join lateral (select id from companies where tax_id = k.key and deleted_at is null limit 1) taxed on true;

-- name: resolve_contacts
-- By the source's own id, else by number.
select k.key, coalesce(own.id, called.contact_id) as id
from unnest($2::text[]) as k (key)
left join contacts own on own.source = $1 and own.external_id = k.key
left join lateral (select contact_id from contact_phones where number = k.key limit 1) called on true;

-- name: resolve_people
-- By login, extension, e-mail or name; a name that several have is nobody.
select k.key, (select min(p.id::text)::uuid from people p
               where k.key in (p.login, p.extension, p.email) or lower(p.name) = lower(k.key)
               having count(*) = 1) as id
from unnest($2::text[]) as k (key) where $1::text is not null;

-- name: resolve_departments
select k.key, d.id from unnest($2::text[]) as k (key)
left join departments d on d.slug = k.key or lower(d.name) = lower(k.key) where $1::text is not null;

-- name: sum_company_debts
-- What companies owe overdue, from their debts.
update companies c set overdue = s.overdue, updated_at = now()
from (select c2.id, least(coalesce(sum(d.overdue), 0), 999999999999.99) as overdue
      from companies c2 left join debts d on d.company_id = c2.id where c2.id = any ($1) group by c2.id) s
where c.id = s.id and c.overdue <> s.overdue;

-- name: sum_contact_debts
update contacts c set overdue = s.overdue, updated_at = now()
from (select c2.id, least(coalesce(sum(d.overdue), 0), 999999999999.99) as overdue
      from contacts c2 left join debts d on d.contact_id = c2.id where c2.id = any ($1) group by c2.id) s
where c.id = s.id and c.overdue <> s.overdue;

-- name: remove_vanished_debts
-- A debt that a whole list no longer names is paid.
delete from debts where source = $1 and external_id <> all ($2::text[]) returning company_id, contact_id;

-- name: column_defaults
-- The default of each column of a table, as an expression.
select a.attname as name, pg_get_expr(d.adbin, d.adrelid) as expression
from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where d.adrelid = $1::text::regclass and a.attgenerated = '';

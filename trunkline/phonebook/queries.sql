-- name: staff
-- At most $2 active people with a telephone, by name; with $1 in the name (lower case, for LIKE) where it is not empty.
select name, extension, mobile
from people
where active and (extension is not null or mobile is not null)
  and ($1::text = '' or lower(name) like '%' || $1 || '%' or extension = $1)
order by lower(name), id
limit $2;

-- name: contacts
-- At most $2 contacts with a number, by name; only of class $1, their own or their company's, where it is given.
select c.name, coalesce(co.name, '') as company,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number limit $3) as numbers
from contacts c
left join companies co on co.id = c.company_id
where c.deleted_at is null
  and ($1::contact_class is null or case when c.class = 'unknown' then coalesce(co.class, 'unknown') else c.class end = $1)
  and exists (select from contact_phones p where p.contact_id = c.id)
order by lower(c.name), c.id
limit $2;

-- name: contacts_named
-- The same of those with $4 in their name (lower case, for LIKE).
select c.name, coalesce(co.name, '') as company,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number limit $3) as numbers
from contacts c
left join companies co on co.id = c.company_id
where c.deleted_at is null and lower(c.name) like '%' || $4 || '%'
  and ($1::contact_class is null or case when c.class = 'unknown' then coalesce(co.class, 'unknown') else c.class end = $1)
  and exists (select from contact_phones p where p.contact_id = c.id)
order by lower(c.name), c.id
limit $2;

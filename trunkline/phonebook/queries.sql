-- name: staff
-- At most $2 active people with a telephone, by name; with $1 in the name (lower case, for LIKE) where it is not empty.
select name, extension, mobile
from people
where active and (extension is not null or mobile is not null)
  and ($1::text = '' or lower(name) like '%' || $1 || '%' or extension = $1)
order by lower(name), id
limit $2;

-- name: contacts
-- At most $1 contacts with a number, by name, each with at most $2 of them.
select c.name, coalesce(co.name, '') as company,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number limit $2) as numbers
from contacts c
left join companies co on co.id = c.company_id
where c.deleted_at is null and exists (select from contact_phones p where p.contact_id = c.id)
order by lower(c.name), c.id
limit $1;

-- name: plan_anew
-- A class may be everybody or three people: its statement is planned each time, in this transaction.
set local plan_cache_mode = force_custom_plan;

-- name: contacts_of_class
-- The same of class $3: their own, their company's where they have none, or none at all where it is asked for.
select theirs.name, coalesce(co.name, '') as company,
       array(select p.number from contact_phones p where p.contact_id = theirs.id order by p.number limit $2) as numbers
from (
    (select c.id, c.name, c.company_id from contacts c
     where c.deleted_at is null and c.class = $3 and $3 <> 'unknown'
         and exists (select from contact_phones p where p.contact_id = c.id)
     order by lower(c.name), c.id limit $1)
    union all
    (select c.id, c.name, c.company_id from contacts c join companies firm on firm.id = c.company_id
     where c.deleted_at is null and c.class = 'unknown' and firm.class = $3
         and exists (select from contact_phones p where p.contact_id = c.id)
     order by lower(c.name), c.id limit $1)
    union all
    (select c.id, c.name, c.company_id from contacts c
     where c.deleted_at is null and c.class = 'unknown' and c.company_id is null and $3 = 'unknown'
         and exists (select from contact_phones p where p.contact_id = c.id)
     order by lower(c.name), c.id limit $1)
) as theirs
left join companies co on co.id = theirs.company_id
order by lower(theirs.name), theirs.id
limit $1;

-- name: contacts_named
-- The same of those with $4 in their name (lower case, for LIKE), of class $3 where it is given.
select c.name, coalesce(co.name, '') as company,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number limit $2) as numbers
from contacts c
left join companies co on co.id = c.company_id
where c.deleted_at is null and lower(c.name) like '%' || $4 || '%'
  and ($3::contact_class is null or case when c.class = 'unknown' then coalesce(co.class, 'unknown') else c.class end = $3)
  and exists (select from contact_phones p where p.contact_id = c.id)
order by lower(c.name), c.id
limit $1;

-- name: staff_cards
-- At most $1 active people with a telephone, by name.
select id, name, extension, mobile, coalesce(email, '') as email
from people
where active and (extension is not null or mobile is not null)
order by lower(name), id
limit $1;

-- name: contact_card
select c.id, c.name, coalesce(co.name, '') as company, coalesce(c.email, '') as email,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number limit $2) as numbers
from contacts c
left join companies co on co.id = c.company_id
where c.deleted_at is null and c.id = $1;

-- name: contact_cards
-- At most $1 contacts with a number, by name, each with at most $2 of them.
select c.id, c.name, coalesce(co.name, '') as company, coalesce(c.email, '') as email,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number limit $2) as numbers
from contacts c
left join companies co on co.id = c.company_id
where c.deleted_at is null and exists (select from contact_phones p where p.contact_id = c.id)
order by lower(c.name), c.id
limit $1;

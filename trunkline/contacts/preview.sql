-- name: changed
-- Known contacts before and after the chunk in `incoming` changes them; at most $1.
select i.line, c.id, c.deleted_at is not null as came_back,
       jsonb_build_object('name', c.name, 'phones', array(select number from contact_phones p where p.contact_id = c.id order by number),
           'company', co.name, 'class', c.class, 'responsible', r.name, 'deputy', d.name, 'vip', c.vip,
           'overdue', c.overdue, 'email', c.email, 'note', c.note, 'city', nullif(c.city, '')) as before,
       jsonb_build_object('name', i.name, 'phones', array(select number from unnest(i.phones) number order by number),
           'company', case when i.company is null then co.name else nullif(i.company, '') end,
           'class', coalesce(i.class, c.class),
           'responsible', (select name from people where id = coalesce(i.responsible_id, c.responsible_id)),
           'deputy', (select name from people where id = coalesce(i.deputy_id, c.deputy_id)),
           'vip', coalesce(i.vip, c.vip), 'overdue', coalesce(i.overdue, c.overdue),
           'email', coalesce(i.email, c.email), 'note', coalesce(i.note, c.note),
           'city', nullif(coalesce(i.city, c.city), '')) as after
from incoming i
join contacts c on c.id = i.existing
left join companies co on co.id = c.company_id
left join people r on r.id = c.responsible_id
left join people d on d.id = c.deputy_id
where i.differs
order by i.line
limit $1;

-- name: added
-- Contacts the chunk would add; at most $1.
select i.line, i.name, i.phones, nullif(i.company, '') as company, coalesce(i.class, 'unknown') as class
from incoming i
where i.existing is null
order by i.line
limit $1;

-- name: vanished
-- Contacts of source $1 that the file does not name; at most $2.
select c.id, c.name, array(select number from contact_phones p where p.contact_id = c.id order by number) as phones
from contacts c
where source = $1 and deleted_at is null and not exists (select from seen where identity = c.external_id)
order by c.id
limit $2;

-- name: print_changes
-- A fingerprint of what the chunk changes, from which state.
select coalesce(bit_xor(hashtextextended(row(
    i.external_id, i.name, i.company, i.class, i.responsible_id, i.deputy_id, i.vip, i.overdue, i.email, i.note, i.city,
    i.phones, i.existing, contact_state(c.version, c.restored_version, c.restored_as), c.overdue)::text, 0)), 0)
from incoming i left join contacts c on c.id = i.existing
where i.differs or i.existing is null;

-- name: print_vanished
-- The same of what the file does not name.
select coalesce(bit_xor(hashtextextended(row(
    c.id, contact_state(c.version, c.restored_version, c.restored_as))::text, 1)), 0)
from contacts c
where source = $1 and deleted_at is null and not exists (select from seen where identity = c.external_id);

-- name: print_spam
-- A fingerprint of what a spam list changes, from which state, and how many entries change and go.
select coalesce(bit_xor(hashtextextended(row(entry, was_source, was_votes, was_note, votes, note)::text, 2)), 0),
       count(*) filter (where was_votes is not null and votes is not null), count(*) filter (where votes is null)
from spam_changes;

-- name: spam_changed
-- Entries that are there and stay; at most $1.
select entry, line, was_votes, was_note, votes, note from spam_changes
where was_votes is not null and votes is not null order by line, entry limit $1;

-- name: spam_added
-- Entries that are new; at most $1.
select entry, line, was_votes, was_note, votes, note from spam_changes where was_votes is null order by line, entry limit $1;

-- name: spam_taken_off
-- Entries that go; at most $1.
select entry, line, was_votes, was_note, votes, note from spam_changes where votes is null order by line, entry limit $1;

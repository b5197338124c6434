-- name: lock_source
-- One import of a source at a time; held to the end of the transaction.
select pg_advisory_xact_lock(7245011, hashtext($1));

-- name: people
-- Everybody a file may name, by everything he may be called; nobody of them can be deleted before the import ends.
with named as (select id, login, extension, email, name from people where active for key share)
select id, lower(word) as word
from named, unnest(array[login, extension, email, name]) as word
where word <> '';

-- name: may_trust
-- Whether this role may spare the database the checks of references (see ContactStore).
select has_parameter_privilege(current_user, 'session_replication_role', 'set');

-- name: trust
-- From here on references are not checked row by row.
set local session_replication_role = replica;

-- name: distrust
-- References are checked again.
set local session_replication_role = origin;

-- name: pend_more
-- New names go into the index of names by the ten thousand, which costs about half of what a few hundred at a time cost.
-- Whoever looks for a name meanwhile reads what is pending.
set local gin_pending_list_limit = '32MB'; set local work_mem = '64MB';

-- name: settle_pending
-- What is pending goes in now, not with the next contact that somebody adds by hand; only an owner of the index may.
select gin_clean_pending_list(oid) from pg_class
where oid = 'contacts_name'::regclass and pg_has_role(relowner, 'usage');

-- name: create_incoming_contacts
-- One chunk of the file; `existing` is the contact it already is, `differs` whether the file says anything new of it.
create temporary table incoming (
    line integer, id uuid, external_id text, name text, company text, class contact_class,
    responsible_id uuid, deputy_id uuid, vip boolean, overdue numeric, email text, note text, city text, phones text[],
    company_id uuid, existing uuid, differs boolean not null default false
) on commit drop;

-- name: create_incoming_spam
-- One chunk of the file; and what all of it changes, each entry as it was (nulls: not there) and became (nulls: taken off).
create temporary table incoming (line integer, number text, votes integer, note text) on commit drop;
create temporary table spam_changes (
    entry text collate "C" primary key, line integer, was_source text, was_votes integer, was_note text,
    was_added_at timestamptz, was_seen_at timestamptz, votes integer, note text, seen_at timestamptz
) on commit drop;

-- name: create_seen
-- Everything the file has named so far, by identity.
create temporary table seen (identity text collate "C" primary key, line integer) on commit drop;

-- name: clear_incoming
-- Makes room for the next chunk.
truncate incoming;

-- name: see_contacts
-- Notes what the chunk names; no chunk names what one before it did (trunkline/contacts/parsing.py).
insert into seen select external_id, line from incoming;

-- name: knows_source
-- Whether the source has had contacts before.
select exists (select from contacts where source = $1);

-- name: find_existing
-- Which of the chunk's contacts are known from this source.
update incoming i set existing = c.id from contacts c where c.source = $1 and c.external_id = i.external_id;

-- name: find_neighbours
-- New contacts of the chunk whose number somebody else here has already, one of them each; at most $1.
select distinct on (i.line) i.line, c.name, c.source
from incoming i cross join unnest(i.phones) as told (number)
join contact_phones p on p.number = told.number join contacts c on c.id = p.contact_id and c.deleted_at is null
where i.existing is null
order by i.line, c.id limit $1;

-- name: add_companies
-- Companies of the chunk that this source has not named before; their ids rise, $2 is the first 24 digits of each.
insert into companies (id, name, source, external_id)
select ($2 || lpad(to_hex(min(line)), 8, '0'))::uuid, min(company), $1, 'name:' || lower(company)
from incoming where company <> ''
group by lower(company)
order by 1
on conflict (source, external_id) do nothing;

-- name: link_companies
-- Gives the chunk's known contacts the ids of the companies they are of now.
update incoming i set company_id = co.id
from (select distinct lower(company) as name from incoming where company <> '' and existing is not null) as named
join lateral (select id from companies where source = $1 and external_id = 'name:' || named.name for key share) co on true
where i.existing is not null and lower(i.company) = named.name;

-- name: find_changes
-- Known contacts that differ from the file; columns the file lacks (null) stay, the nil id empties a person.
update incoming i set differs = true
from contacts c
where c.id = i.existing
  and ((case when i.company is null then c.company_id else i.company_id end, i.name, coalesce(i.class, c.class),
        nullif(coalesce(i.responsible_id, c.responsible_id), $1), nullif(coalesce(i.deputy_id, c.deputy_id), $1),
        coalesce(i.vip, c.vip), coalesce(i.overdue, c.overdue), coalesce(i.email, c.email), coalesce(i.note, c.note),
        coalesce(i.city, c.city), true)
       is distinct from
       (c.company_id, c.name, c.class, c.responsible_id, c.deputy_id, c.vip, c.overdue, c.email, c.note, c.city,
        c.deleted_at is null)
       or array(select number from contact_phones p where p.contact_id = c.id order by number collate "C")
          <> array(select number from unnest(i.phones) number order by number collate "C"));

-- name: keep_changed
-- Those as they were, for import $1 to be undone.
insert into import_undo
select $1, c.id, contact_state(c.version, c.restored_version, c.restored_as), c.version + 1,
       coalesce(i.overdue, c.overdue), c.company_id, c.name, c.class, c.responsible_id, c.deputy_id, c.email, c.vip,
       c.overdue, c.note, c.deleted_at, array(select number from contact_phones p where p.contact_id = c.id), c.city
from incoming i join contacts c on c.id = i.existing
where i.differs;

-- name: change_contacts
-- Makes them what the file says.
update contacts c set
    company_id = case when i.company is null then c.company_id else i.company_id end,
    name = i.name,
    class = coalesce(i.class, c.class),
    responsible_id = nullif(coalesce(i.responsible_id, c.responsible_id), $1),
    deputy_id = nullif(coalesce(i.deputy_id, c.deputy_id), $1),
    vip = coalesce(i.vip, c.vip),
    overdue = coalesce(i.overdue, c.overdue),
    email = coalesce(i.email, c.email),
    note = coalesce(i.note, c.note),
    city = coalesce(i.city, c.city),
    deleted_at = null,
    version = c.version + 1,
    updated_at = now()
from incoming i
where c.id = i.existing and i.differs;

-- name: drop_changed_phones
-- Numbers of known contacts that the file no longer has.
delete from contact_phones p using incoming i
where p.contact_id = i.existing and i.differs and p.number <> all (i.phones);

-- name: add_changed_phones
-- Numbers of known contacts that only the file has.
insert into contact_phones (number, contact_id)
select unnest(phones), existing from incoming where differs
on conflict do nothing;

-- name: add_contacts
-- Contacts this source has not named before, with the companies they name.
with named as (
    select named.name, co.id
    from (select distinct lower(company) as name from incoming where company <> '' and existing is null) as named
    join lateral (
        select id from companies where source = $1 and external_id = 'name:' || named.name for key share
    ) co on true
)
insert into contacts
    (id, company_id, name, class, responsible_id, deputy_id, vip, overdue, email, note, city, source, external_id)
select i.id, named.id, i.name, coalesce(i.class, 'unknown'), nullif(i.responsible_id, $2), nullif(i.deputy_id, $2),
       coalesce(i.vip, false), coalesce(i.overdue, 0), i.email, coalesce(i.note, ''), coalesce(i.city, ''), $1,
       i.external_id
from incoming i left join named on i.company <> '' and named.name = lower(i.company)
where i.existing is null
order by i.id;

-- name: add_phones
-- Their numbers, in the order of the index.
insert into contact_phones (number, contact_id)
select unnest(phones) as number, id from incoming where existing is null
order by 1;

-- name: keep_vanished
-- Contacts of source $1 that the file no longer names, for import $2 to be undone.
insert into import_undo
select $2, c.id, contact_state(c.version, c.restored_version, c.restored_as), c.version + 1, c.overdue, c.company_id,
       c.name, c.class, c.responsible_id, c.deputy_id, c.email, c.vip, c.overdue, c.note, c.deleted_at,
       array(select number from contact_phones p where p.contact_id = c.id), c.city
from contacts c
where source = $1 and deleted_at is null
  and not exists (select from seen where identity = c.external_id);

-- name: remove_vanished_contacts
-- Contacts of the source that the file no longer names.
update contacts c set deleted_at = now(), version = version + 1, updated_at = now()
where source = $1 and deleted_at is null
  and not exists (select from seen where identity = c.external_id);

-- name: keep_for_undo
-- Import $1 can be undone, if it changed anything; what it added has ids above $2, up to $3.
update imports
set undo = case when $4::integer + $5::integer + $7::integer > 0 then 'kept' else '' end,
    added_after = $2, added_to = $3, rows = $4::integer + $5::integer + $6::integer,
    added = $4, changed = $5, unchanged = $6, removed = $7, refused = $8
where id = $1;

-- name: see_spam
-- Notes what the chunk names, as the line that names it first has it.
insert into seen select number, line from incoming order by line on conflict do nothing;

-- name: drop_repeated_spam
-- A number that an earlier line named stays as that line has it.
delete from incoming i using seen s where s.identity = i.number and s.line <> i.line;

-- name: drop_own_numbers
-- Numbers that are ours, as lines or as people's, and prefixes a line of ours begins with: never spam.
delete from incoming i
where exists (select from lines l where l.number = i.number)
   or (i.number like '%*' and exists (select from lines l where starts_with(l.number, rtrim(i.number, '*'))))
   or exists (select from people p where p.mobile = i.number)
returning line, number;

-- name: drop_contacts_numbers
-- Numbers that belong to contacts: the company's own books are believed more than a list.
delete from incoming i
where exists (select from contact_phones p join contacts c on c.id = p.contact_id and c.deleted_at is null
              where p.number = i.number)
returning line, number;

-- name: take_off_spam
-- Numbers of this source that have no votes left.
delete from spam_numbers s using incoming i where s.number = i.number and s.source = $1 and i.votes = 0;

-- name: take_off_prefixes
-- The same for prefixes.
delete from spam_ranges r using incoming i
where r.prefix || '*' = i.number and r.kind = 'prefix' and r.source = $1 and i.votes = 0;

-- name: change_spam
-- Numbers of this source whose votes or note differ; being named again is evidence again, but once in 30 days.
update spam_numbers s set votes = i.votes, note = i.note, seen_at = now()
from incoming i
where s.number = i.number and s.source = $1 and i.votes > 0
  and ((s.votes, s.note) is distinct from (i.votes, i.note) or s.seen_at < now() - interval '30 days');

-- name: change_prefixes
-- The same for prefixes.
update spam_ranges r set votes = i.votes, seen_at = now()
from incoming i
where r.prefix || '*' = i.number and r.kind = 'prefix' and r.source = $1 and i.votes > 0
  and (r.votes <> i.votes or r.seen_at < now() - interval '30 days');

-- name: add_spam
-- Numbers no source has named before.
insert into spam_numbers (number, source, votes, note)
select number, $1, votes, note from incoming where votes > 0 and number not like '%*' order by number
on conflict do nothing;

-- name: add_prefixes
-- Prefixes no source has named before.
insert into spam_ranges (prefix, kind, votes, source)
select rtrim(number, '*'), 'prefix', votes, $1 from incoming where votes > 0 and number like '%*' order by number
on conflict do nothing;

-- name: remove_vanished_spam
-- Numbers of the source that the file no longer names.
delete from spam_numbers s where source = $1 and not exists (select from seen where identity = s.number);

-- name: remove_vanished_prefixes
-- Prefixes of the source that the file no longer names.
delete from spam_ranges r
where source = $1 and kind = 'prefix' and not exists (select from seen where identity = r.prefix || '*');

-- name: note_spam_before
-- The chunk's entries as they are.
insert into spam_changes (entry, line, was_source, was_votes, was_note, was_added_at, was_seen_at)
select i.number, i.line, coalesce(s.source, r.source), coalesce(s.votes, r.votes),
       coalesce(s.note, case when r.prefix is not null then '' end), coalesce(s.added_at, r.seen_at),
       coalesce(s.seen_at, r.seen_at)
from incoming i
left join spam_numbers s on s.number = i.number
left join spam_ranges r on i.number like '%*' and r.kind = 'prefix' and r.prefix = rtrim(i.number, '*');

-- name: note_spam_after
-- The same once they are stored.
update spam_changes c
set votes = coalesce(s.votes, r.votes), note = coalesce(s.note, case when r.prefix is not null then '' end),
    seen_at = coalesce(s.seen_at, r.seen_at)
from incoming i
left join spam_numbers s on s.number = i.number
left join spam_ranges r on i.number like '%*' and r.kind = 'prefix' and r.prefix = rtrim(i.number, '*')
where c.entry = i.number;

-- name: drop_spam_unchanged
-- What the chunk left as it was is no change.
delete from spam_changes c using incoming i
where c.entry = i.number
  and (c.was_votes, c.was_note, c.was_seen_at) is not distinct from (c.votes, c.note, c.seen_at);

-- name: note_spam_vanished
-- What source $1 had and the file no longer names, before it is taken off.
insert into spam_changes (entry, was_source, was_votes, was_note, was_added_at, was_seen_at)
select number, source, votes, note, added_at, seen_at from spam_numbers s
where source = $1 and not exists (select from seen where identity = s.number)
union all
select prefix || '*', source, votes, '', seen_at, seen_at from spam_ranges r
where source = $1 and kind = 'prefix' and not exists (select from seen where identity = r.prefix || '*');

-- name: keep_spam_changes
-- All of it, for import $1 to be undone.
insert into spam_import_undo
select $1, entry, was_source, was_votes, was_note, was_added_at, was_seen_at, votes, note, seen_at
from spam_changes order by entry;

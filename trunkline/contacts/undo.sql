-- name: find_undoable
-- The import that is to be undone. Its row is not locked: whoever works on a source holds the lock of the source.
select id, kind, source, file_name, undo, added_after, added_to from imports where id = $1;

-- name: create_restored
-- The contacts that go back.
create temporary table restored (contact_id uuid primary key) on commit drop;

-- name: choose_restored
-- Those of import $1 that nobody has changed since, or only somebody who took it back; held until they are changed.
insert into restored
select c.id from import_undo u join contacts c on c.id = u.contact_id
where u.import_id = $1 and contact_state(c.version, c.restored_version, c.restored_as) = u.version_after
order by c.id
for no key update of c;

-- name: analyze_restored
-- There may be one or a million.
analyze restored;

-- name: restore_contacts
-- As they were; a company or a person that is gone since is left out, and a debt others have changed since stays.
update contacts c set
    company_id = co.id, name = u.name, class = u.class, responsible_id = r.id, deputy_id = d.id, email = u.email,
    vip = u.vip, overdue = case when c.overdue = u.overdue_after then u.overdue else c.overdue end, note = u.note, city = u.city,
    deleted_at = u.deleted_at, version = c.version + 1, restored_version = c.version + 1, restored_as = u.state_before,
    updated_at = now()
from restored t
join import_undo u on u.import_id = $1 and u.contact_id = t.contact_id
left join companies co on co.id = u.company_id
left join people r on r.id = u.responsible_id
left join people d on d.id = u.deputy_id
where c.id = t.contact_id;

-- name: drop_phones
-- Numbers they did not have.
delete from contact_phones p using restored t join import_undo u on u.import_id = $1 and u.contact_id = t.contact_id
where p.contact_id = t.contact_id and p.number <> all (u.phones);

-- name: restore_phones
-- Numbers they had.
insert into contact_phones (number, contact_id)
select unnest(u.phones), u.contact_id from restored t join import_undo u on u.import_id = $1 and u.contact_id = t.contact_id
order by 1
on conflict do nothing;

-- name: take_out_added
-- What it added goes out, bare, so that a later file of the source finds nothing of this one; calls keep name and number.
update contacts set
    company_id = null, class = 'unknown', responsible_id = null, deputy_id = null, email = null, vip = false, overdue = 0,
    note = '', city = '', deleted_at = now(), version = version + 1, restored_version = version + 1, restored_as = 0,
    updated_at = now()
where id > $1 and id <= $2 and source = $3 and deleted_at is null
  and contact_state(version, restored_version, restored_as) = 1;

-- name: left
-- Contacts the import changed or added that were changed since, and stay.
with left_out as (
    select c.id, c.name, c.deleted_at is not null as gone from import_undo u join contacts c on c.id = u.contact_id
    where u.import_id = $1 and not exists (select from restored t where t.contact_id = c.id)
    union all
    select c.id, c.name, false from contacts c
    where c.id > $2 and c.id <= $3 and c.source = $4 and c.deleted_at is null)
select *, count(*) over () as total from left_out order by name, id limit $5;

-- name: forget_kept
-- What was kept for import $1.
with spam as (delete from spam_import_undo where import_id = $1)
delete from import_undo where import_id = $1;

-- name: drop_spam_added
-- Numbers import $1 of source $2 added and nobody has touched since.
delete from spam_numbers s using spam_import_undo u
where u.import_id = $1 and u.was_votes is null and s.number = u.entry
  and (s.source, s.votes, s.note, s.seen_at) = ($2, u.votes, u.note, u.seen_at);

-- name: drop_prefixes_added
-- The same for prefixes.
delete from spam_ranges r using spam_import_undo u
where u.import_id = $1 and u.was_votes is null and r.kind = 'prefix' and r.prefix || '*' = u.entry
  and (r.source, r.votes, r.seen_at) = ($2, u.votes, u.seen_at);

-- name: turn_spam_back
-- Numbers it changed and nobody has touched since.
update spam_numbers s set votes = u.was_votes, note = u.was_note, seen_at = u.was_seen_at
from spam_import_undo u
where u.import_id = $1 and u.was_votes is not null and s.number = u.entry
  and (s.source, s.votes, s.note, s.seen_at) = ($2, u.votes, u.note, u.seen_at);

-- name: turn_prefixes_back
-- The same for prefixes.
update spam_ranges r set votes = u.was_votes, seen_at = u.was_seen_at
from spam_import_undo u
where u.import_id = $1 and u.was_votes is not null and r.kind = 'prefix' and r.prefix || '*' = u.entry
  and (r.source, r.votes, r.seen_at) = ($2, u.votes, u.seen_at);

-- name: put_spam_back
-- Numbers it took off and nobody has listed since; never one that became ours or a contact's.
insert into spam_numbers (number, source, votes, note, added_at, seen_at)
select u.entry, u.was_source, u.was_votes, u.was_note, u.was_added_at, u.was_seen_at from spam_import_undo u
where u.import_id = $1 and u.votes is null and u.entry not like '%*'
  and not exists (select from lines l where l.number = u.entry)
  and not exists (select from people p where p.mobile = u.entry)
  and not exists (select from contact_phones c join contacts k on k.id = c.contact_id and k.deleted_at is null
                  where c.number = u.entry)
order by u.entry
on conflict do nothing;

-- name: put_prefixes_back
-- The same for prefixes; never one a line of ours begins with by now.
insert into spam_ranges (prefix, kind, votes, source, seen_at)
select rtrim(u.entry, '*'), 'prefix', u.was_votes, u.was_source, u.was_seen_at from spam_import_undo u
where u.import_id = $1 and u.votes is null and u.entry like '%*'
  and not exists (select from lines l where starts_with(l.number, rtrim(u.entry, '*')))
order by u.entry
on conflict do nothing;

-- name: spam_left
-- Entries of import $1 that are not as they were before it: somebody has touched them since, and they stay.
select u.entry, coalesce(s.votes, r.votes) is null as gone, count(*) over () as total
from spam_import_undo u
left join spam_numbers s on s.number = u.entry
left join spam_ranges r on u.entry like '%*' and r.kind = 'prefix' and r.prefix = rtrim(u.entry, '*')
where u.import_id = $1
  and (coalesce(s.source, r.source), coalesce(s.votes, r.votes), coalesce(s.seen_at, r.seen_at))
      is distinct from (u.was_source, u.was_votes, u.was_seen_at)
order by u.entry limit $2;

-- name: note_undone
-- The import is undone; nothing if what it needed was let go meanwhile.
update imports set undo = 'undone', state = 'done', failure = '', undone_at = now(), undone = $2
where id = $1 and undo = 'kept' returning id;

-- name: undoable
-- Imports that can be undone, the newest first.
select id, kind, source, file_name, started_at, added, changed, removed from imports where undo = 'kept' order by started_at desc;

-- name: too_old
-- Imports that are kept no longer: of more than $1 days ago, or with $2 newer ones of their source.
with kept as (
    select id, started_at, row_number() over (partition by kind, source order by started_at desc) as place
    from imports where undo = 'kept')
select id from kept where place > $2 or started_at < now() - make_interval(days => $1);

-- name: let_go
-- These imports cannot be undone any more.
update imports set undo = 'gone' where id = any ($1) and undo = 'kept';

-- name: forget_old
-- What was kept for these imports.
with spam as (delete from spam_import_undo where import_id = any ($1))
delete from import_undo where import_id = any ($1);

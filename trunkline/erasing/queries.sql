-- name: columns
-- Every column of our tables, what it is, and what it must keep to: may it be null, is it part of a key, has it a condition.
select c.relname as table, a.attname as column, t.typname as type, not a.attnotnull as nullable,
    exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any (i.indkey)) as in_key,
    exists (
        select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey)
    ) as has_condition,
    exists (
        select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and a.attnum = any (k.conkey)
    ) as is_reference,
    exists (
        select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
            and pg_get_constraintdef(k.oid) ~ '= ANY \(ARRAY\['
    ) as is_closed,
    exists (
        select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
            and strpos(pg_get_constraintdef(k.oid), '^\+') > 0
    ) as wants_number
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_type t on t.oid = a.atttypid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
order by c.relname, a.attnum;

-- name: begin
insert into erasures (id, mark, at, person_id, person, via) values ($1, $2, $3, $4, $5, $6);

-- name: unfinished
-- One that was broken off is taken up again, with what it counted.
select id from erasures where mark = $1 and finished_at is null order by at limit 1;

-- name: count
-- Add to what was counted under a name.
update erasures set counts = jsonb_set(counts, array[$2], to_jsonb(coalesce((counts->>$2)::integer, 0) + $3)) where id = $1;

-- name: finish
update erasures set finished_at = $2, found = $3 where id = $1;

-- name: one
select id, mark, at, finished_at, person, via, counts, found from erasures where id = $1;

-- name: newest
select id, mark, at, finished_at, person, via, counts, found from erasures order by at desc, id desc limit $1;

-- name: calls_of
-- Calls with the client $1, and those whose caller or dialled number is written like $2.
select id, caller, dialled, client from calls where client = $1 or caller ~ $2 or dialled ~ $2;

-- name: contacts_of
-- Contacts with the number $1, and whether they have no other.
select contact_id as id, not exists (
    select from contact_phones other where other.contact_id = mine.contact_id and other.number <> $1
) as nothing_else
from contact_phones mine where number = $1;

-- name: elsewhere
-- What other systems know of the number $1, its contacts $2 and its calls $3, by what they call it.
select 'contact' as what, source, external_id from contacts where id = any ($2::uuid[]) and external_id is not null
union select 'lead', source, external_id from leads
where phone = $1 or contact_id = any ($2) or id in (select lead_id from lead_numbers where phone = $1)
union select 'deal', source, external_id from deals where contact_id = any ($2)
union select 'client', n.kind || ' ' || n.name, c.entity from crm_clients c join crm_connectors n on n.id = c.connector_id
where c.phone = $1 and c.entity <> ''
union select 'call', n.kind || ' ' || n.name, c.remote_id from crm_calls c join crm_connectors n on n.id = c.connector_id
where c.call_id = any ($3::uuid[]) and c.remote_id is not null
union select 'chat', i.kind || ' ' || i.name, c.client from chat_numbers c join chat_inboxes i on i.id = c.inbox_id
where c.phone = $1
union select 'export', d.kind || ' ' || d.name, e.subject from exports e join export_destinations d on d.id = e.destination_id
where e.state = 'sent' and e.subject = any (select 'call:' || id from unnest($3::uuid[]) as known (id))
union select 'recording', r.pbx, p.provider_id from recordings r join recording_references p on p.recording_id = r.id
where r.call_id = any ($3) and p.provider_id <> ''
order by 1, 2, 3;

-- name: refuse_calls
-- Who was not to be called is not called any more without being named.
insert into refused_marks (mark, what, reason, added_at)
select $2, 'call', reason, added_at from do_not_call where number = $1
on conflict do nothing;

-- name: refuse_messages
-- The same of messages, however he said it.
insert into refused_marks (mark, what, reason, added_at)
select $2, 'message', '', at from (
    select at from message_stops where address = $1
    union all
    select at from client_consents where not allowed and contact_id in (select contact_id from contact_phones where number = $1)
) as said
limit 1
on conflict do nothing;

-- name: is_refused
select reason from refused_marks where mark = $1 and what = $2;

-- name: drop_refusal
-- He may be called again, as somebody decided.
delete from refused_marks where mark = $1 and what = 'call' returning reason;

-- name: rebuild_directory
-- The packed file and its log are made anew, whatever changed.
insert into directory_changes (kind) values ('all');

-- name: wake_directory
select pg_notify('directory', '');

-- name: waiting_recordings
-- Recordings that are to be deleted where the PBX keeps them, and are not yet; and why one will not be.
select stop, count(*)::integer as recordings from recordings where stage = 'refused' and call_id = any ($1::uuid[]) group by stop;

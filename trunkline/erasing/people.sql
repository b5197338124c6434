-- name: leads
-- What a lead of the number tells of its person; that there was one, and what it led to, stays.
update leads set title = '', email = null, raw = null
where (phone = $2 or contact_id = any ($1::uuid[]) or id in (select lead_id from lead_numbers where phone = $2))
    and (title <> '' or email is not null or raw is not null);

-- name: touches
update touches set text = '', raw = null
where (contact_id = any ($1::uuid[]) or call_id = any ($3::uuid[])
        or lead_id in (select lead_id from lead_numbers where phone = $2)
        or lead_id in (select id from leads where phone = $2))
    and (text <> '' or raw is not null);

-- name: messages
-- Written to this number, or to a contact who has no other: the text, the name and what it was made of.
update messages set text = '', recipient_name = '', facts = '{}', address = '', phone = ''
where (phone = $2 or contact_id = any ($1::uuid[]));

-- name: contact_notes
delete from contact_notes where contact_id = any ($1::uuid[]);

-- name: client_consents
delete from client_consents where contact_id = any ($1::uuid[]);

-- name: import_undo
delete from import_undo where contact_id = any ($1::uuid[]);

-- name: contacts
-- Who has no other number is nobody any more; his row holds together what was bought.
update contacts set name = '', email = null, note = '', raw = null, city = '', deleted_at = coalesce(deleted_at, now()),
    version = version + 1, updated_at = now()
where id = any ($1::uuid[])
    and (name <> '' or email is not null or note <> '' or raw is not null);

-- name: attributions
-- What the calls were counted for stays, whose visit it was does not.
update attributions set told_by = 'number', visit_id = null, visitor = null, landing = '', others = '[]', client = ''
where call_id = any ($1::uuid[]) and (visitor is not null or client <> '' or landing <> '' or others <> '[]');

-- name: exports
-- The click and the browser of a call; what was sent is told in the proof.
delete from exports where subject = any (select 'call:' || id from unnest($1::uuid[]) as known (id));

-- name: call_contacts
delete from call_contacts where call_id = any ($1::uuid[]);

-- name: chat2desk_calls
delete from chat2desk_calls where call_id = any ($1::uuid[]);

-- name: calls
-- Names that came with the number.
update calls set caller_name = '' where id = any ($1::uuid[]) and caller_name <> '';

-- name: decisions
update decisions set caller_name = '' where call_id = any ($1::uuid[]) and caller_name <> '';

-- name: queue_waits
update queue_waits set caller_name = '' where call_id = any ($1::uuid[]) and caller_name <> '';

-- name: call_wrap_ups
delete from call_wrap_ups where call_id = any ($1::uuid[]);

-- name: report_facts
-- The hash of the number, by which calls of the same one are counted once; and the visitor.
update report_facts set visitor = null, client = null
where id = any ($1::uuid[]) and (visitor is not null or client is not null);

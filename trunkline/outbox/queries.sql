-- name: touch_streams
-- Creates or locks the rows of the streams about to be appended to.
insert into outbox_streams (stream)
select stream from unnest($1::text[]) as appended (stream)
on conflict (stream) do update set ver = outbox_streams.ver + 1, due = least(outbox_streams.due, now());

-- name: insert_events
-- Adds events unless their idem is known.
insert into outbox (stream, kind, idem, payload)
select stream, kind, idem, payload
from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) with ordinality as appended (stream, kind, idem, payload, place)
where not exists (select from outbox_log l where l.idem = appended.idem)
  and not exists (select from outbox_dead d where d.idem = appended.idem)
order by place
on conflict (idem) do nothing;

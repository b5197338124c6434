-- name: note_restore
insert into restores (restored_at, dumped_at, before) values ($1, $2, $3)
on conflict (restored_at) do update set dumped_at = excluded.dumped_at, before = excluded.before;

-- name: doubt_waiting
-- What waited when the dump was made may have been delivered since: it is verified before it is sent. Whoever held a
-- stream then is no process of this installation.
with streams as (update outbox_streams set lease = '-infinity', claim = null, waiting = null where not parked)
update outbox set started_at = coalesce(started_at, created_at);

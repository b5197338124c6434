-- name: note_hidden
insert into recording_redactions (recording_id, kind, start_at, end_at)
select $1, * from unnest($2::text[], $3::float8[], $4::float8[])
on conflict (recording_id, kind, start_at) do update set end_at = greatest(recording_redactions.end_at, excluded.end_at),
    silenced_at = null;

-- name: lock_text
-- Whoever keeps another text is waited for.
select from transcripts where recording_id = $1 for update;

-- name: mute
-- From now on nobody hears it.
update recordings set muting = true where id = $1;

-- name: rewrite_text
-- The words of before, less those that are hidden.
update transcripts set pieces = $2 where recording_id = $1;

-- name: to_silence
select kind, start_at as start, end_at as end from recording_redactions
where recording_id = $1 and silenced_at is null order by start_at;

-- name: is_muted
select muting and stage = 'kept' from recordings where id = $1;

-- name: lock_muted
select id from recordings where id = $1 and muting and stage = 'kept' for update;

-- name: silenced
update recordings set muting = false, size = $2, sha256 = $3, peaks = $4 where id = $1;

-- name: note_silenced
update recording_redactions set silenced_at = now() where recording_id = $1 and silenced_at is null;

-- name: hidden_in
select recording_id, kind, count(*) as times from recording_redactions
where recording_id = any($1::uuid[]) group by 1, 2 order by 1, 2;

-- name: count_muted
-- Those that stay so: the work on them failed.
select count(*) from recordings r join analyses a on a.recording_id = r.id and a.stop = 'failed' where r.muting;

-- name: forget_hidden
delete from recording_redactions where recording_id = $1;

-- name: hold_naming
-- Nobody else names a file of this call until this transaction ends: who does so otherwise asked `is_refused` before.
select from calls where id = $1 for no key update;

-- name: note_found
-- A file of a call, once; the id where it is new. One that a program sent in, under the file's own name ($6), is the PBX's
-- too from now on, and where that has it: what was refused is to be deleted there as well.
with sent_in as (
    update recordings set sent = false, file = $5, stage = case stage when 'deleted' then 'refused' else stage end
    where id = (select id from recordings where call_id = $2 and sent and file in ($5, $6) order by file = $5 desc limit 1)
    returning id
), new as (
    insert into recordings (id, call_id, pbx, leg, file)
    select $1, $2, $3, $4, $5
    where not exists (select from sent_in) and not exists (select from recordings where call_id = $2 and file = $5)
    on conflict (id) do update set sent = false,
        stage = case recordings.stage when 'deleted' then 'refused' else recordings.stage end
    where recordings.sent
    returning id
)
select id from sent_in union all select id from new;

-- name: note_sent
-- A file of a call that is being sent in: what of it lies in the store has a row from its first byte on.
insert into recordings (id, call_id, pbx, leg, file, sent, stop, told)
select $1, $2, $3, $4, $5, true, 'missing', $6 where not exists (select from recordings where call_id = $2 and file = $5)
on conflict (id) do nothing;

-- name: is_refused
-- Whether it, or a call it was joined with, was not to be recorded: refused, or without its notice; who tells of that meanwhile,
-- or is about to, is waited for.
with asked as (
    select notice_state from calls where id = any (array(select joined_calls($1))) order by id for share
)
select bool_or(notice_state in ('refused', 'unplayed')) from asked;

-- name: story_of
-- Of a call that is over.
select story from calls where id = $1 and ended_at is not null;

-- name: take_turn
-- Nobody else changes what the store has of it until this transaction ends (recordings/putting.py).
select pg_advisory_xact_lock(7245031, hashtext($1::uuid::text));

-- name: find
select id, call_id, pbx, leg, file, stage, stop, told, tries, found_at, codec, rate, channels, seconds, size, sha256, peaks, held_why, muting, sent, gone_at
from recordings where id = $1;

-- name: kept_sounds
-- Whose sound the store has, for a backup: what the PBX wrote, or the Opus made of it.
select id, call_id, file, stage, size, sha256 from recordings
where stage in ('fetched', 'checked', 'converted', 'kept') and length(sha256) = 32 order by call_id, id;

-- name: of_call
-- The files of a call, in the order their legs were told.
select id, call_id, pbx, leg, file, stage, stop, told, tries, found_at, codec, rate, channels, seconds, size, sha256, peaks, held_why, muting, sent
from recordings where call_id = $1 order by found_at, file;

-- name: try_it
-- Counts a try before it begins, so that one that kills its worker counts too.
update recordings set tries = tries + 1, stop = null where id = $1 and stage = $2 returning tries;

-- name: not_tried
-- The try was cut short by our own end.
update recordings set tries = greatest(tries - 1, 0) where id = $1 and stage = $2;

-- name: reach
-- The next stage, if nobody else came there first; $11 says that what was to be deleted was not found. What was deleted as
-- sent in ($12) is deleted at a PBX too that named it meanwhile, before that is told.
update recordings set stage = $3, stop = case $11 when '' then null else 'missing' end, told = $11, tries = 0,
    codec = $4, rate = $5, channels = $6, seconds = $7, size = $8, sha256 = $9, peaks = $10
where id = $1 and stage = $2 and ($3 <> 'deleted' or sent = $12) returning id;

-- name: forget_reference
-- Where a provider has it.
delete from recording_references where recording_id = $1;

-- name: note_step
insert into recording_steps (recording_id, stage, took) values ($1, $2, $3) on conflict do nothing;

-- name: stop
-- It stays where it is, and why; nothing if it went on meanwhile.
update recordings set stop = $3, told = $4, tries = $5 where id = $1 and stage = $2 returning id;

-- name: late
-- Neither kept nor explained: how many, and since when the oldest waits.
select count(*) as recordings, min(found_at) as oldest from recordings
where stage not in ('kept', 'expired', 'deleted') and stop is null and found_at < $1;

-- name: unsourced
-- Those that waited for somebody to say where their PBX's folder is, or how its provider is asked for a link, which he has:
-- they wait no more.
update recordings set stop = null where id in (
    select r.id from recordings r
    join pbxs p on p.id = r.pbx and (
        (r.stop = 'no-folder' and p.settings ->> 'recordings_seen' <> '')
        or (r.stop = 'no-link' and p.settings ->> 'recordings_link' <> ''))
    where r.stage not in ('kept', 'expired', 'deleted') limit $1
)
returning id, sent;

-- name: unrefused
-- At most $1 calls of which no sound may be kept, and of which there is some that nobody has refused.
select c.id from calls c
where c.notice_state in ('refused', 'unplayed')
    and exists (
        select from recordings r
        where r.call_id = any (array(select joined_calls(c.id))) and r.stage not in ('refused', 'deleted')
    )
order by c.id limit $1;

-- name: refuse
-- All of a call and of those it was joined with, however far they came and whoever holds them.
update recordings set stage = 'refused', stop = null, told = '', tries = 0, held_why = null, muting = false,
    gone_at = now()
where call_id = any (array(select joined_calls($1))) and stage not in ('refused', 'deleted')
returning id;

-- name: came_back
-- A file that was deleted and that a copy of the PBX's folder brought back is to be deleted still.
update recordings set stage = 'refused', told = $2 where id = $1 and stage = 'deleted' and not sent returning id;

-- name: list_recordings
-- Within the asker's reach ($1 his own calls, $2 departments, $3 lines), older than $4, the newest first.
select r.id, r.call_id, r.pbx, r.leg, r.file, r.stage, r.stop, r.told, r.tries, r.found_at, r.codec, r.rate, r.channels,
    r.seconds, r.size, r.sha256, '\x'::bytea as peaks, r.held_why, r.muting,
    c.started_at, c.direction, c.client, c.answered_by, c.dialled
from recordings r
join calls c on c.id = r.call_id
where r.id < $4
  and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
order by r.id desc limit $5;

-- name: list_tagged
-- Those of the tag $6, within the asker's reach ($1 his own calls, $2 departments, $3 lines), older than $4, the newest first.
select r.id, r.call_id, r.pbx, r.leg, r.file, r.stage, r.stop, r.told, r.tries, r.found_at, r.codec, r.rate, r.channels,
    r.seconds, r.size, r.sha256, '\x'::bytea as peaks, r.held_why, r.muting,
    c.started_at, c.direction, c.client, c.answered_by, c.dialled
from recording_tags t
-- Each by its id: a join of both tables by their order reads all recordings in between.
cross join lateral (select * from recordings where id = t.recording_id offset 0) as r
join calls c on c.id = r.call_id
where t.tag = $6 and t.recording_id < $4
  and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
order by t.recording_id desc limit $5;

-- name: list_categorised
-- Those of the category $6, within the asker's reach ($1 his own calls, $2 departments, $3 lines), older than $4, the newest first.
select r.id, r.call_id, r.pbx, r.leg, r.file, r.stage, r.stop, r.told, r.tries, r.found_at, r.codec, r.rate, r.channels,
    r.seconds, r.size, r.sha256, '\x'::bytea as peaks, r.held_why, r.muting,
    c.started_at, c.direction, c.client, c.answered_by, c.dialled
from analyses a
cross join lateral (select * from recordings where id = a.recording_id offset 0) as r
join calls c on c.id = r.call_id
where a.category = $6 and a.recording_id < $4
  and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
order by a.recording_id desc limit $5;

-- name: list_tagged_in_category
-- Those of the tag $6 and the category $7, as above: both indexes have them in their order, and the rarer of the two leads.
select r.id, r.call_id, r.pbx, r.leg, r.file, r.stage, r.stop, r.told, r.tries, r.found_at, r.codec, r.rate, r.channels,
    r.seconds, r.size, r.sha256, '\x'::bytea as peaks, r.held_why, r.muting,
    c.started_at, c.direction, c.client, c.answered_by, c.dialled
from recording_tags t
join analyses a on a.recording_id = t.recording_id and a.category = $7
cross join lateral (select * from recordings where id = t.recording_id offset 0) as r
join calls c on c.id = r.call_id
where t.tag = $6 and t.recording_id < $4 and a.recording_id < $4
  and ($1::uuid = any(c.people) or (($2::uuid[] is null or c.departments && $2) and ($3::uuid[] is null or c.line_id = any($3))))
order by t.recording_id desc limit $5;

-- name: forget_peaks
-- How loud each second of a refused one was.
update recordings set peaks = '' where id = $1 and stage in ('refused', 'deleted');

-- name: of_calls
-- Of these calls, however far they came.
select id from recordings where call_id = any ($1::uuid[]) order by id;

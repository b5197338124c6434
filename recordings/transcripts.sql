-- name: want
-- A row a recording, once; why it has no text where the rules leave it out.
insert into transcripts (recording_id, stop, told) values ($1, $2, $3) on conflict do nothing returning wanted_at;

-- name: find_wanted
-- What is still to be written down.
select recording_id, tries, told, wanted_at from transcripts
where recording_id = $1 and stage = 'wanted' and (stop is null or stop = 'no-model');

-- name: try_text
-- Counts a try before it begins, so that one that kills its worker counts too.
update transcripts set tries = tries + 1, stop = null
where recording_id = $1 and stage = 'wanted' and wanted_at = $2 returning tries;

-- name: text_not_tried
-- The try was cut short by our own end.
update transcripts set tries = greatest(tries - 1, 0) where recording_id = $1 and stage = 'wanted' and wanted_at = $2;

-- name: stop_text
-- It stays where it is, and why; nothing if it went on meanwhile or is wanted anew.
update transcripts set stop = $3, told = $4, tries = $5
where recording_id = $1 and stage = 'wanted' and wanted_at = $2 returning recording_id;

-- name: keep_text
-- Its words, if nobody else wrote them and nobody wanted them anew since.
update transcripts set stage = $3, stop = $4, told = '', tries = 0, made_at = now(), took = $5,
    engine = $6, model = $7, language = $8, pieces = $9
where recording_id = $1 and stage = 'wanted' and wanted_at = $2 returning recording_id;

-- name: read_text
-- The words that are kept; those of before while they are made anew. None of what expired or was refused.
select t.engine, t.model, t.language, t.pieces
from transcripts t join recordings r on r.id = t.recording_id
where t.recording_id = $1 and t.pieces is not null and r.stage in ('converted', 'kept');

-- name: talk
-- What rules look at.
select r.id as recording, coalesce(c.direction, '') as direction, coalesce(l.number, '') as line, r.seconds
from recordings r
left join calls c on c.id = r.call_id
left join lines l on l.id = c.line_id
where r.id = $1;

-- name: modelless
-- Those that waited for a model, which is there now: they wait no more.
update transcripts set stop = null, told = '', wanted_at = now()
where recording_id in (
    select recording_id from transcripts where stage = 'wanted' and stop = 'no-model' order by wanted_at limit 1000)
returning recording_id, wanted_at;

-- name: outdated
-- Recordings after $1, found since $2, whose text is not by the model $3, or that have none although nothing forbids it.
select r.id from recordings r
left join transcripts t on t.recording_id = r.id
where r.stage = 'kept' and r.id > $1 and r.found_at >= $2
  and (t.recording_id is null or t.stop is not null or t.stage = 'transcribed' or t.tries > 0
      or t.wanted_at < now() - interval '1 day') and (t.made_at is null or t.model <> $3)
order by r.id limit 500;

-- name: want_again
-- The words of before stay until there are others. Nothing of what is no more kept.
insert into transcripts (recording_id) select id from recordings where id = $1 and stage = 'kept' for no key update
on conflict (recording_id) do update set stage = 'wanted', stop = null, told = '', tries = 0, wanted_at = now()
returning wanted_at;

-- name: lock_kept
-- Its text is changed: whoever refuses it, lets it expire, or keeps another text, is waited for.
select id from recordings where id = $1 and stage = 'kept' for no key update;

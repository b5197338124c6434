-- name: want
-- A row a recording, once; why it has no text where the rules leave it out.
insert into transcripts (recording_id, stop, told) values ($1, $2, $3) on conflict do nothing returning recording_id;

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
-- The words that are kept; those of before while they are made anew.
select engine, model, language, pieces from transcripts where recording_id = $1 and pieces is not null;

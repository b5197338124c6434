-- name: call_of
-- What tells whose voice is on which track.
select direction, linkedid from calls where id = $1;

-- name: forget_words
delete from transcript_search where recording_id = $1;

-- name: keep_words
-- The words ($3) of each side ($2), in the order they were said.
insert into transcript_search (recording_id, side, words)
select $1, side, words || array_to_tsvector(speech_pairs(words))
from unnest($2::text[], $3::text[]) as told (side, said), to_tsvector('speech', said) as words;

-- name: stems
-- What the search compares words by.
select token, (tsvector_to_array(to_tsvector('speech', token)))[1] as stem from unnest($1::text[]) as token;

-- name: compiled
-- Each of the texts as conditions: its words one after the other, all of them, and the pairs they make.
select asked, phraseto_tsquery('speech', asked)::text as phrase, plainto_tsquery('speech', asked)::text as words,
    speech_pairs(to_tsvector('speech', asked)) as pairs
from unnest($1::text[]) as asked;

-- name: oldest
select recording_id from transcript_search order by recording_id limit 1;

-- name: search
-- Of the recordings in [$1, $2): said $4 on one of the sides $3, and nowhere there $5; within the asker's reach
-- ($6 his own calls, $7 departments, $8 lines), the newest first. A recording is as old as its call: one month of calls,
-- of ids in [$9, $10), is enough. $4 is what the index alone tells; $11, the phrases, is read of the newest ones only;
-- $13 is the tag that it has and $14 its category, empty for any or none.
with unsaid as materialized (
    select recording_id from transcript_search
    where $5::text <> '' and recording_id >= $1 and recording_id < $2 and side = any($3::text[])
      and words @@ $5::text::tsquery
),
said as materialized (
    select recording_id, side from transcript_search s
    where recording_id >= $1 and recording_id < $2 and side = any($3::text[])
      and ($13::text = '' or exists (select from recording_tags g where g.tag = $13 and g.recording_id = s.recording_id))
      and ($14::text = '' or exists (select from analyses a where a.recording_id = s.recording_id and a.category = $14))
      and ($4::text = '' or words @@ $4::text::tsquery)
      and ($5::text = '' or not exists (select from unsaid where unsaid.recording_id = s.recording_id))
)
select * from (
    select r.id, r.call_id, r.pbx, r.leg, r.file, r.stage, r.stop, r.told, r.tries, r.found_at, r.codec, r.rate,
        r.channels, r.seconds, r.size, r.sha256, '\x'::bytea as peaks, r.muting,
        c.started_at, c.direction, c.linkedid, c.client, c.answered_by, c.dialled, said.side
    from said
    join recordings r on r.id = said.recording_id
    join calls c on c.id = r.call_id and c.id >= $9 and c.id < $10
    where r.stage in ('converted', 'kept')
      and ($6::uuid = any(c.people) or (($7::uuid[] is null or c.departments && $7) and ($8::uuid[] is null or c.line_id = any($8))))
    order by r.id desc offset 0
) as near
where $11::text = '' or (
    select t.words from transcript_search t
    where t.recording_id = near.id and t.recording_id >= $1 and t.recording_id < $2 and t.side = near.side
) @@ $11::text::tsquery
order by id desc limit $12;

-- name: texts
-- The pieces of some recordings.
select recording_id, pieces from transcripts where recording_id = any($1::uuid[]) and pieces is not null;

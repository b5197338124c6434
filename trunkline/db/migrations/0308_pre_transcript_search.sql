-- What was said, as the search reads it: Russian and English stems, no stop words ("не работает" is not "работает").

create text search dictionary speech_ru (template = snowball, language = russian);
create text search dictionary speech_en (template = snowball, language = english);
create text search configuration speech (copy = simple);
alter text search configuration speech alter mapping for asciiword, asciihword, hword_asciipart with speech_en;
alter text search configuration speech alter mapping for word, hword, hword_part with speech_ru;

create table transcript_search (
    recording_id uuid not null references recordings (id) on delete cascade,
    side         text not null check (side in ('all', 'agent', 'client', 'mixed')),
    words        tsvector not null,
    primary key (recording_id, side)
) partition by range (recording_id);
comment on table transcript_search is 'Transcripts as the search reads them, made again from transcripts: one row where nobody knows who speaks (mixed), else all of it and each side.';
-- Without a list of its own of what is new: a search would read that list to its end.
create index transcript_search_words on transcript_search using gin (words) with (fastupdate = off);

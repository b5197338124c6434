-- What was said, as the search reads it: Russian and English stems, no stop words ("не работает" is not "работает").

create text search dictionary speech_ru (template = snowball, language = russian);
create text search dictionary speech_en (template = snowball, language = english);
create text search configuration speech (copy = simple);
alter text search configuration speech alter mapping for asciiword, asciihword, hword_asciipart with speech_en;
alter text search configuration speech alter mapping for word, hword, hword_part with speech_ru;

-- Which words follow each other, in 65,536 kinds. A GIN index knows no places: without these a phrase of frequent words
-- ("вам не") would read the words of every call that has both.
create function speech_pairs(words tsvector) returns text[] language sql immutable as $$
    select coalesce(array_agg(distinct '#' || left(md5(one || ' ' || other), 4)), '{}') from (
        select lexeme as one, lead(lexeme) over said as other, lead(place) over said - place as far
        from unnest(words) as word, unnest(word.positions) as place
        window said as (order by place)
    ) as pairs
    where far = 1
$$;

create table transcript_search (
    recording_id uuid not null references recordings (id) on delete cascade,
    side         text not null check (side in ('all', 'agent', 'client', 'mixed')),
    words        tsvector not null,
    primary key (recording_id, side)
) partition by range (recording_id);
comment on table transcript_search is 'Transcripts as the search reads them, made again from transcripts: one row where nobody knows who speaks (mixed), else all of it and each side. words holds speech_pairs too.';
-- Without a list of its own of what is new: a search would read that list to its end.
create index transcript_search_words on transcript_search using gin (words) with (fastupdate = off);

-- Dictionaries of phrases, what they found in recordings, and how far the analysis of each text came.

create table dictionaries (
    id         uuid primary key,
    place      integer not null,
    name       text not null unique check (length(name) between 1 and 100),
    tag        text not null check (length(tag) between 1 and 40),
    category   text not null default '' check (length(category) <= 40),
    side       text not null default 'any' check (side in ('any', 'agent', 'client')),
    said       text not null default '',
    also       text not null default '',
    unsaid     text not null default '',
    changed_at timestamptz not null default now()
);
comment on table dictionaries is 'Phrases one a line (recordings/phrases.py) that give a recording its tag; the first by place that fits gives its category.';

create table dictionaries_version (
    single  boolean primary key default true check (single),
    version bigint not null default 1
);
comment on table dictionaries_version is 'Counts changes of dictionaries: whoever changes one counts first, whoever tags shares it until his commit.';
insert into dictionaries_version default values;

create table analyses (
    recording_id uuid primary key references recordings (id) on delete cascade,
    stage        text not null default 'wanted' check (stage in ('wanted', 'analysed')),
    stop         text check (stop in ('before', 'failed')),
    told         text not null default '',
    tries        smallint not null default 0,
    wanted_at    timestamptz not null default now(),
    made_at      timestamptz,
    took         double precision,
    version      bigint not null default 0,
    category     text not null default ''
);
comment on table analyses is 'The analysis of texts: how far each came and why it stays there; stop before: its text was made before there was any, and it is taken up by and by.';
comment on column analyses.version is 'Of the dictionaries it was tagged by.';
-- What waits, and what other dictionaries tagged: few beside the rest.
create index analyses_stopped on analyses (recording_id) where stop is not null;
create index analyses_by_version on analyses (version) where stage = 'analysed';

create table recording_tags (
    recording_id uuid not null references recordings (id) on delete cascade,
    tag          text not null,
    at           double precision not null,
    times        integer not null,
    primary key (tag, recording_id)
);
comment on table recording_tags is 'What the dictionaries found: at the second of the first place, so many times. Ids are as old as their calls: those of a tag lie by month.';
create index recording_tags_of on recording_tags (recording_id);

insert into analyses (recording_id, stop) select recording_id, 'before' from transcripts where pieces is not null;

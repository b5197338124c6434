-- What was said in recordings: one row a recording whose text is wanted, or that is left out for a reason.

create table transcripts (
    recording_id uuid primary key references recordings (id) on delete cascade,
    stage        text not null default 'wanted' check (stage in ('wanted', 'transcribed')),
    stop         text check (stop in ('policy', 'short', 'no-model', 'silent', 'failed')),
    told         text not null default '',
    tries        smallint not null default 0,
    wanted_at    timestamptz not null default now(),
    made_at      timestamptz,
    took         double precision,
    engine       text not null default '',
    model        text not null default '',
    language     text not null default '',
    pieces       bytea
);
comment on table transcripts is 'The text of recordings: how far each came and why it stays there; pieces is JSON of recordings/transcript.py, a Piece each.';
comment on column transcripts.took is 'Seconds the engine worked on it.';
-- What waits for an engine or a model: few beside those that are written down.
create index transcripts_unmade on transcripts (wanted_at) where stage = 'wanted';

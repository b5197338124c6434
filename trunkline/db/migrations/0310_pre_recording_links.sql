-- Links by which whoever has one hears a recording without signing in.

create table recording_links (
    id           uuid primary key,
    recording_id uuid not null references recordings (id) on delete cascade,
    name         text not null check (length(name) between 1 and 100),
    made_by      uuid references people (id) on delete set null,
    made_at      timestamptz not null,
    until        timestamptz not null,
    revoked_at   timestamptz,
    opened       integer not null default 0,
    opened_at    timestamptz
);
create index recording_links_recording on recording_links (recording_id);
comment on table recording_links is 'Links to recordings that were given out; the link itself is the id, its end and a signature of both.';

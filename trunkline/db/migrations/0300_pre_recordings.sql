-- Recordings: one row a file of a call, and one a stage it came to.

create table recordings (
    id         uuid primary key,
    call_id    uuid not null,
    pbx        text not null,
    leg        text not null,
    file       text not null check (length(file) <= 1000),
    stage      text not null default 'found' check (stage in ('found', 'fetched', 'checked', 'converted', 'kept')),
    stop       text check (stop in ('no-folder', 'outside', 'missing', 'empty', 'unreadable', 'failed')),
    told       text not null default '',
    tries      smallint not null default 0,
    found_at   timestamptz not null default now(),
    codec      text not null default '',
    rate       integer not null default 0,
    channels   smallint not null default 0,
    seconds    double precision not null default 0,
    size       bigint not null default 0,
    sha256     bytea not null default '',
    peaks      bytea not null default '',
    unique (call_id, file)
);
comment on table recordings is 'Files in which PBXs recorded calls: id as old as the call, how far each came, and why it stays there.';
-- What is on its way or was stopped: few beside those that are kept.
create index recordings_unkept on recordings (found_at) where stage <> 'kept';

create table recording_steps (
    recording_id uuid not null references recordings (id) on delete cascade,
    stage        text not null,
    done_at      timestamptz not null default now(),
    took         double precision not null,
    primary key (recording_id, stage)
);
comment on table recording_steps is 'When a recording came to each stage, and how many seconds the work took.';

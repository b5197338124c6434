-- How far the histories of hosted PBXs have been read.

create table hosted_histories (
    pbx           text primary key references pbxs (id) on delete cascade,
    begun_at      timestamptz not null default now(),
    read_until    timestamptz not null,
    deep_at       timestamptz not null,
    claimed_until timestamptz not null,
    next_at       timestamptz not null default now(),
    read_at       timestamptz,
    told          integer not null default 0,
    fresh         integer not null default 0,
    fault         text not null default '',
    fault_at      timestamptz,
    faults        integer not null default 0
);
comment on table hosted_histories is 'How far the history of each hosted PBX has been read, and what the last reading said.';
comment on column hosted_histories.begun_at is 'Calls that began before are not looked for: they are of the time before this PBX was ours.';
comment on column hosted_histories.read_until is 'Calls that began before have been told of, if they were over; what was under way is found by reading some hours again.';
comment on column hosted_histories.deep_at is 'When the last hours were read again as a whole.';
comment on column hosted_histories.claimed_until is 'A worker reads it now; one that dies is followed by another after this moment.';
comment on column hosted_histories.faults is 'Readings in a row that failed, the last for the reason in fault.';

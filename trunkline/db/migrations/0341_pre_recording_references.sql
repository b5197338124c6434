-- Recordings that lie at a provider: where each is to be had until it is here, and why it is not.

create table recording_references (
    recording_id uuid primary key references recordings (id) on delete cascade,
    provider_id  text not null default '' check (length(provider_id) <= 200),
    url          text not null default '' check (length(url) <= 2000),
    told_at      timestamptz not null,
    asked        integer not null default 0,
    asked_at     timestamptz,
    again_at     timestamptz,
    check (provider_id <> '' or url <> '')
);
comment on table recording_references is 'Where a provider has a recording, until it is fetched: its id there, and the link it was told with, empty once that has ended.';
comment on column recording_references.told_at is 'When somebody told it last: what it is looked for again is counted from.';
comment on column recording_references.again_at is 'When it is asked for again; null: it is given up, or waits for what the settings do not say yet.';

alter table recordings drop constraint recordings_stop_check;
alter table recordings add constraint recordings_stop_check check (stop in (
    'no-folder', 'outside', 'missing', 'empty', 'unreadable', 'failed', 'undeleted',
    'no-link', 'late', 'link-ended', 'unreached', 'unauthorised', 'forbidden', 'too-large'));

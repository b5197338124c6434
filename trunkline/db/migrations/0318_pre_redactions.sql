-- What was hidden in recordings: numbers of cards and their codes, in the text at once, in the sound soon after.

alter table recordings add column muting boolean not null default false;
comment on column recordings.muting is 'Words of it are hidden and its sound is not silenced there yet: nobody is to hear it.';

create table recording_redactions (
    recording_id uuid not null references recordings (id) on delete cascade,
    kind         text not null check (kind in ('card', 'code')),
    start_at     double precision not null,
    end_at       double precision not null check (end_at > start_at),
    silenced_at  timestamptz,
    primary key (recording_id, kind, start_at)
);
comment on table recording_redactions is 'Seconds of a recording in which a number of a card or its code was said; silenced_at: since when its sound holds silence there.';
create index recordings_muting on recordings (id) where muting;

-- Texts that were analysed before are looked through for them.
update analyses set stage = 'wanted', stop = 'before' where stage = 'analysed';

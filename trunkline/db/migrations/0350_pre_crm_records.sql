-- Recordings and transcripts that CRMs are told of.

alter table crm_connectors add column records text not null default 'text' check (records in ('none', 'sound', 'text'));
comment on column crm_connectors.records is 'What of recordings it is told: nothing, the sound, or the sound and its text.';

alter table crm_calls
    add column record_id uuid,
    add column record_version text not null default '',
    add column record_at timestamptz,
    add column transcript_id text not null default '',
    add column transcript_at timestamptz;
comment on column crm_calls.record_id is 'The recording it has there: one call takes one.';
comment on column crm_calls.record_version is 'Of its sound: one in which more was silenced since takes its place.';
comment on column crm_calls.transcript_id is 'Of its text there, which is told once.';

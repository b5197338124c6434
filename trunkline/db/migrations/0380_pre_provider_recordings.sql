-- A provider's recording is of one call: who may tell of some calls only could name that of another, and hear it on its own.

create table provider_recordings (
    pbx         text not null,
    provider_id text not null check (provider_id <> '' and length(provider_id) <= 200),
    call_id     uuid not null,
    primary key (pbx, provider_id)
);
comment on table provider_recordings is 'Which call the recording of that id of a provider is of; it stays when the recording is gone, so that a refused one does not come back by another call.';

-- Of what was told for several calls, the first.
insert into provider_recordings (pbx, provider_id, call_id)
select distinct on (pbx, file) pbx, substr(file, length('provider/') + 1), call_id from recordings
where sent and starts_with(file, 'provider/') and length(file) between length('provider/') + 1 and length('provider/') + 200
order by pbx, file, found_at, id
on conflict do nothing;

-- Recordings whose time is over, and those that are held whatever the rules say.

alter table recordings drop constraint recordings_stage_check;
alter table recordings add constraint recordings_stage_check
    check (stage in ('found', 'fetched', 'checked', 'converted', 'kept', 'expired'));
alter table recordings add column held_why text check (length(held_why) between 1 and 200);
drop index recordings_unkept;
create index recordings_unkept on recordings (found_at) where stage not in ('kept', 'expired');
-- What may expire, the oldest first.
create index recordings_unexpired on recordings (id) where stage <> 'expired' and held_why is null;
comment on column recordings.held_why is 'Why no rule lets it expire; null: the rules decide.';

-- When each recording is to be looked at by the rules that let recordings go, instead of all that are old, every hour.

alter table recordings add column look_rules bigint not null default 0;
alter table recordings add column look_at timestamptz;
drop index recordings_unexpired;
create index recordings_to_look on recordings (look_rules, look_at, id) where stage <> 'expired' and held_why is null;
comment on column recordings.look_rules is 'By which rules look_at was counted, a hash of them; 0: by none yet.';
comment on column recordings.look_at is 'When one of the rules may let it go; null: none ever does.';

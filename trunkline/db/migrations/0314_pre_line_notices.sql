-- What lines play before a talk is recorded, and what came of it; recordings that an outside party refused.

create table line_notices (
    line_id    uuid not null references lines (id) on delete cascade,
    way        text not null check (way in ('in', 'out')),
    version    integer not null check (version > 0),
    "when"     text not null check ("when" in ('none', 'before_ring', 'after_answer')),
    sound      text not null default '' check (length(sound) <= 100),
    seconds    smallint not null default 3 check (seconds between 1 and 3),
    digit      text not null default '' check (digit ~ '^[0-9*#]?$'),
    changed_at timestamptz not null default now(),
    primary key (line_id, way, version),
    check (("when" = 'none') = (sound = '')),
    check (way = 'in' or "when" <> 'before_ring'),
    check (digit = '' or way = 'out' or "when" = 'before_ring')
);
comment on table line_notices is 'Every version of what a line plays before a talk is recorded, each way; the highest is in force.';
create trigger directory_head after insert or update or delete or truncate on line_notices
    for each statement execute function directory_note_head();

alter table calls add column notice_version integer;
alter table calls add column notice_state text
    check (notice_state in ('waits', 'plays', 'played', 'refused', 'hung_up'));
comment on column calls.notice_state is 'What came of the notice of its line, of version notice_version; null: it had none.';
create index calls_noticed on calls (notice_state, id) where notice_state in ('refused', 'hung_up');

alter table recordings drop constraint recordings_stage_check;
alter table recordings add constraint recordings_stage_check
    check (stage in ('found', 'fetched', 'checked', 'converted', 'kept', 'expired', 'refused', 'deleted'));
alter table recordings drop constraint recordings_stop_check;
alter table recordings add constraint recordings_stop_check
    check (stop in ('no-folder', 'outside', 'missing', 'empty', 'unreadable', 'failed', 'undeleted'));
drop index recordings_unkept;
create index recordings_unkept on recordings (found_at) where stage not in ('kept', 'expired', 'deleted');
drop index recordings_to_look;
create index recordings_to_look on recordings (look_rules, look_at, id)
    where stage not in ('expired', 'refused', 'deleted') and held_why is null;

-- A recording that goes on belongs to one pause, and what was silenced is known with its time, leg by leg.

alter table call_orders add column ends uuid;
comment on column call_orders.ends is 'Of a recording that goes on by itself: the pause that it ends.';

create table recording_silences (
    call_id  uuid not null,
    leg      text not null,
    asked_at timestamptz not null default now(),
    since    timestamptz,
    until    timestamptz,
    primary key (call_id, leg, asked_at)
);
create unique index recording_silences_open on recording_silences (call_id, leg) where until is null;
create index recording_silences_at on recording_silences (asked_at);
comment on table recording_silences is 'When what a leg says and hears was kept out of its recording.';
comment on column recording_silences.since is 'When the PBX had done it; null: it was told to, and has not said that it did.';
comment on column recording_silences.until is 'When it was recorded again, as far as we know; null: it is silent still.';

create view recorded_calls as
select c.id, c.linkedid, array(
    select s.leg from steps s where s.call_id = c.id and s.what ->> 'kind' = 'recorded'
    union
    select s.leg from recording_silences s where s.call_id = c.id and s.until is null
) as legs
from calls c;
comment on view recorded_calls is 'The legs at which a call is or may be recorded, as far as we were told; asked for one call.';

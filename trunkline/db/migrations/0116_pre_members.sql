-- What Trunkline did to the members of a PBX's queues, so that it undoes its own work and nobody else's.

create table members_made (
    pbx       text not null references pbxs (id) on delete cascade,
    queue     text not null,
    interface text not null,
    made_at   timestamptz not null default now(),
    primary key (pbx, queue, interface)
);
comment on table members_made is 'Dynamic queue members that Trunkline added: written before the PBX is asked, so that none is forgotten.';
comment on column members_made.queue is 'The queue''s name in the PBX (queues.target).';

create table wrap_ups (
    pbx       text not null references pbxs (id) on delete cascade,
    extension text not null,
    call_id   uuid not null,
    until     timestamptz not null,
    primary key (pbx, extension)
);
comment on table wrap_ups is 'Who is left in peace after a direct or outgoing talk, and until when; a queue''s own calls have its wrapuptime.';

create view queue_rests as
select pbx, extension, until from wrap_ups
union all
select pbxs.id, people.extension, away.until
from (
    select person_id, return_at as until from presence_states where state <> 'online'
    union all
    select person_id, ends_at from absences where starts_at <= now()
) as away
join people on people.id = away.person_id and people.active and people.extension is not null
cross join pbxs;
comment on view queue_rests is 'Everybody whose queue memberships are paused with the reason "trunkline", and until when; null: until it is lifted.';

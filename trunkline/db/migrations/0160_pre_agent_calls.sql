-- Which extension rings, calls or talks in which call at this moment: what the caller card opens and closes by.

create sequence agent_events;

create table agent_calls (
    pbx        text not null,
    extension  text not null,
    call_id    uuid not null,
    state      text not null check (state in ('calling', 'ringing', 'talking')),
    leg        text not null,
    since      timestamptz not null,
    other      text not null,
    other_name text not null,
    line       text not null,
    queue      text not null,
    event_id   bigint not null default nextval('agent_events'),
    primary key (call_id, extension)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
create index agent_calls_extension on agent_calls (extension);
comment on table agent_calls is 'Extensions in calls that go on, as the steps stored so far tell; written in the transaction of those steps.';
comment on column agent_calls.event_id is 'From agent_events, anew with every change: of one PBX in the order of the commits.';
comment on column agent_calls.line is 'Our number that was dialled, of an incoming call.';

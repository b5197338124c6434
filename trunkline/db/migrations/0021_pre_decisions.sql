-- What was answered to a PBX, turn by turn, and why (trunkline/calls/decisions.py).

create table decisions (
    call_id      uuid not null,
    turn         smallint not null check (turn between 1 and 8),
    at           timestamptz not null,
    pbx          text not null,
    linkedid     text not null,
    caller       text not null,
    line         text not null,
    action       text not null,
    target       text not null,
    targets      text[] not null,
    ring_seconds integer not null,
    wait_seconds integer not null,
    priority     integer not null,
    caller_name  text not null,
    sound        text not null,
    next         text not null check (next in ('ask', 'end')),
    rule         text not null,
    degraded     text[] not null,
    status       text not null,
    queue        text not null,
    digits       text not null,
    plan         bigint not null,
    micros       integer not null,
    trace        jsonb not null,
    facts        jsonb,
    primary key (call_id, at, turn)
) partition by range (call_id);
create index decisions_linkedid on decisions (linkedid);
create index decisions_caller on decisions (caller, call_id) where caller <> '';
comment on column decisions.call_id is 'The id of the call, made of pbx and linkedid as in calls: a decision may be there before its call.';
comment on column decisions.facts is 'The facts the rules saw then, so that another plan can be tried on them later.';
comment on column decisions.status is 'How the action of the turn before ended, as the PBX said.';

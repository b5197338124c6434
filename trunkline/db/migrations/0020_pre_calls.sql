-- Calls as the PBXs told them, and the steps that tell them (trunkline/calls).

create table call_keys (
    pbx        text not null,
    linkedid   text not null,
    first_seen timestamptz not null,
    primary key (pbx, linkedid)
);
comment on table call_keys is 'When a call whose key carries no time was first heard of: its id, and so its partition, follow from it.';

create table story_writers (
    pbx    text primary key,
    writer uuid not null
);
comment on table story_writers is 'Who wrote the calls of a PBX last: its lock keeps two nodes apart, its change tells one to forget what it remembers.';

create table calls (
    id          uuid not null,
    pbx         text not null,
    linkedid    text not null,
    direction   text not null check (direction in ('in', 'out', 'internal')),
    caller      text not null,
    caller_name text not null,
    client      text not null,
    dialled     text not null,
    line_id     uuid,
    started_at  timestamptz not null,
    answered_at timestamptz,
    ended_at    timestamptz,
    outcome     text not null check (outcome in ('ringing', 'answered', 'missed', 'merged')),
    missed_why  text,
    answered_by text not null,
    hung_up_by  text check (hung_up_by in ('caller', 'callee', 'pbx')),
    agents      text[] not null,
    rang        text[] not null,
    queues      text[] not null,
    people      uuid[] not null,
    departments uuid[] not null,
    wait_ms     integer not null,
    talk_ms     integer not null,
    is_partial  boolean not null,
    has_gap     boolean not null,
    part_of     uuid,
    story       jsonb,
    updated_at  timestamptz not null default now(),
    primary key (id)
) partition by range (id);
create index calls_client on calls (client, id) where client <> '';
create index calls_dialled on calls (dialled, id);
create index calls_missed on calls (id) where outcome = 'missed';
create index calls_open on calls (pbx, id) where ended_at is null;
create index calls_agents on calls using gin (agents);
create index calls_queues on calls using gin (queues);
create index calls_people on calls using gin (people);
comment on column calls.id is 'A UUIDv7 derived from (pbx, linkedid): a repeat meets the same row, and the order of ids is that of beginnings.';
comment on column calls.client is 'The outside party in E.164; empty when hidden, unknown or when the call is internal.';
comment on column calls.agents is 'Extensions of our people who talked or placed the call; people and departments are theirs.';
comment on column calls.rang is 'Whoever was rung: extensions inside, numbers outside.';
comment on column calls.part_of is 'The call this one went on as: after an attended transfer or a pick-up.';
comment on column calls.story is 'Legs, talks, transfers, recordings and gaps, written when the call is over; before that its steps tell them.';

create table steps (
    call_id uuid not null,
    at      timestamptz not null,
    step_id bytea not null check (length(step_id) = 8),
    source  text not null check (source in ('live', 'ledger', 'ours')),
    leg     text not null,
    channel text not null,
    what    jsonb not null,
    primary key (call_id, at, step_id)
) partition by range (call_id);
comment on column steps.step_id is 'Names the record it was read from by its bytes: reading it twice changes nothing.';
comment on column steps.what is 'One of trunkline/calls/what.py, by its "kind".';

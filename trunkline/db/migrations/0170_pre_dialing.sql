-- Calling out: what may be originated, whom never, and every dial that was accepted.

create table dial_rules (
    only_one        boolean primary key default true check (only_one),
    active          boolean not null default true,
    allowed         text[] not null default '{RU}' check (cardinality(allowed) <= 100),
    denied          text[] not null default '{+7803,+7809,+7954,+7840,+7940}' check (cardinality(denied) <= 100),
    number_calls    integer not null default 10 check (number_calls between 0 and 1000000),
    number_minutes  integer not null default 240 check (number_minutes between 0 and 1000000),
    ip_calls        integer not null default 1000 check (ip_calls between 0 and 1000000),
    ip_minutes      integer not null default 4000 check (ip_minutes between 0 and 1000000),
    day_calls       integer not null default 2000 check (day_calls between 0 and 1000000),
    day_minutes     integer not null default 8000 check (day_minutes between 0 and 1000000),
    longest_minutes integer not null default 60 check (longest_minutes between 1 and 600),
    ring_seconds    integer not null default 30 check (ring_seconds between 5 and 120)
);
comment on table dial_rules is 'The one row is also the lock under which dials are counted and accepted.';
comment on column dial_rules.active is 'The kill switch: while false nothing is originated.';
comment on column dial_rules.allowed is 'Countries (RU: its geographic and mobile numbers) and prefixes (+7800).';
comment on column dial_rules.denied is 'Prefixes that are never dialled, whatever is allowed.';
comment on column dial_rules.longest_minutes is 'Every call is cut after so long, and counts so much until it is over.';
insert into dial_rules default values;

create table do_not_call (
    number    text primary key check (number ~ '^\+[0-9]{7,15}$'),
    reason    text not null check (length(reason) between 1 and 300),
    added_at  timestamptz not null default now(),
    person_id uuid references people (id) on delete set null,
    person    text not null
);
create index do_not_call_added on do_not_call (added_at desc, number);
comment on table do_not_call is 'Who asked not to be called, when it was written down, and by whom.';

create table dials (
    id              uuid primary key,
    at              timestamptz not null,
    idem            text unique check (length(idem) between 1 and 200),
    number          text not null,
    line            text not null default '',
    pbx             text not null,
    agent           text not null,
    person_id       uuid references people (id) on delete set null,
    by_id           uuid references people (id) on delete set null,
    ip              inet,
    longest_seconds integer not null check (longest_seconds > 0),
    ring_seconds    integer not null check (ring_seconds > 0),
    channel         text not null unique,
    call_id         uuid not null,
    state           text not null default 'accepted'
        check (state in ('accepted', 'sent', 'ringing', 'dialling', 'talking', 'ended')),
    outcome         text not null default '',
    why             text not null default '',
    sent_at         timestamptz,
    answered_at     timestamptz,
    ended_at        timestamptz,
    talk_seconds    integer not null default 0,
    check ((state = 'ended') = (outcome <> '')),
    check (state in ('accepted', 'ended') or sent_at is not null)
);
create index dials_number on dials (number, at);
create index dials_ip on dials (ip, at) where ip is not null;
create index dials_at on dials (at);
create index dials_open on dials (pbx, at) where state <> 'ended';
comment on table dials is 'Each call of ours that the guard let through. Sent is written before anything is said to the PBX, so no row is dialled twice.';
comment on column dials.channel is 'The unique id its channel gets in the PBX, by which an unknown outcome is looked up.';
comment on column dials.idem is 'The Idempotency-Key it was asked with, after the id of who asked.';
comment on column dials.call_id is 'Its row in calls, once the story tells of it: derived from pbx and channel.';

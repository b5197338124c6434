-- What the company's rules tell whom: the table of rules, what each made of what happened, and the log of messages.

create table message_settings (
    only_one boolean primary key default true check (only_one),
    opens smallint not null default 540 check (opens between 0 and 1438),
    closes smallint not null default 1260 check (closes > opens and closes <= 1440),
    unasked boolean not null default false,
    client_most smallint not null default 3 check (client_most between 1 and 100),
    client_days smallint not null default 7 check (client_days between 1 and 365),
    kept_days smallint not null default 180 check (kept_days between 7 and 3650)
);
insert into message_settings default values;
comment on table message_settings is 'What holds for all rules: quiet hours, how often a client is written to, how long the log is kept.';
comment on column message_settings.opens is 'Minutes of the day: what keeps to working hours is said from then until closes, within the hours of missed calls.';
comment on column message_settings.unasked is 'Clients are written to who were not asked; else only those who allowed it.';
comment on column message_settings.client_most is 'So many messages a client gets at most in client_days.';

create table message_rooms (
    id uuid primary key,
    name text not null check (length(name) between 1 and 100),
    kind text not null check (length(kind) <= 20),
    address bytea not null
);
comment on table message_rooms is 'Rooms of team messengers.';
comment on column message_rooms.address is 'Sealed: who knows it may write there.';

create table message_rules (
    id uuid primary key,
    place integer not null,
    kind text not null check (length(kind) <= 40),
    name text not null check (length(name) between 1 and 100),
    active boolean not null,
    rule jsonb not null
);
create index message_rules_by_kind on message_rules (kind) where active;
comment on table message_rules is 'Asked in the order of place, from the lowest.';

create table message_decisions (
    rule_id uuid not null references message_rules on delete cascade,
    key text not null check (length(key) <= 200),
    at timestamptz not null,
    primary key (rule_id, key)
);
create index message_decisions_by_age on message_decisions (at);
comment on table message_decisions is 'What a rule took, once; what happened is known by its key.';

create table messages (
    id uuid primary key,
    rule_id uuid references message_rules on delete set null,
    rule_name text not null,
    kind text not null check (length(kind) <= 40),
    key text not null check (length(key) <= 200),
    subject uuid not null,
    step smallint not null,
    trace jsonb not null,
    recipient text not null check (length(recipient) <= 100),
    recipient_name text not null,
    person_id uuid references people on delete set null,
    contact_id uuid references contacts on delete set null,
    phone text not null default '',
    room_id uuid references message_rooms on delete set null,
    client boolean not null,
    channel text not null check (length(channel) <= 20),
    address text not null default '',
    template text not null,
    facts jsonb not null,
    plan jsonb not null,
    every_days smallint not null,
    at timestamptz not null,
    not_before timestamptz not null,
    due_at timestamptz not null,
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'withdrawn', 'refused')),
    why text not null default '',
    text text not null default '',
    sent_at timestamptz,
    delivery text,
    seen_at timestamptz,
    seen_by uuid references people on delete set null,
    unique (rule_id, key, recipient)
);
create index messages_waiting on messages (due_at) where state = 'waiting';
create index messages_by_age on messages (at desc, id desc);
create index messages_of_person on messages (person_id, at desc) where person_id is not null;
create index messages_of_matter on messages (key, rule_id);
create index messages_told on messages (recipient, sent_at) where state = 'sent';
create index messages_by_delivery on messages (delivery) where delivery is not null;
comment on table messages is 'Who is told what, and what became of it: a row a recipient, written in the transaction of what it tells of.';
comment on column messages.not_before is 'The step''s own moment; due_at is when it is looked at next.';
comment on column messages.why is 'Why it waits, was withdrawn or refused.';
comment on column messages.delivery is 'The delivery of the outbox that carries it, alone or with others.';

create index messages_of_contact on messages (contact_id, at desc) where client;

create view message_log as
select message.id, message.rule_name, message.kind, message.recipient_name, message.contact_id, message.phone, message.channel,
       message.state, message.why, message.text, message.at, message.due_at, message.sent_at, message.seen_at, message.client,
       message.step, message.trace, seen.name as seen_by, dead.id as letter, dead.error as failed,
       waits.id is not null as under_way, coalesce(waits.last_error, '') as trouble,
       coalesce(logged.warning, '') as warning,
       case when dead.id is not null then 'given_up' when waits.id is not null then 'under_way'
           when logged.warning <> '' then 'refused' else message.state end as shown_state
from messages as message
left join people as seen on seen.id = message.seen_by
left join outbox as waits on waits.idem = message.delivery
left join outbox_dead as dead on dead.idem = message.delivery
left join outbox_log as logged on logged.idem = message.delivery;
comment on view message_log is 'Messages with what became of their deliveries.';

create table client_consents (
    contact_id uuid primary key references contacts on delete cascade,
    allowed boolean not null,
    at timestamptz not null,
    by_id uuid references people on delete set null
);
comment on table client_consents is 'Whether a client may be written to; who was not asked has no row.';

-- What the caller's card shows and keeps: blocks by class, hints, topics, notes, wrap-ups; and the indexes it reads by.

create table card_fields (
    class  contact_class primary key,
    blocks text[] not null
);
comment on table card_fields is 'The blocks a card shows, in their order; a class without a row has those of trunkline/card/blocks.py.';

create table card_hints (
    id   uuid primary key,
    kind text not null check (kind in ('line', 'class', 'topic')),
    key  text not null check (length(key) between 1 and 100),
    text text not null check (length(text) between 1 and 2000),
    unique (kind, key)
);
comment on table card_hints is 'What to do in this situation; key is a line''s number, a class or a topic.';

create table card_topics (
    name     text primary key check (length(name) between 1 and 100),
    position integer not null
);

create table call_contacts (
    call_id    uuid primary key,
    contact_id uuid not null references contacts (id) on delete cascade,
    person     text not null,
    at         timestamptz not null default now()
);
comment on table call_contacts is 'Which of those who share its number an agent said was calling.';

create table contact_notes (
    id         uuid primary key,
    contact_id uuid references contacts (id) on delete cascade,
    number     text check (number ~ '^\+[0-9]{5,15}$'),
    call_id    uuid,
    person_id  uuid references people (id) on delete set null,
    person     text not null,
    text       text not null check (length(text) between 1 and 4000),
    at         timestamptz not null default now(),
    check ((contact_id is null) <> (number is null))
);
comment on column contact_notes.number is 'Of a caller who is no contact; it is shown to whoever has this number.';
create index contact_notes_contact on contact_notes (contact_id, id desc) where contact_id is not null;
create index contact_notes_number on contact_notes (number, id desc) where number is not null;

create table call_wrap_ups (
    call_id        uuid not null,
    person_id      uuid not null references people (id) on delete cascade,
    client         text not null default '',
    topic          text not null default '' check (length(topic) <= 100),
    other          text not null default '' check (length(other) <= 500),
    transferred_to uuid references people (id) on delete set null,
    department_id  uuid references departments (id) on delete set null,
    result         text not null default '' check (length(result) <= 2000),
    next_step      text not null default '' check (length(next_step) <= 2000),
    call_back_at   timestamptz,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    primary key (call_id, person_id)
);
comment on table call_wrap_ups is 'What an agent wrote down of a call; not wrap_ups, which are pauses.';
comment on column call_wrap_ups.department_id is 'Of transferred_to, as it was then.';
comment on column call_wrap_ups.topic is 'Empty: none of the list, as `other` says.';
create index call_wrap_ups_due on call_wrap_ups (person_id, call_back_at) where call_back_at is not null;

create index leads_open_company on leads (company_id, opened_at desc) where closed_at is null;
create index deals_open_contact on deals (contact_id, opened_at desc) where closed_at is null;
create index deals_open_company on deals (company_id, opened_at desc) where closed_at is null;
create index tasks_deal on tasks (deal_id) where done_at is null;

-- Callbacks: clients who want to be called, and how often and when they are.

alter table dial_rules
    add column callback_attempts smallint not null default 3 check (callback_attempts between 1 and 20),
    add column callback_pause_minutes smallint not null default 15 check (callback_pause_minutes between 1 and 1440),
    add column callback_short_seconds smallint not null default 10 check (callback_short_seconds between 0 and 300),
    add column callback_opens smallint not null default 9 check (callback_opens between 0 and 23),
    add column callback_closes smallint not null default 21 check (callback_closes between 1 and 24),
    add column callback_keep_hours smallint not null default 48 check (callback_keep_hours between 1 and 720),
    add check (callback_opens < callback_closes);
comment on column dial_rules.callback_short_seconds is 'A talk shorter than this reached a voicemail, not the client.';
comment on column dial_rules.callback_opens is 'Hours of the client''s own zone in which he is called.';

create table callbacks (
    id        uuid primary key,
    idem      text unique check (length(idem) between 1 and 200),
    number    text not null check (number ~ '^\+[0-9]{7,15}$'),
    line      text not null default '',
    queue_id  text not null references queues (id) on delete cascade,
    owner_id  uuid references people (id) on delete set null,
    source    text not null check (length(source) between 1 and 40),
    zone      text not null,
    asked_at  timestamptz not null,
    wanted_at timestamptz not null,
    next_at   timestamptz not null,
    by_id     uuid references people (id) on delete set null,
    ip        inet,
    state     text not null default 'waiting'
        check (state in ('waiting', 'dialling', 'reached', 'cancelled', 'given_up')),
    why       text not null default '',
    attempts  smallint not null default 0,
    misses    smallint not null default 0,
    ended_at  timestamptz,
    check ((state in ('waiting', 'dialling')) = (ended_at is null))
);
create unique index callbacks_open on callbacks (number) where state in ('waiting', 'dialling');
create index callbacks_in_order on callbacks (asked_at, id) where state in ('waiting', 'dialling');
create index callbacks_ended on callbacks (ended_at desc, id) where ended_at is not null;
create index callbacks_queue on callbacks (queue_id);
comment on table callbacks is 'The unique index is the promise that nobody is called back twice at once, by whichever way he asked.';
comment on column callbacks.attempts is 'How often the client himself was called in vain; misses: how often an agent was.';
comment on column callbacks.asked_at is 'His place in the order, also after an attempt in vain.';

alter table dials add column callback_id uuid references callbacks (id) on delete set null;
create index dials_callback on dials (callback_id, at) where callback_id is not null;

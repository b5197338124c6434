-- Bots in messengers, and which employee has which chat with one.

create table bots (
    id           uuid primary key,
    kind         text not null unique check (kind in ('telegram')),
    api_url      text not null check (length(api_url) between 8 and 300),
    token        bytea not null,
    remote_id    bigint not null,
    username     text not null check (length(username) between 1 and 100),
    connected_at timestamptz not null
);
comment on table bots is 'Bots that employees have a chat with; one of each messenger.';
comment on column bots.token is 'Sealed.';
comment on column bots.remote_id is 'Its own id there.';

create table bot_codes (
    person_id uuid primary key references people (id) on delete cascade,
    code_hash bytea not null unique,
    until     timestamptz not null
);
comment on table bot_codes is 'Codes by which an employee shows a bot who he is: SHA-256, used once.';

create table bot_chats (
    bot_id     uuid not null references bots (id) on delete cascade,
    person_id  uuid not null references people (id) on delete cascade,
    chat_id    bigint not null,
    bound_at   timestamptz not null,
    blocked_at timestamptz,
    next_at    timestamptz not null default '-infinity',
    primary key (bot_id, person_id),
    unique (bot_id, chat_id)
);
create index bot_chats_person on bot_chats (person_id);
comment on table bot_chats is 'The private chat of an employee with a bot.';
comment on column bot_chats.blocked_at is 'Since when he does not let the bot write to him.';
comment on column bot_chats.next_at is 'When the next message may go there.';

create table bot_updates (
    bot_id    uuid not null references bots (id) on delete cascade,
    update_id bigint not null,
    heard_at  timestamptz not null,
    primary key (bot_id, update_id)
);
create index bot_updates_heard on bot_updates (heard_at);
comment on table bot_updates is 'What a messenger told us lately, so that a repeat changes nothing.';

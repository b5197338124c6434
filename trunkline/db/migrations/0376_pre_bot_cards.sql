-- Who calls, told in chats: one message of each employee and call.

create table bot_cards (
    number     bigint generated always as identity primary key,
    bot_id     uuid not null references bots (id) on delete cascade,
    person_id  uuid not null references people (id) on delete cascade,
    call_id    uuid not null,
    chat_id    bigint not null,
    rang_at    timestamptz not null,
    tellings   integer not null default 1,
    asked_at   timestamptz,
    message_id bigint,
    shown      bytea,
    unique (bot_id, person_id, call_id)
);
create index bot_cards_call on bot_cards (call_id);
create index bot_cards_rang on bot_cards (rang_at);
comment on table bot_cards is 'Messages that tell who calls; each is changed as its call goes on, and there is never a second one.';
comment on column bot_cards.number is 'What its buttons name it by, signed.';
comment on column bot_cards.tellings is 'How often there was something to tell.';
comment on column bot_cards.asked_at is 'When the messenger was first asked to show it; without message_id nobody knows whether it did.';
comment on column bot_cards.shown is 'SHA-256 of what it says now.';

create table bot_presses (
    card    bigint not null references bot_cards (number) on delete cascade,
    action  text not null check (action in ('spam', 'call')),
    done_at timestamptz not null,
    primary key (card, action)
);
comment on table bot_presses is 'What was done by a button: once, however often it is pressed.';

alter table bot_chats
    add column noting bigint references bot_cards (number) on delete set null,
    add column noting_until timestamptz;
create index bot_chats_noting on bot_chats (noting) where noting is not null;
comment on column bot_chats.noting is 'The card whose note the next message is, until noting_until.';

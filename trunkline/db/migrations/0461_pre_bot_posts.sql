-- What chats are told of leads and of works on orders: one message of each employee and thing, with buttons.

create table bot_posts (
    number     bigint generated always as identity primary key,
    bot_id     uuid not null references bots (id) on delete cascade,
    person_id  uuid not null references people (id) on delete cascade,
    kind       text not null check (kind in ('lead', 'work')),
    about      uuid not null,
    chat_id    text not null,
    begun_at   timestamptz not null,
    stands     text not null,
    over_at    timestamptz,
    tellings   integer not null default 1,
    asked_at   timestamptz,
    message_id text,
    shown      bytea,
    unique (bot_id, person_id, kind, about)
);
create index bot_posts_about on bot_posts (kind, about);
create index bot_posts_open on bot_posts (kind, begun_at) where over_at is null;
create index bot_posts_begun on bot_posts (begun_at);
comment on table bot_posts is 'Messages that tell of a lead or of a work; each is changed as what it is about changes.';
comment on column bot_posts.about is 'The lead, or the work.';
comment on column bot_posts.stands is 'How it stood when it was told last.';
comment on column bot_posts.over_at is 'Since when nothing more is told of it.';
comment on column bot_posts.tellings is 'How often there was something to tell.';
comment on column bot_posts.asked_at is 'When the messenger was first asked to show it; without message_id nobody knows whether it did.';
comment on column bot_posts.shown is 'SHA-256 of what it says now.';

-- Chats whose messages are touches of clients.

create table chat_inboxes (
    id            uuid primary key,
    kind          text not null check (kind in ('chat2desk')),
    name          text not null unique check (length(name) between 1 and 100),
    direction     text not null default '' check (length(direction) <= 100),
    department_id uuid references departments (id) on delete set null,
    active        boolean not null default true,
    heard_at      timestamptz
);
comment on table chat_inboxes is 'Where systems of chats post what clients write; the secret of each address is made of the installation''s key.';
comment on column chat_inboxes.heard_at is 'When a message came last.';

create table chat_clients (
    inbox_id uuid not null references chat_inboxes (id) on delete cascade,
    client   text not null check (length(client) between 1 and 100),
    lead_id  uuid not null references leads (id) on delete cascade,
    primary key (inbox_id, client)
);
create index chat_clients_lead on chat_clients (lead_id);
comment on table chat_clients is 'The newest lead of who writes, for those who have no telephone there.';

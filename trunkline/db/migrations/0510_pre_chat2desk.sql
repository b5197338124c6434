-- What is told to Chat2Desk: comments of calls in its dialogues.

create table chat_numbers (
    inbox_id uuid not null references chat_inboxes (id) on delete cascade,
    client   text not null check (length(client) between 1 and 100),
    phone    text not null check (phone ~ '^\+[0-9]{5,15}$'),
    is_own   boolean not null,
    heard_at timestamptz not null,
    primary key (inbox_id, client, phone)
);
create index chat_numbers_phone on chat_numbers (phone, heard_at desc);
comment on table chat_numbers is 'Telephones of who writes in chats: a call of one is a call of his.';
comment on column chat_numbers.is_own is 'His messenger goes by it; others he only wrote down.';

insert into chat_numbers (inbox_id, client, phone, is_own, heard_at)
select c.inbox_id, c.client, l.phone, false, l.updated_at
from chat_clients c join leads l on l.id = c.lead_id where l.phone is not null;

create table chat2desk_accounts (
    id           uuid primary key,
    is_only      boolean not null default true unique check (is_only),
    api_url      text not null check (length(api_url) between 8 and 300),
    token        bytea not null,
    company      text not null,
    comments     boolean not null,
    links        boolean not null,
    connected_at timestamptz not null
);
comment on table chat2desk_accounts is 'The company''s account at Chat2Desk; there is one at most.';
comment on column chat2desk_accounts.token is 'Sealed.';
comment on column chat2desk_accounts.company is 'Whose token it is there.';
comment on column chat2desk_accounts.comments is 'Calls are told as internal comments.';
comment on column chat2desk_accounts.links is 'Links to recordings are, too.';

create table chat2desk_calls (
    call_id    uuid primary key,
    account_id uuid not null references chat2desk_accounts (id) on delete cascade,
    client     text not null,
    told_at    timestamptz not null
);
create index chat2desk_calls_told on chat2desk_calls (told_at);
comment on table chat2desk_calls is 'Calls that are told, each once, and in whose dialogue.';

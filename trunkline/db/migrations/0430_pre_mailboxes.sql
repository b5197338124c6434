-- Mailboxes whose letters are touches of clients, and leads of who told no telephone.

alter table leads add column email text check (length(email) between 3 and 254 and email = lower(email));
create index leads_email on leads (email) where closed_at is null and email is not null;
comment on column leads.email is 'The address of who wrote, in small letters; a lead without a telephone is known by it.';
alter table lead_clocks alter column phone drop not null;
comment on column lead_clocks.phone is 'As in leads; null of who wrote without telling one.';
create index contacts_email on contacts (lower(email)) where email is not null and deleted_at is null;

create view lead_words as select id, coalesce(email, '') as email from leads;
comment on view lead_words is 'What pages and the API tell of a lead beside lead_inbox.';

create table mailboxes (
    id            uuid primary key,
    name          text not null unique check (length(name) between 1 and 100),
    host          text not null check (length(host) between 1 and 253),
    port          integer not null check (port between 1 and 65535),
    tls           boolean not null,
    login         text not null check (length(login) between 1 and 254),
    secret        bytea not null,
    folder        text not null check (length(folder) between 1 and 200),
    direction     text not null default '',
    department_id uuid references departments (id) on delete set null,
    ignored       text[] not null default '{}',
    active        boolean not null default true,
    began_at      timestamptz not null,
    uidvalidity   bigint,
    uid           bigint not null default 0,
    old_below     bigint not null default 0,
    due_at        timestamptz not null,
    read_at       timestamptz,
    failed_at     timestamptz,
    trouble       text not null default '',
    said          text not null default '' check (length(said) <= 300)
);
comment on table mailboxes is 'Mailboxes that are read by IMAP; nothing is changed there.';
comment on column mailboxes.secret is 'The password, sealed.';
comment on column mailboxes.ignored is 'Addresses, and domains as @example.com, whose letters are no touches.';
comment on column mailboxes.began_at is 'What came before is not read.';
comment on column mailboxes.uidvalidity is 'RFC 3501 §2.3.1.1: while it is this, uid is the last letter that was kept; null: not read yet.';
comment on column mailboxes.old_below is 'After the server numbered its letters anew: of those below this some were kept before.';
comment on column mailboxes.due_at is 'When it is read next; a worker that reads it puts this off first.';
comment on column mailboxes.read_at is 'When it was last read to its end.';
comment on column mailboxes.failed_at is 'Since when it has not been read; trouble says why, said what the server said.';

create table mailbox_letters (
    mailbox_id uuid not null references mailboxes (id) on delete cascade,
    digest     bytea not null,
    message_id text not null default '' check (length(message_id) <= 500),
    at         timestamptz not null,
    sender     text not null default '',
    subject    text not null default '' check (length(subject) <= 300),
    rule       text not null,
    lead_id    uuid references leads (id) on delete set null,
    primary key (mailbox_id, digest)
);
create index mailbox_letters_at on mailbox_letters (at);
create index mailbox_letters_of on mailbox_letters (mailbox_id, at desc);
create index mailbox_letters_thread on mailbox_letters (message_id) where lead_id is not null;
create index mailbox_letters_lead on mailbox_letters (lead_id) where lead_id is not null;
comment on table mailbox_letters is 'Letters that were read, so that none is twice, and which rule counted for each.';
comment on column mailbox_letters.digest is 'SHA-256 of what names the letter: its Message-ID and sender, or its first lines where it has none.';

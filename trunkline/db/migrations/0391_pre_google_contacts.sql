-- Contacts in employees' own Google accounts, where their telephones find who calls.

create table google_app (
    single    boolean primary key default true check (single),
    client_id text not null check (length(client_id) between 10 and 200),
    secret    bytea not null
);
comment on table google_app is 'The OAuth client of the company at Google, with which employees let us into their contacts.';
comment on column google_app.secret is 'Sealed.';

create table google_sign_ins (
    person_id  uuid primary key references people (id) on delete cascade,
    state_hash bytea not null,
    until      timestamptz not null
);
comment on table google_sign_ins is 'Sign-ins at Google that were begun: SHA-256 of the state, used once.';

create table google_accounts (
    person_id    uuid primary key references people (id) on delete cascade,
    refresh      bytea not null,
    access       bytea not null,
    until        timestamptz not null,
    staff        boolean not null,
    contacts     text not null check (contacts in ('none', 'mine', 'all')),
    contact_group text,
    connected_at timestamptz not null,
    due_at       timestamptz not null,
    turn         bigint not null default 0,
    looked_at    timestamptz,
    doubt        boolean not null default false,
    leaving      boolean not null default false,
    trouble      text,
    done_at      timestamptz
);
create index google_accounts_due on google_accounts (due_at);
comment on table google_accounts is 'Employees'' Google accounts that hold copies of staff and contacts.';
comment on column google_accounts.contacts is 'Which are copied besides staff: none, those whose responsible or deputy he is, all.';
comment on column google_accounts.contact_group is 'Our label there, contactGroups/….';
comment on column google_accounts.due_at is 'When it is to be compared again; pushed on while a turn is under way.';
comment on column google_accounts.turn is 'Counted up by whoever begins one: what another began writes nothing more.';
comment on column google_accounts.looked_at is 'When what is there was last listed.';
comment on column google_accounts.doubt is 'Contacts were sent whose answer did not come: what is there is listed before anything else is sent.';
comment on column google_accounts.leaving is 'What we put there is taken out, and then this row.';
comment on column google_accounts.trouble is 'A word of crm_sync.google.wire.Trouble; null while it goes well.';

create table google_cards (
    person_id uuid not null references google_accounts (person_id) on delete cascade,
    uid       text not null,
    resource  text not null,
    source    text not null,
    etag      text not null,
    content   text not null,
    primary key (person_id, uid)
);
comment on table google_cards is 'What of ours is in an account: whose it is, its names there, and a hash of what was written.';

create index contacts_responsible on contacts (responsible_id) where deleted_at is null and responsible_id is not null;
create index contacts_deputy on contacts (deputy_id) where deleted_at is null and deputy_id is not null;

-- CRMs that calls are told to: the connection with its tokens, who of ours is who there, and how far each call came.

create table crm_connectors (
    id           uuid primary key,
    kind         text not null check (kind in ('bitrix24')),
    name         text not null unique check (name ~ '^[a-z0-9_-]{1,40}$'),
    portal       text not null check (length(portal) between 8 and 300),
    oauth_url    text not null check (length(oauth_url) between 8 and 300),
    client_id    text not null check (length(client_id) between 1 and 200),
    secret       bytea not null,
    active       boolean not null default false,
    enterprise   boolean not null default false,
    creates      boolean not null default true,
    default_user bigint,
    told_since   timestamptz,
    state_hash   bytea,
    state_until  timestamptz,
    users_at     timestamptz
);
create unique index crm_connectors_portal on crm_connectors (portal);
comment on table crm_connectors is 'CRMs that calls are told to.';
comment on column crm_connectors.secret is 'That of the application, sealed.';
comment on column crm_connectors.enterprise is 'The plan that may ask five times a second.';
comment on column crm_connectors.creates is 'Whether the CRM makes a lead of a number it does not know.';
comment on column crm_connectors.default_user is 'Whose call it is there when no one of ours is known there; null: who signed in.';
comment on column crm_connectors.told_since is 'Calls that began earlier are not told.';
comment on column crm_connectors.state_hash is 'SHA-256 of the state of a sign-in that was begun; used once, until state_until.';
comment on column crm_connectors.users_at is 'When its people were last read.';

create table crm_tokens (
    connector_id uuid primary key references crm_connectors (id) on delete cascade,
    access       bytea not null,
    refresh      bytea not null,
    until        timestamptz not null,
    endpoint     text not null,
    user_id      bigint not null,
    renewed_at   timestamptz not null
);
comment on table crm_tokens is 'The pair of tokens of each sign-in, sealed. The row is locked while a new pair is asked for: the old one dies with that.';
comment on column crm_tokens.user_id is 'Who signed in.';

create table crm_users (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    extension    text not null,
    user_id      bigint not null,
    name         text not null,
    primary key (connector_id, extension)
);
comment on table crm_users is 'Who has which extension there, as last read.';

create table crm_lines (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    number       text not null,
    name         text not null,
    primary key (connector_id, number)
);
comment on table crm_lines is 'Lines the CRM was told of, under which name.';

create table crm_calls (
    connector_id  uuid not null references crm_connectors (id) on delete cascade,
    call_id       uuid not null,
    phone         text not null,
    line          text not null,
    outgoing      boolean not null,
    started_at    timestamptz not null,
    seats         text[] not null default '{}',
    seatings      integer not null default 1,
    user_id       bigint,
    remote_id     text,
    registered_at timestamptz,
    shown         bigint[] not null default '{}',
    finished_at   timestamptz,
    activity      text not null default '',
    entity        text not null default '',
    primary key (connector_id, call_id)
);
comment on table crm_calls is 'How far each call came in each CRM. The outbox delivers at least once; by this a call is there once.';
comment on column crm_calls.seats is 'Extensions in the call now.';
comment on column crm_calls.seatings is 'How often they changed.';
comment on column crm_calls.user_id is 'Whom it is registered for: noted before the first try, for the CRM knows a repeat by it.';
comment on column crm_calls.shown is 'In front of whom there the card was opened.';
comment on column crm_calls.entity is 'What it belongs to there, as LEAD 12.';

-- Browsers that are told of a ring while no page of ours is seen in them (Web Push), and the pair of keys we sign with.

create table push_key (
    single  boolean primary key default true check (single),
    sealed  bytea not null,
    made_at timestamptz not null default now()
);
comment on table push_key is 'The VAPID private key (RFC 8292), sealed; made at first use. Another one voids every subscription.';

create table push_subscriptions (
    id         uuid primary key,
    person_id  uuid not null references people (id) on delete cascade,
    session_id uuid not null references sessions (id) on delete cascade,
    endpoint   text not null unique check (length(endpoint) <= 1000),
    p256dh     bytea not null check (length(p256dh) = 65),
    auth       bytea not null check (length(auth) = 16),
    language   text not null,
    expires_at timestamptz,
    created_at timestamptz not null default now()
);
create index push_subscriptions_person on push_subscriptions (person_id, created_at);
create index push_subscriptions_session on push_subscriptions (session_id);
comment on column push_subscriptions.session_id is 'Who signs out is told nothing any more.';
comment on column push_subscriptions.endpoint is 'A capability: whoever knows it may send to that browser. Never logged.';

-- Alarms, who is told of them, and where webhooks go.

create type alarm_severity as enum ('info', 'warning', 'critical');

create table alarms (
    id         uuid primary key,
    key        text not null check (length(key) between 1 and 200),
    severity   alarm_severity not null,
    title      text not null,
    facts      jsonb not null default '{}',
    count      integer not null default 1,
    raised_at  timestamptz not null default now(),
    last_at    timestamptz not null default now(),
    cleared_at timestamptz
);
create unique index alarms_open on alarms (key) where cleared_at is null;
create index alarms_recent on alarms (raised_at desc);
comment on column alarms.title is 'An English sentence with %(name)s places for the facts; translated where it is read.';
comment on column alarms.key is 'What is wrong, e.g. disk.spool:node1: raised again it only counts, until it is cleared.';

create table alarm_recipients (
    id           uuid primary key,
    email        text not null unique check (email ~ '^[^@\s]+@[^@\s]+$'),
    language     text not null default 'ru' check (language in ('ru', 'en')),
    min_severity alarm_severity not null default 'warning',
    active       boolean not null default true
);

create table webhook_endpoints (
    id         uuid primary key,
    name       text not null,
    url        text not null check (url ~ '^https?://'),
    secret     bytea not null,
    events     text[] not null default '{}',
    active     boolean not null default true,
    created_at timestamptz not null default now()
);
comment on column webhook_endpoints.secret is 'Sealed with the key outside the database; signs every request.';
comment on column webhook_endpoints.events is 'Names such as call.ended, or * for all.';

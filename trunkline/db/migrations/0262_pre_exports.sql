-- What is told to counters and advertising systems: where to, each thing once, in batches.

create table export_destinations (
    id        uuid primary key,
    kind      text not null check (kind in ('ga4', 'metrica_calls', 'metrica_conversions', 'vk')),
    name      text not null unique check (length(name) between 1 and 100),
    site_id   uuid references tracking_sites (id) on delete cascade,
    account   text not null check (length(account) between 1 and 100),
    goal      text not null check (length(goal) <= 100),
    secret    bytea,
    least     smallint not null default 50 check (least between 0 and 100),
    active    boolean not null default false,
    abroad_at timestamptz,
    abroad_by text not null default '',
    check (kind <> 'ga4' or not active or abroad_at is not null)
);
create index export_destinations_site on export_destinations (site_id);
comment on column export_destinations.site_id is 'Null: of every site.';
comment on column export_destinations.secret is 'Sealed.';
comment on column export_destinations.least is 'Percent of confidence from which calls are told.';
comment on column export_destinations.abroad_at is 'When an administrator confirmed that data may be sent abroad; nothing is sent there before.';

create table export_batches (
    id             uuid primary key,
    destination_id uuid not null references export_destinations (id) on delete cascade,
    at             timestamptz not null,
    rows           integer not null,
    sent_at        timestamptz,
    remote_id      text not null default '',
    remote_state   text not null default '',
    joined         integer,
    checked_at     timestamptz
);
create index export_batches_destination on export_batches (destination_id, id);
create index export_batches_open on export_batches (sent_at) where remote_id <> '' and joined is null;
comment on column export_batches.joined is 'How many of its rows the other side took and matched; null: it has not said yet, or never says.';

create table exports (
    id             uuid primary key,
    destination_id uuid not null references export_destinations (id) on delete cascade,
    subject        text not null,
    at             timestamptz not null,
    payload        jsonb not null,
    state          text not null default 'waiting' check (state in ('waiting', 'queued', 'sent', 'unfit')),
    why            text not null default '',
    batch_id       uuid references export_batches (id),
    unique (destination_id, subject),
    check ((state in ('queued', 'sent')) = (batch_id is not null))
);
create index exports_waiting on exports (destination_id, id) where state = 'waiting';
create index exports_newest on exports (destination_id, id desc);
create index exports_batch on exports (batch_id) where batch_id is not null;
comment on column exports.why is 'Why it does not fit, by name.';

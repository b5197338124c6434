-- Visits to clients, booked from the card: what a person's own calendar says of his time, and what we booked in it.

create table visit_rules (
    only_one       boolean primary key default true check (only_one),
    minutes        integer not null default 60 check (minutes between 5 and 720),
    step_minutes   integer not null default 30 check (step_minutes between 5 and 240),
    notice_minutes integer not null default 120 check (notice_minutes between 0 and 20160),
    days           integer not null default 14 check (days between 1 and 60)
);
comment on table visit_rules is 'How long a visit is, how often one may begin, how soon at the earliest, how many days ahead.';
insert into visit_rules default values;

create table calendar_feeds (
    person_id    uuid primary key references people (id) on delete cascade,
    kind         text not null check (kind in ('ical', 'caldav')),
    access       bytea not null,
    host         text not null check (length(host) <= 300),
    version      uuid not null,
    etag         text,
    modified     text,
    due_at       timestamptz not null,
    checked_at   timestamptz,
    good_at      timestamptz,
    covers_until timestamptz,
    fails        integer not null default 0,
    problem      text
);
create index calendar_feeds_due on calendar_feeds (due_at);
comment on table calendar_feeds is 'Where a person''s own calendar is read; without a row his time is known by his hours alone.';
comment on column calendar_feeds.access is 'Address, user name and password, sealed with the key outside the database: an address may be a secret itself.';
comment on column calendar_feeds.version is 'Another one whenever the access changes: what was fetched with an older one is not kept.';
comment on column calendar_feeds.covers_until is 'Up to where busy_spans were worked out at the last good reading.';

create table busy_spans (
    person_id uuid not null references calendar_feeds (person_id) on delete cascade,
    starts_at timestamptz not null,
    ends_at   timestamptz not null check (ends_at > starts_at),
    primary key (person_id, starts_at)
);
comment on table busy_spans is 'When somebody''s own calendar says that he is busy, as last read; what he does then is not kept.';

create table booked_visits (
    id             uuid primary key,
    person_id      uuid not null references people (id) on delete cascade,
    number         text not null check (number ~ '^\+[0-9]{5,15}$'),
    contact_id     uuid references contacts (id) on delete set null,
    call_id        uuid,
    starts_at      timestamptz not null,
    ends_at        timestamptz not null check (ends_at > starts_at),
    place          text not null default '' check (length(place) <= 300),
    words          text not null default '' check (length(words) <= 2000),
    booked_by_id   uuid references people (id) on delete set null,
    booked_by      text not null,
    booked_at      timestamptz not null,
    changed_at     timestamptz not null,
    changes        integer not null default 0,
    cancelled_at   timestamptz,
    cancelled_by   text,
    constraint one_visit_at_a_time exclude using gist (person_id with =, tstzrange(starts_at, ends_at) with &&)
        where (cancelled_at is null),
    check ((cancelled_at is null) = (cancelled_by is null))
);
create index booked_visits_person on booked_visits (person_id, starts_at, id);
create index booked_visits_booker on booked_visits (booked_by_id, starts_at, id);
create index booked_visits_number on booked_visits (number, starts_at);
create index booked_visits_starts on booked_visits (starts_at, id);
create index booked_visits_contact on booked_visits (contact_id) where contact_id is not null;
comment on table booked_visits is 'Visits to clients; not the visits of a web site. The constraint holds whoever books at once.';

create table visit_links (
    person_id   uuid primary key references people (id) on delete cascade,
    id          text not null unique check (id ~ '^[0-9a-f]{12}$'),
    secret_hash bytea not null,
    made_at     timestamptz not null
);
comment on table visit_links is 'The address at which a person''s calendar reads his visits; its secret is kept as a hash.';

-- Call tracking: sites and their placements, what each number tells, pools, leases, visits.

create table tracking_pools (
    id           uuid primary key,
    name         text not null unique check (length(name) between 1 and 100),
    city         text not null default '' check (length(city) <= 200),
    most_sharing integer not null default 5 check (most_sharing between 1 and 50)
);
comment on column tracking_pools.most_sharing is 'How many visitors may see one number at once when the pool is exhausted; 1: it is never shared.';

create table tracking_sites (
    id           uuid primary key,
    key          text not null unique check (key ~ '^[a-z0-9]{12}$'),
    name         text not null check (length(name) between 1 and 100),
    hosts        text[] not null check (cardinality(hosts) between 1 and 50),
    brand        text not null default '' check (length(brand) <= 200),
    city         text not null default '' check (length(city) <= 200),
    consent      text not null default 'full' check (consent in ('full', 'cookieless', 'none')),
    take         text not null default 'need' check (take in ('need', 'load')),
    hold_minutes integer not null default 15 check (hold_minutes between 1 and 10080),
    beat_seconds integer not null default 25 check (beat_seconds between 5 and 30),
    active       boolean not null default true
);
comment on column tracking_sites.key is 'What the script sends; it is on every page and no secret.';

create table tracking_placements (
    id        uuid primary key,
    site_id   uuid not null references tracking_sites (id) on delete cascade,
    name      text not null check (name ~ '^[a-z][a-z0-9_-]{0,39}$'),
    number    text not null references lines (number),
    selectors text[] not null default '{}' check (cardinality(selectors) <= 20),
    pool_id   uuid references tracking_pools (id),
    unique (site_id, name)
);
create index tracking_placements_pool on tracking_placements (pool_id);
create index tracking_placements_number on tracking_placements (number);

create table tracking_numbers (
    id        uuid primary key,
    number    text not null references lines (number),
    since     date not null,
    until     date check (until > since),
    pool_id   uuid references tracking_pools (id),
    site_id   uuid references tracking_sites (id),
    placement text not null default '' check (length(placement) <= 40),
    source    text not null default '' check (length(source) <= 200),
    channel   text not null default '' check (length(channel) <= 200),
    campaign  text not null default '' check (length(campaign) <= 200),
    city      text not null default '' check (length(city) <= 200),
    note      text not null default '' check (length(note) <= 200),
    check (pool_id is null or (site_id is null and placement || source || channel || campaign || city = '')),
    check (pool_id is not null or site_id is not null or source || channel || campaign || city <> ''),
    check ((site_id is null) = (placement = '')),
    exclude using gist (number with =, daterange(since, until) with &&)
);
create index tracking_numbers_pool on tracking_numbers (pool_id);
create index tracking_numbers_site on tracking_numbers (site_id);
comment on table tracking_numbers is 'What a number tells over an interval: one source, or whatever its pool leases it for. Never two things at once.';
comment on column tracking_numbers.site_id is 'Null: offline, e.g. a billboard.';

create table lease_current (
    id           uuid primary key,
    number       text not null,
    kind         text not null check (kind in ('exclusive', 'cooling', 'shared')),
    pool_id      uuid not null,
    site_id      uuid not null,
    placement    text not null,
    visit_id     uuid not null,
    visitor      uuid not null,
    hold_seconds integer not null,
    granted_at   timestamptz not null,
    seen_until   timestamptz not null,
    until        timestamptz not null,
    said_at      bigint not null default 0,
    check (granted_at <= seen_until and seen_until <= until),
    unique (visitor, site_id, placement),
    -- By the number's key: an index of texts costs thrice as much a lease.
    constraint lease_current_exclusive exclude using gist (
        directory_key(number) with =, tstzrange(granted_at, until) with &&) where (kind <> 'shared')
);
create index lease_current_number on lease_current (number);
create index lease_current_visit on lease_current (visit_id);
create index lease_current_until on lease_current (until);
comment on table lease_current is 'Who holds which number; granted by the commit of its row. What is over moves to lease_history.';
comment on column lease_current.kind is 'cooling: exclusive too, taken from who was gone but might still call.';
comment on column lease_current.seen_until is 'The visitor counts as present until then, by his last beat; nobody else gets the number.';
comment on column lease_current.until is 'The end of the hold after that; a call until then is likely his.';
comment on column lease_current.said_at is 'The browser''s clock at the last beat, milliseconds: one that is no later is a replay.';

create table lease_history (
    id           uuid primary key,
    number       text not null,
    kind         text not null,
    pool_id      uuid not null,
    site_id      uuid not null,
    placement    text not null,
    visit_id     uuid not null,
    visitor      uuid not null,
    granted_at   timestamptz not null,
    seen_until   timestamptz not null,
    closed_at    timestamptz not null
) partition by range (id);
create index lease_history_number on lease_history (number, granted_at);
create index lease_history_visit on lease_history (visit_id);
create index lease_history_visitor on lease_history (visitor, id);
comment on column lease_history.closed_at is 'The end of its hold, or when the number was given to another.';

create table visits (
    id         uuid primary key,
    visitor    uuid not null,
    site_id    uuid not null,
    started_at timestamptz not null,
    seen_at    timestamptz not null,
    landing    text not null,
    referrer   text not null,
    agent      text not null,
    consent    text not null,
    ym         text not null default '',
    ga         text not null default '',
    skew_ms    bigint not null default 0
) partition by range (id);
create index visits_visitor on visits (visitor, id);
create index visits_site on visits (site_id, id);
comment on column visits.landing is 'The address of the first page as the browser sent it, with its tags.';
comment on column visits.skew_ms is 'The browser''s clock less ours.';

create table taps (
    id        uuid primary key,
    visit_id  uuid not null,
    site_id   uuid not null,
    placement text not null,
    number    text not null,
    at        timestamptz not null
) partition by range (id);
create index taps_visit on taps (visit_id, number, at);
create index taps_number on taps (number, at);
comment on table taps is 'Touches of a tel: link: a call to the number follows within seconds.';

-- What the source of sites' pages holds: when they were read, and the numbers that should not stand there.

create table site_crawls (
    site_id    uuid primary key references tracking_sites (id) on delete cascade,
    next_at    timestamptz not null,
    held_until timestamptz,
    begun_at   timestamptz,
    ended_at   timestamptz,
    pages      integer not null default 0,
    unread     integer not null default 0,
    cut        text not null default '' check (cut in ('', 'pages', 'octets', 'seconds')),
    fault      text not null default ''
);
create index site_crawls_next on site_crawls (next_at);
comment on column site_crawls.held_until is 'A node reads it until then; one that dies is followed by another.';
comment on column site_crawls.cut is 'The limit that ended the last crawl.';

create table site_findings (
    site_id     uuid not null references tracking_sites (id) on delete cascade,
    number      text not null check (number ~ '^\+[0-9]{5,15}$'),
    kind        text not null check (kind in ('pool', 'retired', 'stranger')),
    pages       text[] not null,
    page_count  integer not null,
    first_at    timestamptz not null,
    last_at     timestamptz not null,
    accepted_at timestamptz,
    primary key (site_id, number)
);
comment on column site_findings.kind is 'pool: every visitor is shown it, whoever holds it; retired: a line of ours that is shown no more; stranger: neither ours nor of anybody we know.';
comment on column site_findings.pages is 'Some of the pages it stands on, page_count of all.';
comment on column site_findings.accepted_at is 'Somebody said that it is right there; never so with a number of a pool.';

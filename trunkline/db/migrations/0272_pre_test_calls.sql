-- Test calls: a visit by a link of its own, the number it was shown, the call, and whether they met.

create table tracking_tests (
    id         uuid primary key,
    site_id    uuid not null references tracking_sites (id) on delete cascade,
    mark       text not null unique check (mark ~ '^test-[a-z0-9]{10}$'),
    page       text not null check (length(page) <= 500),
    person_id  uuid references people (id) on delete set null,
    started_at timestamptz not null,
    visit_id   uuid,
    visited_at timestamptz,
    number     text not null default '',
    kind       text not null default '',
    shown_at   timestamptz,
    call_id    uuid,
    called_at  timestamptz,
    confidence real,
    state      text not null default 'open' check (state in ('open', 'passed', 'failed')),
    why        text not null default '' check (why in ('', 'late', 'elsewhere', 'unsure', 'given_up')),
    ended_at   timestamptz,
    check ((state = 'open') = (ended_at is null))
);
create index tracking_tests_site on tracking_tests (site_id, started_at desc);
comment on column tracking_tests.mark is 'The utm_campaign of its link: the visit that has it is the test''s.';
comment on column tracking_tests.why is 'Why it failed: not done in time, the call was given to another visit or to none, to this one below 50 %, or it was given up.';

-- What comes to each pool by the quarter of an hour, and who asked it for a number and got none: what the planner measures.

create table lease_misses (
    pool_id  uuid not null references tracking_pools (id) on delete cascade,
    visit_id uuid not null,
    at       timestamptz not null,
    primary key (visit_id, pool_id)
);
create index lease_misses_at on lease_misses (at);
comment on table lease_misses is 'Visits that asked a pool for a number while every one was shared by as many as may; forgotten once counted.';

create table pool_quarters (
    pool_id       uuid not null references tracking_pools (id) on delete cascade,
    at            timestamptz not null,
    exclusive     integer not null default 0,
    cooling       integer not null default 0,
    shared        integer not null default 0,
    missed        integer not null default 0,
    dwell_seconds bigint not null default 0,
    primary key (pool_id, at)
);
create index pool_quarters_at on pool_quarters (at);
comment on table pool_quarters is 'Who asked a pool for a number in the 15 minutes from `at` on, by what became of it. A quarter without a row: nobody.';
comment on column pool_quarters.missed is 'Got no number of the pool.';
comment on column pool_quarters.dwell_seconds is 'How long the leases of this quarter were on a screen, in all.';

create table pool_quarters_mark (
    the_row boolean primary key default true check (the_row),
    at      timestamptz not null
);
comment on table pool_quarters_mark is 'Quarters are counted up to here; those of the last two hours before it are counted again.';

create index lease_history_risky on lease_history (pool_id, id) where kind <> 'exclusive';

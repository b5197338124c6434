-- Costs read from the advertising systems' own APIs: what is read, how far it has come, how it went last.

create table cost_feeds (
    id          uuid primary key,
    kind        text not null check (kind in ('direct', 'vk')),
    name        text not null unique check (length(name) between 1 and 100),
    login       text not null check (length(login) <= 100),
    secret      bytea not null,
    token       bytea,
    level       text not null check (level in ('campaign', 'group', 'keyword')),
    named       text not null check (named in ('id', 'name')),
    source      text not null check (length(source) between 1 and 200),
    channel     text not null check (length(channel) between 1 and 200),
    with_vat    boolean not null,
    vat         numeric(6, 4),
    since       date not null,
    active      boolean not null,
    active_at   timestamptz not null,
    due_at      timestamptz not null,
    begun_at    timestamptz,
    held_until  timestamptz,
    next_day    date,
    last_day    date,
    report      text not null default '',
    tries       integer not null default 0,
    read_at     timestamptz,
    read_rows   integer not null default 0,
    read_kept   integer not null default 0,
    read_until  date,
    rows_before integer not null default 0,
    kept_before integer not null default 0,
    trouble     text not null default '',
    said        text not null default '',
    trouble_at  timestamptz,
    check ((next_day is null) = (last_day is null))
);
create index cost_feeds_due on cost_feeds (due_at) where active;
comment on column cost_feeds.secret is 'Sealed: an OAuth token (Direct), a client_secret or a token (VK).';
comment on column cost_feeds.token is 'Sealed: the last access token and its end. VK gives five a day.';
comment on column cost_feeds.named is 'Which of a campaign''s fields stands as the campaign of its costs.';
comment on column cost_feeds.vat is 'Percent; null: the law''s on each day.';
comment on column cost_feeds.held_until is 'A node reads it until then; one that dies is followed by another.';
comment on column cost_feeds.begun_at is 'When that node took it: what another took since is not written by the first.';
comment on column cost_feeds.next_day is 'The first day that is left of a reading up to last_day; null: none is on.';
comment on column cost_feeds.report is 'The name of the report that is being made there; asking again under it asks whether it is ready.';
comment on column cost_feeds.rows_before is 'Rows of the pieces of the reading that is on; kept_before likewise.';
comment on column cost_feeds.read_kept is 'Rows of the last reading that a file or a program had told; they stay theirs.';

alter table tracking_costs add column feed_id uuid references cost_feeds (id) on delete set null;
comment on column tracking_costs.file_id is 'The file that told it last; null: a program, or the source feed_id.';
comment on column tracking_costs.feed_id is 'The source it was read from; that replaces only its own rows.';
create index tracking_costs_feed on tracking_costs (feed_id, day) where feed_id is not null;

alter table tracking_costs_undo add column feed_before uuid;

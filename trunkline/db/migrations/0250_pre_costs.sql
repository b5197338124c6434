-- What advertising cost: by day, channel, source, campaign, keyword and city, out of files and programs.

create table tracking_cost_files (
    id         uuid primary key,
    file_name  text not null,
    person_id  uuid references people (id) on delete set null,
    state      text not null default 'shown' check (state in ('shown', 'in', 'undone')),
    content    bytea,
    head       jsonb not null,
    fields     text[] not null default '{}',
    source     text not null default '',
    channel    text not null default '',
    city       text not null default '',
    vat        numeric(6, 4) not null default 0,
    failure    text not null default '',
    rows       integer not null default 0,
    refused    integer not null default 0,
    problems   jsonb not null default '[]',
    gross      bigint not null default 0,
    net        bigint not null default 0,
    added      integer not null default 0,
    changed    integer not null default 0,
    unchanged  integer not null default 0,
    kept       integer not null default 0,
    sent_at    timestamptz not null default now(),
    ended_at   timestamptz
);
create index tracking_cost_files_recent on tracking_cost_files (sent_at desc);
comment on column tracking_cost_files.content is 'The file itself, until it went in or two days are over.';
comment on column tracking_cost_files.head is 'Its first row and some of its values.';
comment on column tracking_cost_files.kept is 'Rows an undo left alone: they had been changed by something else since.';

create function tracking_cost_mark(channel text, source text, campaign text, keyword text, city text) returns uuid
    language sql immutable parallel safe
    return md5(channel || chr(31) || source || chr(31) || campaign || chr(31) || keyword || chr(31) || city)::uuid;
comment on function tracking_cost_mark is 'What is advertised as 16 bytes: five texts are too long for an index.';

create table tracking_costs (
    day      date not null,
    mark     uuid not null generated always as (tracking_cost_mark(channel, source, campaign, keyword, city)) stored,
    channel  text not null check (length(channel) <= 200),
    source   text not null check (length(source) <= 200),
    campaign text not null check (length(campaign) <= 200),
    keyword  text not null check (length(keyword) <= 200),
    city     text not null check (length(city) <= 200),
    gross    bigint not null,
    net      bigint not null,
    file_id  uuid,
    at       timestamptz not null default now(),
    primary key (day, mark),
    check (channel <> '' or source <> '')
);
comment on table tracking_costs is 'Kopecks with VAT (gross) and without (net), below zero where money came back. Who tells the same day and place again replaces it.';
comment on column tracking_costs.file_id is 'The file that told it last; null: a program.';

create table tracking_costs_staged (
    file_id  uuid not null references tracking_cost_files (id) on delete cascade,
    day      date not null,
    mark     uuid not null generated always as (tracking_cost_mark(channel, source, campaign, keyword, city)) stored,
    channel  text not null,
    source   text not null,
    campaign text not null,
    keyword  text not null,
    city     text not null,
    gross    bigint not null,
    net      bigint not null,
    primary key (file_id, day, mark)
);
comment on table tracking_costs_staged is 'What a file would bring in, while somebody looks at it.';

create table tracking_costs_undo (
    file_id      uuid not null references tracking_cost_files (id) on delete cascade,
    day          date not null,
    mark         uuid not null,
    gross_before bigint,
    net_before   bigint,
    file_before  uuid,
    primary key (file_id, day, mark)
);
comment on column tracking_costs_undo.gross_before is 'Null: there was none.';

create table tracking_cost_batches (
    key    text primary key,
    body   bytea not null,
    answer jsonb not null,
    at     timestamptz not null default now()
);
create index tracking_cost_batches_at on tracking_cost_batches (at);
comment on table tracking_cost_batches is 'Answers to requests with an Idempotency-Key, for a week.';

-- Imports started from the pages: how far each is, and what it did.

create table imports (
    id              uuid primary key,
    kind            text not null check (kind in ('contacts', 'spam')),
    source          text not null,
    file_name       text not null,
    replace_source  boolean not null,
    dry_run         boolean not null,
    person_id       uuid references people (id) on delete set null,
    node            text not null,
    state           text not null default 'running' check (state in ('running', 'done', 'failed')),
    done            real not null default 0,
    rows            integer not null default 0,
    refused         integer not null default 0,
    added           integer not null default 0,
    changed         integer not null default 0,
    unchanged       integer not null default 0,
    removed         integer not null default 0,
    problem_count   integer not null default 0,
    problems        jsonb not null default '[]',
    ignored_columns text[] not null default '{}',
    failure         text not null default '',
    started_at      timestamptz not null default now(),
    seen_at         timestamptz not null default now(),
    ended_at        timestamptz
);
create index imports_recent on imports (kind, started_at desc);
comment on column imports.seen_at is 'Written twice a second while it runs: a running import not seen for a minute was interrupted.';
comment on column imports.problems is 'The first of them; all are in a CSV in the data directory of node.';

-- Views of the report on advertising that people keep under a name.

create table report_views (
    id         uuid primary key,
    person_id  uuid not null references people (id) on delete cascade,
    name       text not null check (length(name) between 1 and 100),
    fields     jsonb not null,
    shared     boolean not null default false,
    changed_at timestamptz not null default now(),
    unique (person_id, name)
);
create index report_views_shared on report_views (name) where shared;
comment on column report_views.fields is 'What stands in the address: by, model, days and the like; whoever opens it sees what he may see.';

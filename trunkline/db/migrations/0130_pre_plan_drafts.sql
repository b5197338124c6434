-- The plan a supervisor is working on (router/planning): one for the company, for all who edit.

create table plan_drafts (
    the_row    boolean primary key default true check (the_row),
    body       jsonb not null,
    base       bigint not null,
    version    bigint not null default 1,
    author     text not null,
    updated_at timestamptz not null default now()
);
comment on table plan_drafts is 'The draft of the next routing plan; no row while nobody changed anything.';
comment on column plan_drafts.base is 'Version of the published plan it began as; 0 where there was none.';
comment on column plan_drafts.version is 'Counts the saves, so that who saves over a change he has not seen is told.';

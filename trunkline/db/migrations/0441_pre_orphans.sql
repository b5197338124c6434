-- Leads and deals that nobody minds: without an owner who still works here, or without a next step.

alter table lead_rules
    add column quiet_days integer not null default 7 check (quiet_days between 1 and 365);
comment on column lead_rules.quiet_days is 'What nothing happened to for so many days needs a planned next step.';

create table orphans (
    kind        text not null check (kind in ('lead', 'deal')),
    subject     uuid not null,
    reason      text not null check (reason in ('no_owner', 'no_next_step')),
    departments uuid[] not null default '{}',
    line_id     uuid,
    found_at    timestamptz not null,
    told_at     timestamptz,
    primary key (kind, subject, reason)
);
create index orphans_found on orphans (found_at, subject, reason);
create index orphans_untold on orphans (found_at) where told_at is null;
create index orphans_told on orphans (told_at desc) where told_at is not null;
comment on table orphans is 'As the last look found them; what is minded again leaves with the next.';
comment on column orphans.told_at is 'When the heads were told of it.';

create table orphan_looks (
    only_one  boolean primary key default true check (only_one),
    looked_at timestamptz not null default '-infinity'
);
comment on table orphan_looks is 'When a node last looked for orphans: the row is what it claims the next look by.';
insert into orphan_looks default values;

-- Leads that are opened here: by which calls, by when somebody takes them and calls, and what became of them.

create table lead_rules (
    only_one     boolean primary key default true check (only_one),
    opens        text not null default 'all' check (opens in ('none', 'missed', 'all')),
    take_minutes integer not null default 15 check (take_minutes between 1 and 10080),
    call_minutes integer not null default 60 check (call_minutes between 1 and 10080)
);
comment on table lead_rules is 'Which calls open a lead, and within how much working time it is taken and called.';
comment on column lead_rules.opens is 'Calls of clients nothing else is known about: none, missed ones alone, or all.';
insert into lead_rules default values;

create table lead_clocks (
    lead_id      uuid primary key references leads (id) on delete cascade,
    phone        text not null,
    line_id      uuid,
    departments  uuid[] not null default '{}',
    take_by      timestamptz not null,
    taken_at     timestamptz,
    taken_by     uuid references people (id) on delete set null,
    call_by      timestamptz not null,
    called_at    timestamptz
);
create index lead_clocks_uncalled on lead_clocks (phone) where called_at is null;
comment on table lead_clocks is 'What is kept of a lead that was opened here, and not in a CRM.';
comment on column lead_clocks.phone is 'As in leads.';
comment on column lead_clocks.line_id is 'Of the call that opened it; null where a form did.';
comment on column lead_clocks.departments is 'Whose it is; none: everybody''s.';
comment on column lead_clocks.taken_by is 'Who took it: in statistics it stays his, whoever is responsible.';
comment on column lead_clocks.called_at is 'The first talk with the number since it was opened.';

-- What forms opened before has a day from now on.
insert into lead_clocks (lead_id, phone, take_by, call_by)
select id, phone, now() + interval '1 day', now() + interval '1 day'
from leads where source = 'site' and closed_at is null and phone is not null;

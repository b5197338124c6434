-- What the company goes by in its list of missed clients and in the reports about them.

create table missed_rules (
    only_one        boolean primary key default true check (only_one),
    promise_minutes integer not null default 30 check (promise_minutes between 1 and 10080),
    hours           text[] not null default '{}',
    country         text not null default 'RU' check (country ~ '^[A-Z]{2}$'),
    short_seconds   integer not null default 5 check (short_seconds between 0 and 120),
    answer_seconds  integer not null default 20 check (answer_seconds between 1 and 600)
);
comment on table missed_rules is 'Who counts as missed, by when he is called back, and how soon an agent answers in time.';
comment on column missed_rules.hours is 'Working hours the promise counts in, e.g. Mon 09:00-18:00; none: round the clock.';
comment on column missed_rules.country is 'Whose production calendar shortens or closes days.';
comment on column missed_rules.short_seconds is 'Who gives up sooner was not missed.';
insert into missed_rules default values;

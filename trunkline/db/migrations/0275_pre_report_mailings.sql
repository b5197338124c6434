-- Kept views of the report that are sent by e-mail, and to whom.

create table report_mailings (
    view_id    uuid primary key references report_views (id) on delete cascade,
    every      text not null check (every in ('day', 'week', 'month')),
    day        smallint not null check (case every when 'day' then day = 0 when 'week' then day between 1 and 7 else day between 1 and 31 end),
    hour       smallint not null check (hour between 0 and 23),
    file       text not null check (file in ('xlsx', 'csv')),
    paused     boolean not null default false,
    handled_at timestamptz not null,
    next_at    timestamptz not null
);
create index report_mailings_next on report_mailings (next_at) where not paused;
comment on column report_mailings.day is 'Of the week, 1 is Monday, or of the month: where that is shorter, its last.';
comment on column report_mailings.handled_at is 'No moment up to this one is due any more: its letters stand in the outbox, or it was before the mailing.';

create table report_mailing_people (
    view_id    uuid not null references report_mailings (view_id) on delete cascade,
    person_id  uuid not null references people (id) on delete cascade,
    stopped_at timestamptz,
    sent_at    timestamptz,
    fault      text not null default '',
    fault_at   timestamptz,
    primary key (view_id, person_id)
);
create index report_mailing_people_person on report_mailing_people (person_id);
comment on column report_mailing_people.stopped_at is 'The receiver wants no more of it; nobody but he begins it again.';
comment on column report_mailing_people.fault is 'Why the last letter was not sent: a word of calltracking/mailings, or what the mail server said.';

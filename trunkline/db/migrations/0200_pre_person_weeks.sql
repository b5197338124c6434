-- Single weeks in which an agent works other hours than usual.

create table person_weeks (
    person_id uuid not null references people (id) on delete cascade,
    monday    date not null check (extract(isodow from monday) = 1),
    hours     jsonb not null check (jsonb_typeof(hours) = 'array'),
    primary key (person_id, monday)
);
comment on table person_weeks is 'A week with a row goes by it alone; person_hours hold in all others.';
comment on column person_weeks.hours is '[[weekday, opens, closes], …] as in person_hours; none: he works on no day of it.';

create trigger directory_head after insert or update or delete or truncate on person_weeks
    execute function directory_note_head();

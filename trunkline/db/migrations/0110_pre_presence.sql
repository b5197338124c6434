-- What agents say of themselves, when they are away, and their own hours.

create type presence_state as enum ('online', 'break', 'offline');

create table presence_states (
    person_id uuid primary key references people (id) on delete cascade,
    state     presence_state not null,
    reason    text not null default '' check (length(reason) <= 100),
    return_at timestamptz,
    since     timestamptz not null default now(),
    by_id     uuid references people (id) on delete set null,
    check (return_at is null or state <> 'online')
);
comment on table presence_states is 'An agent without a row is online as far as he himself is concerned.';
comment on column presence_states.return_at is 'Break and offline end then by themselves; null: when somebody says so.';

create table absences (
    id        uuid primary key,
    person_id uuid not null references people (id) on delete cascade,
    starts_at timestamptz not null,
    ends_at   timestamptz not null check (ends_at > starts_at),
    deputy_id uuid references people (id) on delete set null check (deputy_id <> person_id)
);
create index absences_person on absences (person_id, ends_at);
comment on column absences.deputy_id is 'Who stands in meanwhile, before any deputy of a contact.';

create table person_hours (
    person_id uuid not null references people (id) on delete cascade,
    weekday   smallint not null check (weekday between 0 and 6),
    opens     smallint not null check (opens between 0 and 1439),
    closes    smallint not null check (closes <= 1440 and closes > opens),
    primary key (person_id, weekday, opens)
);
comment on table person_hours is 'Hours of an agent''s own, in minutes since midnight of the company''s zone; 0 is Monday. No row at all: the company''s.';

create trigger directory_head after insert or update or delete or truncate on presence_states
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on absences
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on person_hours
    execute function directory_note_head();

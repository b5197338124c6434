-- The first steps of a company: what an administrator left out for now, and whether the whole way is over.

create table first_steps_left (
    step      text primary key,
    at        timestamptz not null,
    person_id uuid references people (id) on delete set null,
    constraint first_steps_left_step_check check (step ~ '^[a-z]{1,20}$')
);
comment on table first_steps_left is 'First steps left out for now; the row "way" ends them all: by a person, or, with nobody, because everything was done.';

-- Who hears calls already is past his first steps.
insert into first_steps_left (step, at) select 'way', now() where exists (select from calls);

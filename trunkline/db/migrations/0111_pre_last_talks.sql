-- Whom an outside number last talked with: the directory rings him again.

create table last_talks (
    number    text primary key check (number ~ '^\+[0-9]{5,15}$'),
    person_id uuid not null references people (id) on delete cascade,
    at        timestamptz not null
);
create index last_talks_at on last_talks (at);
create index last_talks_person on last_talks (person_id);
comment on table last_talks is 'One row a number, of its newest answered call.';

alter table directory_changes drop constraint directory_changes_kind_check;
alter table directory_changes add constraint directory_changes_kind_check
    check (kind in ('contact', 'spam', 'talk', 'head', 'all'));

-- No notify: these rows are written in the transactions of the story, which it would serialise. The follower looks
-- once a second.
create function directory_note_talks() returns trigger language plpgsql as $$
begin
    insert into directory_changes (kind, key) select distinct 'talk', number from changed;
    return null;
end $$;
create trigger directory_insert after insert on last_talks
    referencing new table as changed for each statement execute function directory_note_talks();
create trigger directory_delete after delete on last_talks
    referencing old table as changed for each statement execute function directory_note_talks();
create trigger directory_update after update on last_talks
    referencing new table as changed for each statement execute function directory_note_talks();

-- What the packed directory is read from, and the changes to it by transaction.

create table directory_changes (
    xid  xid8 not null default pg_current_xact_id(),
    kind text not null check (kind in ('contact', 'spam', 'head', 'all')),
    key  text not null default '',
    at   timestamptz not null default now()
);
create index directory_changes_xid on directory_changes (xid);
comment on table directory_changes is 'Which keys changed in which transaction. What they became is read from the tables themselves, so a deletion needs no more than its key.';
comment on column directory_changes.key is 'The number of a contact or spam number; empty for head and all.';

create table directory_pruned (
    the_row boolean primary key default true check (the_row),
    below   xid8 not null default '0'
);
comment on table directory_pruned is 'Changes up to this transaction may be gone: a directory file read earlier must be built anew.';
insert into directory_pruned default values;

create function directory_key(number text) returns bigint
    language sql immutable strict parallel safe
    return (rpad(substr(number, 2), 15, '0')::bigint << 4) | (length(number) - 1);
comment on function directory_key is 'The sort key of a number: trunkline.directory.values.number_key in SQL.';

create view directory_contacts as
select p.number,
       c.id,
       c.name,
       coalesce(co.name, '') as company,
       case when c.class = 'unknown' then coalesce(co.class, 'unknown') else c.class end as class,
       coalesce(c.responsible_id, co.responsible_id) as responsible_id,
       c.deputy_id,
       c.vip,
       ceil(c.overdue + coalesce(co.overdue, 0))::bigint as overdue
from contact_phones p
join contacts c on c.id = p.contact_id and c.deleted_at is null
left join companies co on co.id = c.company_id and co.deleted_at is null;
comment on view directory_contacts is 'What a call needs to know of everybody a number belongs to; one row a number and contact.';

-- Statements over this many numbers are one row `all`: building the file anew is cheaper than following them.
create function directory_note_many(total bigint) returns boolean language plpgsql as $$
begin
    if total > 10000 then
        insert into directory_changes (kind) values ('all');
    end if;
    if total > 0 then
        perform pg_notify('directory', '');
    end if;
    return total > 10000;
end $$;

create function directory_note_phones() returns trigger language plpgsql as $$
begin
    if not directory_note_many((select count(*) from changed)) then
        insert into directory_changes (kind, key) select distinct 'contact', number from changed;
    end if;
    return null;
end $$;
create trigger directory_insert after insert on contact_phones
    referencing new table as changed for each statement execute function directory_note_phones();
create trigger directory_delete after delete on contact_phones
    referencing old table as changed for each statement execute function directory_note_phones();
create trigger directory_update_old after update on contact_phones
    referencing old table as changed for each statement execute function directory_note_phones();
create trigger directory_update_new after update on contact_phones
    referencing new table as changed for each statement execute function directory_note_phones();

-- An import stores references it holds itself without their checks (session_replication_role); these fire even then.
alter table contact_phones enable always trigger directory_insert;
alter table contact_phones enable always trigger directory_delete;
alter table contact_phones enable always trigger directory_update_old;
alter table contact_phones enable always trigger directory_update_new;

create function directory_note_contacts() returns trigger language plpgsql as $$
declare
    touched uuid[] := array(
        select n.id from became n join was w on w.id = n.id
        where (n.name, n.class, n.vip, n.overdue, n.company_id, n.responsible_id, n.deputy_id, n.deleted_at is null)
              is distinct from
              (w.name, w.class, w.vip, w.overdue, w.company_id, w.responsible_id, w.deputy_id, w.deleted_at is null));
begin
    if not directory_note_many(cardinality(touched)) then
        insert into directory_changes (kind, key)
        select distinct 'contact', number from contact_phones where contact_id = any (touched);
    end if;
    return null;
end $$;
create trigger directory_update after update on contacts
    referencing old table as was new table as became for each statement execute function directory_note_contacts();

create function directory_note_companies() returns trigger language plpgsql as $$
declare
    touched uuid[] := array(
        select n.id from became n join was w on w.id = n.id
        where (n.name, n.class, n.overdue, n.responsible_id, n.deleted_at is null)
              is distinct from (w.name, w.class, w.overdue, w.responsible_id, w.deleted_at is null));
begin
    if not directory_note_many((select count(*) from contacts where company_id = any (touched))) then
        insert into directory_changes (kind, key)
        select distinct 'contact', p.number from contacts c join contact_phones p on p.contact_id = c.id
        where c.company_id = any (touched);
    end if;
    return null;
end $$;
create trigger directory_update after update on companies
    referencing old table as was new table as became for each statement execute function directory_note_companies();

create function directory_note_spam() returns trigger language plpgsql as $$
begin
    if not directory_note_many((select count(*) from changed)) then
        insert into directory_changes (kind, key) select distinct 'spam', number from changed;
    end if;
    return null;
end $$;
create trigger directory_insert after insert on spam_numbers
    referencing new table as changed for each statement execute function directory_note_spam();
create trigger directory_delete after delete on spam_numbers
    referencing old table as changed for each statement execute function directory_note_spam();
create trigger directory_update_old after update on spam_numbers
    referencing old table as changed for each statement execute function directory_note_spam();
create trigger directory_update_new after update on spam_numbers
    referencing new table as changed for each statement execute function directory_note_spam();

create function directory_note_all() returns trigger language plpgsql as $$
begin
    insert into directory_changes (kind) values ('all');
    perform pg_notify('directory', '');
    return null;
end $$;
create trigger directory_truncate after truncate on contact_phones execute function directory_note_all();
create trigger directory_truncate after truncate on spam_numbers execute function directory_note_all();

-- The small tables: their readers compare the whole, so a statement that changed nothing costs one look.
create function directory_note_head() returns trigger language plpgsql as $$
begin
    insert into directory_changes (kind) values ('head');
    perform pg_notify('directory', '');
    return null;
end $$;
create trigger directory_head after insert or update or delete or truncate on departments
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on people
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on queues
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on queue_members
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on pbxs
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on lines
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on plans
    execute function directory_note_head();
create trigger directory_head after insert or update or delete or truncate on calendar_days
    execute function directory_note_head();

create view contacts_shown as
select c.id, c.name, co.name as company, c.class, c.responsible_id as responsible, c.deputy_id as deputy, c.email,
       c.vip, c.overdue, c.note, c.source, c.external_id, c.version, c.updated_at,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number) as phones
from contacts c left join companies co on co.id = c.company_id
where c.deleted_at is null;
comment on view contacts_shown is 'Contacts as pages and the API show them.';

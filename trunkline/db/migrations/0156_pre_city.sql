-- The city of a contact or company as its CRM has it: an outgoing call shows a line of that city.

alter table contacts add column city text not null default '';
alter table companies add column city text not null default '';
alter table import_undo add column city text not null default '';
comment on column contacts.city is 'Empty: that of the company.';

create or replace view directory_contacts as
select p.number,
       c.id,
       c.name,
       coalesce(co.name, '') as company,
       case when c.class = 'unknown' then coalesce(co.class, 'unknown') else c.class end as class,
       coalesce(c.responsible_id, co.responsible_id) as responsible_id,
       c.deputy_id,
       c.vip,
       ceil(c.overdue + coalesce(co.overdue, 0))::bigint as overdue,
       left(coalesce(nullif(btrim(c.city), ''), btrim(co.city), ''), 100) as city
from contact_phones p
join contacts c on c.id = p.contact_id and c.deleted_at is null
left join companies co on co.id = c.company_id and co.deleted_at is null;

create or replace function directory_note_contacts() returns trigger language plpgsql as $$
declare
    touched uuid[] := array(
        select n.id from became n join was w on w.id = n.id
        where (n.name, n.class, n.vip, n.overdue, n.company_id, n.responsible_id, n.deputy_id, n.city,
               n.deleted_at is null)
              is distinct from
              (w.name, w.class, w.vip, w.overdue, w.company_id, w.responsible_id, w.deputy_id, w.city,
               w.deleted_at is null));
begin
    if not directory_note_many(cardinality(touched)) then
        insert into directory_changes (kind, key)
        select distinct 'contact', number from contact_phones where contact_id = any (touched);
    end if;
    return null;
end $$;

create or replace function directory_note_companies() returns trigger language plpgsql as $$
declare
    touched uuid[] := array(
        select n.id from became n join was w on w.id = n.id
        where (n.name, n.class, n.overdue, n.responsible_id, n.city, n.deleted_at is null)
              is distinct from (w.name, w.class, w.overdue, w.responsible_id, w.city, w.deleted_at is null));
begin
    if not directory_note_many((select count(*) from contacts where company_id = any (touched))) then
        insert into directory_changes (kind, key)
        select distinct 'contact', p.number from contacts c join contact_phones p on p.contact_id = c.id
        where c.company_id = any (touched);
    end if;
    return null;
end $$;

create or replace view contacts_shown as
select c.id, c.name, co.name as company, c.class, c.responsible_id as responsible, c.deputy_id as deputy, c.email,
       c.vip, c.overdue, c.note, c.source, c.external_id, c.version, c.updated_at,
       array(select p.number from contact_phones p where p.contact_id = c.id order by p.number) as phones,
       coalesce(nullif(c.city, ''), co.city, '') as city
from contacts c left join companies co on co.id = c.company_id
where c.deleted_at is null;

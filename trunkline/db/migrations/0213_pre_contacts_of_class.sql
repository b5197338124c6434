-- A phone book of one class reads the contacts of that class by name, not all contacts until enough are found.

create index contacts_of_class on contacts (class, lower(name), id) where deleted_at is null;
create index contacts_alone on contacts (lower(name), id)
    where deleted_at is null and class = 'unknown' and company_id is null;
create index companies_of_class on companies (class);

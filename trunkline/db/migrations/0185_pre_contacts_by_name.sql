-- Telephones read contacts in the order of their names, a bounded piece at a time.

create index contacts_by_name on contacts (lower(name), id) where deleted_at is null;

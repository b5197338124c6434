-- The rows of ours that a CRM fills are Bitrix24's and amoCRM's.

create index companies_of_crms on companies (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and deleted_at is null;
create index contacts_of_crms on contacts (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and deleted_at is null;
create index leads_of_crms on leads (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:'));
create index deals_of_crms on deals (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:'));

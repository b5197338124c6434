-- A second kind of CRM: amoCRM, which Kommo is too.

alter table crm_connectors drop constraint crm_connectors_kind_check;
alter table crm_connectors add constraint crm_connectors_kind_check check (kind in ('bitrix24', 'amocrm'));

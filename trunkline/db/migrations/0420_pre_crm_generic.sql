-- A third kind of CRM: one that a company made itself, told by signed posts that a mapping file shapes.

alter table crm_connectors drop constraint crm_connectors_kind_check;
alter table crm_connectors add constraint crm_connectors_kind_check check (kind in ('bitrix24', 'amocrm', 'onec', 'generic'));

alter table crm_connectors add column tells text[] not null
    default '{call.begun,call.answered,call.ended,call.recording,call.text}';
comment on column crm_connectors.tells is 'Of which events a home-made CRM is told; the other kinds have their own rules.';

create table crm_mappings (
    connector_id uuid primary key references crm_connectors (id) on delete cascade,
    body         text not null check (length(body) between 1 and 65536),
    saved_at     timestamptz not null
);
comment on table crm_mappings is 'The mapping file of each home-made CRM, as it was written; without a row it has the default one.';

-- What a CRM says was touched there, to be asked for anew.

create table crm_hints (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    entity       text not null check (entity in ('companies', 'contacts', 'deals')),
    id           bigint not null,
    heard_at     timestamptz not null,
    primary key (connector_id, entity, id)
);
comment on table crm_hints is 'Records that a CRM said were touched; each goes once it was asked for. Nothing else it said is believed.';

alter table crm_connectors add column hooks_at timestamptz;
comment on column crm_connectors.hooks_at is 'When it was last looked at whether the CRM still posts to us.';

-- Which of a CRM's own fields of deals are what was paid, shipped and deferred: what they hold becomes an order.

create table crm_deal_fields (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    role         text not null check (role in ('paid', 'paid_percent', 'shipped_percent', 'deferred_until')),
    field        text not null check (field ~ '^UF_CRM_[A-Z0-9_]{1,80}$'),
    title        text not null check (length(title) <= 200),
    primary key (connector_id, role)
);
comment on table crm_deal_fields is 'Fields that a company added to deals in its CRM, by what they are here; chosen on the page of the CRM.';
comment on column crm_deal_fields.title is 'As people call it there, when it was chosen.';

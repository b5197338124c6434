-- What is done about orders outside: deliveries and installations, each with a foreman.

create table works (
    id             uuid primary key,
    source         text not null,
    external_id    text not null,
    version        bigint not null default 1,
    order_id       uuid references orders (id) on delete set null,
    contact_id     uuid references contacts (id) on delete set null,
    responsible_id uuid references people (id) on delete set null,
    kind           text not null check (kind in ('delivery', 'installation')),
    status         text not null default 'planned' check (status in ('planned', 'begun', 'done', 'failed')),
    title          text not null default '',
    address        text not null default '',
    due_on         date,
    raw            jsonb,
    updated_at     timestamptz not null default now(),
    unique (source, external_id)
);
create index works_order on works (order_id);
create index works_contact on works (contact_id);
create index works_responsible on works (responsible_id, updated_at) where status in ('planned', 'begun');
comment on table works is 'Deliveries and installations of orders; their foremen change the status.';

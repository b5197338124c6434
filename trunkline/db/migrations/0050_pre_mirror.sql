-- What CRMs and 1C know beside companies and contacts. A row is known by (source, external_id); a change of an older
-- version than the row's is ignored.

create table leads (
    id             uuid primary key,
    source         text not null,
    external_id    text not null,
    version        bigint not null default 1,
    contact_id     uuid references contacts (id) on delete set null,
    company_id     uuid references companies (id) on delete set null,
    direction      text not null default '',
    title          text not null default '',
    stage          text not null default 'new',
    responsible_id uuid references people (id) on delete set null,
    phone          text check (phone ~ '^\+[0-9]{5,15}$'),
    opened_at      timestamptz not null default now(),
    closed_at      timestamptz,
    next_call_at   timestamptz,
    raw            jsonb,
    updated_at     timestamptz not null default now(),
    unique (source, external_id)
);
create index leads_contact on leads (contact_id) where closed_at is null;
create index leads_phone on leads (phone, direction) where closed_at is null;
create index leads_responsible on leads (responsible_id, next_call_at) where closed_at is null;
comment on table leads is 'A wish to buy; one person may have several open ones, one for each direction of trade.';

create table touches (
    id          uuid primary key,
    source      text not null,
    external_id text not null,
    version     bigint not null default 1,
    lead_id     uuid references leads (id) on delete set null,
    contact_id  uuid references contacts (id) on delete set null,
    call_id     uuid,
    kind        text not null check (kind in ('call', 'missed', 'form', 'callback', 'chat', 'email', 'visit')),
    text        text not null default '',
    at          timestamptz not null default now(),
    raw         jsonb,
    updated_at  timestamptz not null default now(),
    unique (source, external_id)
);
create index touches_lead on touches (lead_id, at desc);
create index touches_contact on touches (contact_id, at desc);
create index touches_call on touches (call_id);

create table deals (
    id             uuid primary key,
    source         text not null,
    external_id    text not null,
    version        bigint not null default 1,
    lead_id        uuid references leads (id) on delete set null,
    contact_id     uuid references contacts (id) on delete set null,
    company_id     uuid references companies (id) on delete set null,
    department_id  uuid references departments (id) on delete set null,
    title          text not null default '',
    stage          text not null default 'new',
    amount         numeric(14, 2) not null default 0,
    responsible_id uuid references people (id) on delete set null,
    opened_at      timestamptz not null default now(),
    closed_at      timestamptz,
    raw            jsonb,
    updated_at     timestamptz not null default now(),
    unique (source, external_id)
);
create index deals_company on deals (company_id, opened_at desc);
create index deals_contact on deals (contact_id, opened_at desc);

create table tasks (
    id             uuid primary key,
    source         text not null,
    external_id    text not null,
    version        bigint not null default 1,
    contact_id     uuid references contacts (id) on delete set null,
    deal_id        uuid references deals (id) on delete set null,
    responsible_id uuid references people (id) on delete set null,
    title          text not null default '',
    due_at         timestamptz,
    done_at        timestamptz,
    raw            jsonb,
    updated_at     timestamptz not null default now(),
    unique (source, external_id)
);
create index tasks_contact on tasks (contact_id) where done_at is null;
create index tasks_responsible on tasks (responsible_id, due_at) where done_at is null;

create table orders (
    id              uuid primary key,
    source          text not null,
    external_id     text not null,
    version         bigint not null default 1,
    company_id      uuid references companies (id) on delete set null,
    contact_id      uuid references contacts (id) on delete set null,
    deal_id         uuid references deals (id) on delete set null,
    number          text not null default '',
    amount          numeric(14, 2) not null default 0,
    paid            numeric(14, 2) not null default 0,
    paid_percent    smallint check (paid_percent between 0 and 100),
    shipped_percent smallint check (shipped_percent between 0 and 100),
    deferred_until  date,
    ordered_on      date not null default current_date,
    raw             jsonb,
    updated_at      timestamptz not null default now(),
    unique (source, external_id)
);
create index orders_company on orders (company_id, ordered_on desc);
create index orders_contact on orders (contact_id, ordered_on desc);

create table invoices (
    id          uuid primary key,
    source      text not null,
    external_id text not null,
    version     bigint not null default 1,
    company_id  uuid references companies (id) on delete set null,
    contact_id  uuid references contacts (id) on delete set null,
    order_id    uuid references orders (id) on delete set null,
    number      text not null default '',
    amount      numeric(14, 2) not null default 0,
    issued_on   date not null default current_date,
    due_on      date,
    paid_on     date,
    raw         jsonb,
    updated_at  timestamptz not null default now(),
    unique (source, external_id)
);
create index invoices_company on invoices (company_id, issued_on desc);
create index invoices_contact on invoices (contact_id, issued_on desc);

create table payments (
    id           uuid primary key,
    source       text not null,
    external_id  text not null,
    version      bigint not null default 1,
    company_id   uuid references companies (id) on delete set null,
    contact_id   uuid references contacts (id) on delete set null,
    invoice_id   uuid references invoices (id) on delete set null,
    order_id     uuid references orders (id) on delete set null,
    amount       numeric(14, 2) not null,
    paid_on      date not null,
    cancelled_at timestamptz,
    raw          jsonb,
    updated_at   timestamptz not null default now(),
    unique (source, external_id)
);
create index payments_company on payments (company_id, paid_on desc);
create index payments_contact on payments (contact_id, paid_on desc);
comment on column payments.cancelled_at is 'A payment is corrected by a newer version and withdrawn by this, never deleted.';

create table debts (
    id           uuid primary key,
    source       text not null,
    external_id  text not null,
    version      bigint not null default 1,
    company_id   uuid references companies (id) on delete cascade,
    contact_id   uuid references contacts (id) on delete cascade,
    amount       numeric(14, 2) not null,
    overdue      numeric(14, 2) not null default 0,
    overdue_days integer not null default 0,
    due_on       date,
    raw          jsonb,
    updated_at   timestamptz not null default now(),
    unique (source, external_id),
    check ((company_id is null) <> (contact_id is null))
);
create index debts_company on debts (company_id);
create index debts_contact on debts (contact_id);
comment on table debts is 'What is owed now; its overdue part is summed into companies.overdue and contacts.overdue.';

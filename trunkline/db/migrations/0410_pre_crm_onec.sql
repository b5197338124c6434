-- 1C as a kind of CRM: it is told nothing; it tells what is paid, shipped and owed, and is read.

alter table crm_connectors drop constraint crm_connectors_kind_check;
alter table crm_connectors add constraint crm_connectors_kind_check check (kind in ('bitrix24', 'amocrm', 'onec'));

create table crm_onec (
    connector_id uuid primary key references crm_connectors (id) on delete cascade,
    source       text not null unique,
    turn         integer not null default 0,
    layout       text not null default 'none' check (layout in ('none', 'ut11', 'bp3', 'own')),
    mapping      text not null default '' check (length(mapping) <= 20000),
    history      text not null default '' check (length(history) <= 300),
    since        date not null default '2017-01-01',
    heard_at     timestamptz,
    saved        bigint not null default 0,
    refused      bigint not null default 0,
    refusal      text not null default ''
);
comment on table crm_onec is 'What a 1C base is set up with beside its address, its user and his password.';
comment on column crm_onec.source is 'The source its rows carry, whatever its address or name is later: ids there are its own for ever.';
comment on column crm_onec.turn is 'How often the secret that it sends was made anew.';
comment on column crm_onec.layout is 'Which published sets are read by OData: none, those of a usual configuration, or those of mapping.';
comment on column crm_onec.mapping is 'Which sets and fields are which of ours (TOML), where they are not those of the layout.';
comment on column crm_onec.history is 'The base of an HTTP service of 1C that answers history; empty: there is none.';
comment on column crm_onec.since is 'Documents from this day on are read.';
comment on column crm_onec.heard_at is 'When it last sent rows.';
comment on column crm_onec.refusal is 'Why the last row that was refused was, in words.';

create table crm_onec_rows (
    source      text not null,
    kind        text not null check (kind in ('counterparty', 'order', 'state', 'payment', 'debt')),
    external_id text not null,
    version     bigint not null,
    fingerprint bytea not null,
    primary key (source, kind, external_id)
);
comment on table crm_onec_rows is 'The newest version of each record that 1C told, also of those that are gone: an older one never comes back.';
comment on column crm_onec_rows.fingerprint is 'SHA-256 of what it said: a repeat is told from another record of the same version.';

create table crm_onec_waiting (
    source      text not null,
    kind        text not null,
    external_id text not null,
    field       text not null check (field in ('counterparty', 'order')),
    key         text not null,
    primary key (source, kind, external_id, field)
);
create index crm_onec_waiting_key on crm_onec_waiting (source, field, key);
comment on table crm_onec_waiting is 'Records that name another one that has not come yet: they are joined when it does.';

create table crm_onec_places (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    part         text not null check (part in ('companies', 'orders', 'states', 'payments', 'debts', 'history')),
    place        text not null default '',
    begun_at     timestamptz,
    whole_at     timestamptz,
    read_at      timestamptz,
    read         bigint not null default 0,
    unread       bigint not null default 0,
    trouble      text not null default '',
    primary key (connector_id, part)
);
comment on table crm_onec_places is 'How far each part of a 1C base is read; moved in the transaction of the rows it covers.';
comment on column crm_onec_places.place is 'Where the reading of everything goes on: rows to skip, or the cursor 1C gave; empty: from the start.';
comment on column crm_onec_places.begun_at is 'When the reading of everything that goes on began; null: none does.';
comment on column crm_onec_places.whole_at is 'When the last one that came to its end began.';
comment on column crm_onec_places.read_at is 'When anything of it was last read without trouble.';
comment on column crm_onec_places.trouble is 'Why it does not go on, in words.';

alter table orders add column cancelled_at timestamptz;
comment on column orders.cancelled_at is 'An order that was deleted or not posted where it was made; it is kept, for payments name it.';

create index payments_order on payments (order_id) where order_id is not null;
create index deals_lead on deals (lead_id) where lead_id is not null;

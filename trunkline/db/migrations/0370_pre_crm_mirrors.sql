-- What is read from CRMs into the mirror: how far each entity came, and which of our rows are a portal's by number.

alter table crm_connectors add column fills boolean not null default true, add column reading_until timestamptz;
comment on column crm_connectors.fills is 'Whether its contacts, companies, leads and deals are read into the mirror while it is connected.';
comment on column crm_connectors.reading_until is 'A process reads it, until it says so or this moment comes.';

create table crm_mirrors (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    entity       text not null check (entity in ('companies', 'contacts', 'leads', 'deals')),
    source       text not null,
    since        timestamptz,
    delta_id     bigint not null default 0,
    delta_at     timestamptz,
    sweep_id     bigint,
    sweep_at     timestamptz,
    swept_at     timestamptz,
    read         bigint not null default 0,
    unread       bigint not null default 0,
    gone         bigint not null default 0,
    trouble      text not null default '',
    doubt        text not null default '',
    looked_at    timestamptz,
    primary key (connector_id, entity)
);
comment on table crm_mirrors is 'How far each entity of a CRM is read into the mirror; moved in the transaction of the rows it covers.';
comment on column crm_mirrors.source is 'The source its rows carry: another portal is another source, and is read from the start.';
comment on column crm_mirrors.since is 'What changed there before this moment, by the CRM''s clock, is here; null: nothing was read yet.';
comment on column crm_mirrors.delta_id is 'Of what changed since then, all up to this id is read.';
comment on column crm_mirrors.delta_at is 'When the reading of changes that goes on began, by the CRM''s clock.';
comment on column crm_mirrors.sweep_id is 'The reading of everything came to this id; null: none goes on.';
comment on column crm_mirrors.sweep_at is 'When it began.';
comment on column crm_mirrors.swept_at is 'When the last one that came to its end began.';
comment on column crm_mirrors.unread is 'Records that could not be read.';
comment on column crm_mirrors.gone is 'Rows whose record a sweep did not find any more.';
comment on column crm_mirrors.trouble is 'Why it does not go on, in words.';
comment on column crm_mirrors.doubt is 'Why what is not seen any more is not taken for gone, in words.';

create index companies_of_portals on companies (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where starts_with(source, 'bitrix24:') and deleted_at is null;
create index contacts_of_portals on contacts (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where starts_with(source, 'bitrix24:') and deleted_at is null;
create index leads_of_portals on leads (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where starts_with(source, 'bitrix24:');
create index deals_of_portals on deals (source, (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end))
    where starts_with(source, 'bitrix24:');

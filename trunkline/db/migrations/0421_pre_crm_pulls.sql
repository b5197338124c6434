-- How far each entity of a home-made CRM was fetched into the mirror, where its mapping says from where.

create table crm_pulls (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    entity       text not null,
    source       text not null,
    since        timestamptz,
    next         text not null default '',
    began_at     timestamptz,
    whole        boolean not null default false,
    swept_at     timestamptz,
    read         bigint not null default 0,
    refused      bigint not null default 0,
    gone         bigint not null default 0,
    trouble      text not null default '',
    looked_at    timestamptz,
    primary key (connector_id, entity)
);
comment on table crm_pulls is 'How far each entity of a home-made CRM is fetched; moved in the transaction of the rows it covers.';
comment on column crm_pulls.since is 'What changed there before this moment is here; null: nothing was fetched yet.';
comment on column crm_pulls.next is 'The page at which the reading that goes on comes next; empty: none goes on.';
comment on column crm_pulls.began_at is 'When that reading began.';
comment on column crm_pulls.whole is 'That reading is of everything there is.';
comment on column crm_pulls.swept_at is 'When the last whole one that came to its end began.';

create table crm_pulled (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    entity       text not null,
    external_id  text not null,
    primary key (connector_id, entity, external_id)
);
comment on table crm_pulled is 'What the whole reading that goes on has shown so far: what it does not show to its end is gone.';

-- What amoCRM needs beside what Bitrix24 does: a long-lived token in place of an application, who of ours is who there
-- by a choice of ours, and what of it a number belongs to while its search does not find that yet.

alter table crm_connectors drop constraint crm_connectors_client_id_check;
alter table crm_connectors add constraint crm_connectors_client_id_check check (length(client_id) <= 200);
alter table crm_connectors drop constraint crm_connectors_oauth_url_check;
alter table crm_connectors add constraint crm_connectors_oauth_url_check check (length(oauth_url) <= 300);

alter table crm_users add column chosen boolean not null default false;
comment on column crm_users.chosen is 'Said by a person on our page: reading the CRM anew leaves it.';

create table crm_people (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    user_id      bigint not null,
    name         text not null,
    email        text not null,
    primary key (connector_id, user_id)
);
comment on table crm_people is 'Who works in a CRM that knows no extensions, as last read.';

create table crm_clients (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    phone        text not null,
    entity       text not null,
    seen_at      timestamptz not null,
    primary key (connector_id, phone)
);
create index crm_clients_seen on crm_clients (seen_at);
comment on table crm_clients is 'Who has a number there, as last seen or made by us: the search of a CRM lags behind what was written.';

alter table crm_calls add column tried_at timestamptz;
comment on column crm_calls.tried_at is 'When it was last sent to its entity without an answer so far: it may be there.';

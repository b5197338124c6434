-- Calls compared with what a CRM has of them, night by night.

alter table crm_connectors add column reconciled_at timestamptz;
comment on column crm_connectors.reconciled_at is 'When the last comparison of calls that went through, or goes on, began.';

alter table crm_calls add column retold_at timestamptz;
comment on column crm_calls.retold_at is 'When it was found missing there and told again; that is done once.';

create table crm_reconciliations (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    at           timestamptz not null,
    since        timestamptz not null,
    until        timestamptz not null,
    sent         integer not null,
    waiting      integer not null,
    given_up     integer not null,
    missing      integer not null,
    retold       integer not null,
    duplicates   integer not null,
    elsewhere    integer not null,
    found        jsonb not null,
    primary key (connector_id, at)
);
comment on table crm_reconciliations is 'What came of comparing the calls that began from since to before until.';
comment on column crm_reconciliations.elsewhere is 'Calls that belong to something else there than we were told.';
comment on column crm_reconciliations.found is 'Of what is not as it should be the first hundred: call, what, words.';

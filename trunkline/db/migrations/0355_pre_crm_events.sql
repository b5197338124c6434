-- What CRMs tell us: by what a portal proves that it is itself, and each event once with what came of it.

create table crm_hooks (
    connector_id uuid primary key references crm_connectors (id) on delete cascade,
    member_id    text not null default '',
    token_hash   bytea
);
comment on table crm_hooks is 'By what a CRM that tells us something proves itself, beside the secret of the address.';
comment on column crm_hooks.member_id is 'The portal''s own id, of the sign-in; of the first event where that did not tell it.';
comment on column crm_hooks.token_hash is 'SHA-256 of the application''s token, of the first event after the sign-in.';

create table crm_events (
    connector_id uuid not null references crm_connectors (id) on delete cascade,
    key          text not null check (length(key) between 1 and 600),
    kind         text not null check (kind in ('click', 'callback')),
    heard_at     timestamptz not null,
    said         jsonb not null,
    state        text not null default 'waiting' check (state in ('waiting', 'dialling', 'over')),
    became       text not null default '',
    dial_id      uuid references dials (id) on delete set null,
    primary key (connector_id, key),
    check ((state = 'over') = (became <> ''))
);
create index crm_events_waiting on crm_events (heard_at) where state = 'waiting';
create index crm_events_dial on crm_events (dial_id) where dial_id is not null;
create index crm_events_dialling on crm_events (heard_at) where state = 'dialling';
create index crm_events_heard on crm_events (heard_at);
comment on table crm_events is 'What a CRM asked us to do, once each: a call that somebody began there, a callback that was asked for there.';
comment on column crm_events.key is 'What the same event has when it is posted again.';
comment on column crm_events.became is 'What came of it: how its dial ended, callback, or the rule that refused.';

alter table crm_connectors add column callback_queue text references queues (id) on delete set null;
comment on column crm_connectors.callback_queue is 'Who calls back those that ask for it on forms of the CRM; null: nobody.';

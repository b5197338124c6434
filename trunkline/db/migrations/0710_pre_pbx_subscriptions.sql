-- Subscriptions to the events of hosted PBXs that send only to whom has subscribed.

create table pbx_subscriptions (
    pbx       text primary key references pbxs (id) on delete cascade,
    address   bytea,
    id        text not null default '' check (length(id) <= 100),
    made_for  bytea not null default '',
    until     timestamptz,
    renew_at  timestamptz,
    looked_at timestamptz,
    ending    text[] not null default '{}',
    stray     text[] not null default '{}',
    heard_at  timestamptz not null default now(),
    due_at    timestamptz not null default now(),
    visit     bigint not null default 0,
    fails     integer not null default 0,
    failed_at timestamptz,
    trouble   text not null default '',
    said      text not null default '' check (length(said) <= 300)
);
comment on table pbx_subscriptions is 'What is kept of our subscription at each hosted PBX that has to be subscribed to.';
comment on column pbx_subscriptions.address is 'The secret of the address its events go to, sealed; null: none is made yet.';
comment on column pbx_subscriptions.id is 'What the provider calls it; empty: there is none.';
comment on column pbx_subscriptions.made_for is 'SHA-256 of the address it sends to.';
comment on column pbx_subscriptions.looked_at is 'When it was last known to live.';
comment on column pbx_subscriptions.ending is 'Others of ours that the provider has still to be told to end.';
comment on column pbx_subscriptions.stray is 'Others that sent us events, to be looked at.';
comment on column pbx_subscriptions.heard_at is 'Up to when its events have been looked through.';
comment on column pbx_subscriptions.due_at is 'When it is looked after next; whoever does it puts this off first.';
comment on column pbx_subscriptions.visit is 'Counts those who looked after it: only the last may write down what came of it.';
comment on column pbx_subscriptions.failed_at is 'Since when it fails; trouble says why, said what the provider said.';

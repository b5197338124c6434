-- Old subscriptions at hosted PBXs that cannot be ended: they are tried again later each time, and given up at last.

alter table pbx_subscriptions
    add column end_fails integer not null default 0,
    add column end_at timestamptz,
    add column left_at timestamptz,
    add column left_said text not null default '' check (length(left_said) <= 300);

comment on column pbx_subscriptions.end_fails is 'How often in a row the provider did not end one of those in ending.';
comment on column pbx_subscriptions.end_at is 'Before then it is not told again; null: at once.';
comment on column pbx_subscriptions.left_at is 'When one that could not be ended was given up; it ends by itself within a day.';
comment on column pbx_subscriptions.left_said is 'What the provider said then.';

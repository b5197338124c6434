-- Who comes again soon after his lead was closed: the new lead names the old one.

alter table lead_rules
    add column reopen_days integer not null default 14 check (reopen_days between 0 and 365);
comment on column lead_rules.reopen_days is 'A lead opened within so many days of an earlier one''s closing follows it; 0: none does.';

alter table lead_clocks
    add column follows_id uuid references leads (id) on delete set null;
create index lead_clocks_follows on lead_clocks (follows_id) where follows_id is not null;
comment on column lead_clocks.follows_id is 'The closed lead of the same telephone and direction that this one goes on with.';

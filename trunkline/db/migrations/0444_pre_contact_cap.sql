-- No client is called every day: how often we may turn to one before he turns to us.

alter table dial_rules
    add column contact_most integer not null default 0 check (contact_most between 0 and 1000),
    add column contact_days integer not null default 7 check (contact_days between 1 and 90);
comment on column dial_rules.contact_most is 'Calls of ours to one number within contact_days, counted from his last own call; 0: no cap.';

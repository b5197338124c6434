-- When a call-back was promised: a talk after that keeps the promise, whatever call it was written down of.

alter table call_wrap_ups add column promised_at timestamptz not null default now();
update call_wrap_ups set promised_at = updated_at;
comment on column call_wrap_ups.promised_at is 'When call_back_at was written as it is.';

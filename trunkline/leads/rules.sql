-- name: read_rules
select opens, take_minutes, call_minutes, stages, quiet_days, reopen_days from lead_rules;

-- name: hold_rules
select from lead_rules for update;

-- name: save_rules
update lead_rules set opens = $1, take_minutes = $2, call_minutes = $3, stages = $4, quiet_days = $5, reopen_days = $6;

-- name: read_rules
select opens, take_minutes, call_minutes from lead_rules;

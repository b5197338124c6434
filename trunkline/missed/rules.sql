-- name: read_rules
select promise_minutes, hours, country, short_seconds, answer_seconds, aged_days from missed_rules;

-- name: hold_rules
select from missed_rules for update;

-- name: save_rules
-- With another rule of who was missed the roll-up of reports, counted by the former one, begins anew.
with anew as (
    update report_zone set zone = '' where $4 <> (select short_seconds from missed_rules)
)
update missed_rules
set promise_minutes = $1, hours = $2, country = $3, short_seconds = $4, answer_seconds = $5, aged_days = $6;

-- name: has_calendar
select exists (select from calendar_days where country = $1);

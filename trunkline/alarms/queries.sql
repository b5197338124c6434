-- name: raise_alarm
-- Opens an alarm or counts one more of it; a higher severity is kept. `news` says that people must be told.
insert into alarms as a (id, key, severity, title, facts) values ($1, $2, $3::alarm_severity, $4, $5)
on conflict (key) where cleared_at is null do update
    set count = a.count + 1, last_at = now(), facts = excluded.facts,
        title = case when excluded.severity >= a.severity then excluded.title else a.title end,
        severity = greatest(a.severity, excluded.severity)
returning id, key, severity::text, title, facts, raised_at, count, (
    select old.severity < $3::alarm_severity from alarms old where old.key = $2 and old.cleared_at is null
) as worse;

-- name: clear_alarm
-- Closes an alarm.
update alarms set cleared_at = now() where key = $1 and cleared_at is null
returning id, key, severity::text, title, facts, raised_at, count;

-- name: open_keys
-- Of what is wrong now, what begins so.
select key from alarms where cleared_at is null and starts_with(key, $1) order by key;

-- name: open_alarms
-- What is wrong now, worst first.
select id, key, severity::text, title, facts, count, raised_at, last_at, cleared_at
from alarms where cleared_at is null order by severity desc, raised_at;

-- name: open_alarms_of
-- Of what is wrong now, what has one of these keys; worst first.
select id, key, severity::text, title, facts, count, raised_at, last_at, cleared_at
from alarms where cleared_at is null and key = any ($1::text[]) order by severity desc, raised_at;

-- name: past_alarms
-- The newest cleared alarms.
select id, key, severity::text, title, facts, count, raised_at, last_at, cleared_at
from alarms where cleared_at is not null order by raised_at desc limit $1;

-- name: open_by_severity
-- How many are open.
select severity::text as severity, count(*) as alarms from alarms where cleared_at is null group by severity;

-- name: prune_alarms
-- Forgets cleared alarms after so many days.
delete from alarms where cleared_at < now() - make_interval(days => $1);

-- name: told
-- Who is told by e-mail of an alarm this severe.
select email, language from alarm_recipients where active and min_severity <= $1::alarm_severity order by email;

-- name: recipients
-- Everybody who may be told by e-mail.
select id, email, language, min_severity::text as min_severity, active from alarm_recipients order by email;

-- name: add_recipient
-- Somebody more to tell.
insert into alarm_recipients (id, email, language, min_severity) values ($1, $2, $3, $4::alarm_severity)
on conflict (email) do update set language = excluded.language, min_severity = excluded.min_severity, active = true;

-- name: remove_recipient
-- Somebody less to tell.
delete from alarm_recipients where id = $1 returning id;

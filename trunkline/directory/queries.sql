-- name: state
-- The snapshot all statements of this transaction see, and which cluster and database it is of.
select pg_current_snapshot()::text as snapshot,
       (select system_identifier from pg_control_system()) || '/'
       || (select oid from pg_database where datname = current_database()) as origin;

-- name: is_reachable
-- Whether every change after snapshot $1 is still recorded: it is not of a future this database never had, nor pruned.
select pg_snapshot_xmax($1::text::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
       and pg_snapshot_xmin($1::text::pg_snapshot) > below
from directory_pruned;

-- name: changes
-- Keys changed by transactions that are visible now and were not in snapshot $1; at most $2 of them.
select distinct kind, key from directory_changes
where xid >= pg_snapshot_xmin($1::text::pg_snapshot)
  and not pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
limit $2;

-- name: prune
-- Forgets changes older than $1.
with gone as (delete from directory_changes where at < now() - $1::interval returning xid),
     last as (select max(xid) as xid from gone)
update directory_pruned set below = greatest(below, last.xid) from last where last.xid is not null;

-- name: contacts
-- Everybody with a number, in the order of the packed file.
select directory_key(number) as key, id, name, company, class, responsible_id, deputy_id, vip, overdue, city
from directory_contacts
order by key, id;

-- name: contacts_of_numbers
-- The same for some numbers only.
select directory_key(number) as key, id, name, company, class, responsible_id, deputy_id, vip, overdue, city
from directory_contacts
where number = any ($1::text[])
order by key, id;

-- name: referenced_people
-- Everybody who may be a contact's responsible or deputy.
select id from people order by id;

-- name: spam_sources
-- Names of the spam lists, the longest list first, as many as the file can name.
select source from spam_numbers group by source order by count(*) desc, source limit $1;

-- name: spam
-- Spam numbers that still count as fixed-width columns in the order of the packed file; a list past the named ones is number 0.
select directory_key(number),
       least(round(weight), 255)::smallint,
       coalesce(array_position($1::text[], source), 0)::smallint
from spam_weighed where weight >= 0.5
order by 1;

-- name: ranges
-- Numbering ranges in the order of the packed file.
select first, last, kind, subjects, operator from numbering_ranges order by first;

-- name: range_registries
-- Which first digits the registry is known of, and of which day.
select digit, dated from numbering_registries order by digit;

-- name: spam_of_numbers
-- Entries of some numbers only.
select directory_key(number) as key, least(round(weight), 255)::integer as votes, source
from spam_weighed
where number = any ($1::text[]) and weight >= 0.5;

-- name: head_pbxs
-- PBXs that may ask; of the kinds $1, which are hosted, what is needed to understand them. As text: the directory's own
-- connections have no codec for jsonb.
select id, kind, deadline_ms, token_hashes, array(select text(ip) from unnest(allowed_ips) as ip) as allowed_ips,
    coalesce(settings ->> 'caller_name', '') as names,
    case when kind = any ($1::text[]) then settings::text end as settings,
    case when kind = any ($1::text[]) then secrets end as secrets
from pbxs where active order by id;

-- name: head_agents
-- People at work.
select p.id, p.name, p.extension, p.mobile, d.slug as department, p.mobile_when_away, p.works_on,
    p.caller_names as names
from people p left join departments d on d.id = p.department_id
where p.active order by p.id;

-- name: head_queues
-- Queues with their active members, those who ring first at the front.
select q.id, q.name, q.target, q.strategy, d.slug as department,
       array(select m.person_id from queue_members m join people p on p.id = m.person_id and p.active
             where m.queue_id = q.id order by m.penalty, m.person_id) as members,
       array(select m.penalty from queue_members m join people p on p.id = m.person_id and p.active
             where m.queue_id = q.id order by m.penalty, m.person_id) as penalties
from queues q left join departments d on d.id = q.department_id
order by q.id;

-- name: head_departments
-- Departments.
select id, slug, name from departments order by slug;

-- name: head_lines
-- Our own numbers in use.
select number, name, city, brand, site, purpose, pbx_id as pbx, fallback, operator, label, mode, area_code
from lines where active order by number;

-- name: head_notices
-- What lines in use play before a talk is recorded, the newest version each way.
select distinct on (number, way) number, way, version, "when", sound, seconds, digit
from line_notices join lines on lines.id = line_id where active order by number, way, version desc;

-- name: head_aliases
-- What else PBXs call them.
select alias, number from line_aliases join lines on lines.id = line_id where active order by alias;

-- name: head_calendar
-- Days that differ from their weekday.
select country, day, kind from calendar_days order by country, day;

-- name: head_overrides
-- Days of places with other hours; the last year's stay for who looks back.
select branch, first, last, kind, until, hours
from calendar_overrides where last > current_date - 366 order by branch, first;

-- name: head_plan
-- The routing plan in force.
select version, body::text as body from plans order by version desc limit 1;

-- name: head_spam_allow
-- Numbers that are never kept out, and until when (Unix seconds; 0 is for ever).
select number, coalesce(extract(epoch from until)::bigint, 0) as until
from spam_allow where until is null or until > now() order by number;

-- name: head_spam_spoken
-- Numbers some list or range names that we talked with within a year, and when that year ends.
select number, extract(epoch from last_at + interval '365 days')::bigint as until
from spoken_numbers where suspect and last_at > now() - interval '365 days' order by number;

-- name: head_spam_personal
-- The company's own list.
select prefix, whole, treatment from spam_personal order by prefix, whole;

-- name: head_spam_ranges
-- Blocks and prefixes with what their votes are worth now.
select prefix, kind, least(round(spam_weight(votes, seen_at)), 255)::integer as votes
from spam_ranges where spam_weight(votes, seen_at) >= 0.5 order by prefix, kind;

-- name: talks
-- Last talks that are kept, newest first, at most $1 of them.
select directory_key(number) as key, person_id, extract(epoch from at)::float8 as at
from last_talks order by last_talks.at desc limit $1;

-- name: talks_of_numbers
-- The same for some numbers only.
select directory_key(number) as key, person_id, extract(epoch from at)::float8 as at
from last_talks where number = any ($1::text[]);

-- name: prune_talks
-- Forgets talks older than $1: no plan looks so far back.
delete from last_talks where at < now() - $1::interval;

-- name: head_presence
-- What active people say of themselves, and their own hours.
select p.id, coalesce(s.state::text, 'online') as state, coalesce(s.reason, '') as reason,
       coalesce(extract(epoch from s.return_at), 0)::float8 as return_at,
       array(select h.weekday from person_hours h where h.person_id = p.id order by h.weekday, h.opens) as weekdays,
       array(select h.opens from person_hours h where h.person_id = p.id order by h.weekday, h.opens) as opens,
       array(select h.closes from person_hours h where h.person_id = p.id order by h.weekday, h.opens) as closes
from people p left join presence_states s on s.person_id = p.id
where p.active and (s.state <> 'online' or exists (select from person_hours h where h.person_id = p.id)
                    or exists (select from person_weeks w where w.person_id = p.id and w.monday > current_date - 8)
                    or exists (select from absences a where a.person_id = p.id and a.ends_at > now()))
order by p.id;

-- name: head_absences
-- Absences that are not over.
select person_id, extract(epoch from starts_at)::float8 as since, extract(epoch from ends_at)::float8 as until, deputy_id
from absences where ends_at > now() order by person_id, starts_at;

-- name: head_weeks
-- Weeks with hours of their own that are not over.
select person_id, monday, hours::text as hours from person_weeks where monday > current_date - 8 order by person_id, monday;

-- name: head_trunks
-- Ways out of the PBXs.
select pbx_id, name, operator, format, prefix from trunks where active order by pbx_id, name;

-- name: head_carried
-- Who carries our numbers, now and from a coming day on.
select number, line_operators.operator, trunk, since, until, state
from line_operators join lines on lines.id = line_id
where active and (until is null or until > current_date)
order by number, since;

-- name: head_labels
-- Labels by line and operator, each from its first day.
select number, line_labels.operator, min(since) as since
from line_labels join lines on lines.id = line_id
where active group by 1, 2 order by 1, 2;

-- name: head_outgoing_rules
-- How a caller ID is chosen.
select rule, default_number from outgoing_rules;

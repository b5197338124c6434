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
select directory_key(number) as key, id, name, company, class, responsible_id, deputy_id, vip, overdue
from directory_contacts
order by key, id;

-- name: contacts_of_numbers
-- The same for some numbers only.
select directory_key(number) as key, id, name, company, class, responsible_id, deputy_id, vip, overdue
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
-- Spam numbers as fixed-width columns in the order of the packed file; a list past the named ones is number 0.
select directory_key(number),
       least(greatest(votes, 0), 255)::smallint,
       coalesce(array_position($1::text[], source), 0)::smallint
from spam_numbers
order by 1;

-- name: ranges
-- Numbering ranges in the order of the packed file.
select first, last, kind, subjects, operator from numbering_ranges order by first;

-- name: range_registries
-- Which first digits the registry is known of, and of which day.
select digit, dated from numbering_registries order by digit;

-- name: spam_of_numbers
-- Entries of some numbers only.
select directory_key(number) as key, least(greatest(votes, 0), 255) as votes, source
from spam_numbers
where number = any ($1::text[]);

-- name: head_pbxs
-- PBXs that may ask.
select id, kind, deadline_ms, token_hashes, array(select text(ip) from unnest(allowed_ips) as ip) as allowed_ips
from pbxs where active order by id;

-- name: head_agents
-- People at work.
select p.id, p.name, p.extension, p.mobile, d.slug as department
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
select number, name, city, brand, site, purpose, pbx_id, fallback, operator, label, area_code
from lines where active order by number;

-- name: head_calendar
-- Days that differ from their weekday.
select country, day, kind from calendar_days order by country, day;

-- name: head_plan
-- The routing plan in force.
select version, body::text as body from plans order by version desc limit 1;

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

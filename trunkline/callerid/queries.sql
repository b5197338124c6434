-- name: save_choices
-- Choices as they were answered; one that is there already stays.
insert into outgoing_choices
select * from jsonb_populate_recordset(null::outgoing_choices, $1::text::jsonb)
on conflict do nothing;

-- name: remember_shown
-- The line each client will have seen, unless something newer is known.
insert into last_lines as known (number, line_id, at)
select distinct on (client) client, lines.id, told.at
from jsonb_to_recordset($1::text::jsonb) as told (client text, caller_id text, at timestamptz)
join lines on lines.number = told.caller_id
where client like '+%'
order by client, told.at desc
on conflict (number) do update set line_id = excluded.line_id, at = excluded.at where excluded.at > known.at;

-- name: last_lines_mark
-- Changes whenever the file of last lines would.
select max(at) as at, (select count(*)::int from lines where active) as lines from last_lines;

-- name: last_lines
-- The latest numbers with the line each knows, in the order of their keys.
select directory_key(number) as key, line
from (
    select last_lines.number, lines.number as line
    from last_lines join lines on lines.id = line_id
    where active and last_lines.number ~ '^\+[0-9]{5,15}$'
    order by last_lines.at desc limit $1
) as latest
order by key;

-- name: list_trunks
-- Trunks with what they carry today.
select trunks.id, pbx_id as pbx, pbxs.name as pbx_name, trunks.name, operator, format, prefix, trunks.active,
       (select count(*)::int from line_operators o join lines l on l.id = o.line_id
        where l.active and o.since <= current_date and (o.until is null or o.until > current_date)
          and (o.trunk = trunks.name or (o.trunk = '' and o.operator = trunks.operator and o.operator <> ''))
          and (l.pbx_id is null or l.pbx_id = trunks.pbx_id)) as lines
from trunks join pbxs on pbxs.id = pbx_id
order by pbxs.name, trunks.name;

-- name: add_trunk
insert into trunks (id, pbx_id, name, operator, format, prefix) values ($1, $2, $3, $4, $5, $6);

-- name: switch_trunk
-- Switches a trunk; returns what it was.
with before as (select id, active from trunks where id = $1 for update)
update trunks set active = $2 from before where trunks.id = before.id
returning before.active;

-- name: remove_trunk
delete from trunks where id = $1 returning pbx_id as pbx, name, operator, format, prefix;

-- name: read_rules
select rule, default_number from outgoing_rules;

-- name: save_rules
insert into outgoing_rules (rule, default_number) values ($1, $2)
on conflict (only_one) do update set rule = excluded.rule, default_number = excluded.default_number;

-- name: is_line
select exists (select from lines where number = $1 and active);

-- name: pbx_names
select id, name from pbxs where active order by name;

-- name: unshown_lines
-- Lines in use that no call may show, or that are shown without a label, and why.
select number, name, city, coalesce(o.operator, '') as operator,
       case when state <> 'active' then 'state' when o.operator is null then 'operator'
            when not exists (
                select from trunks t where t.active and (lines.pbx_id is null or t.pbx_id = lines.pbx_id)
                  and (t.name = o.trunk or (o.trunk = '' and t.operator = o.operator and t.operator <> ''))
            ) then 'trunk'
            else 'label' end as why
from lines left join line_operators o on o.line_id = lines.id
    and o.since <= current_date and (o.until is null or o.until > current_date)
where active and not (
    state = 'active' and o.operator is not null
    and exists (
        select from trunks t where t.active and (lines.pbx_id is null or t.pbx_id = lines.pbx_id)
          and (t.name = o.trunk or (o.trunk = '' and t.operator = o.operator and t.operator <> ''))
    )
    and exists (
        select from line_labels b where b.line_id = lines.id and b.operator = o.operator and b.since <= current_date
    )
)
order by why, number limit $1;

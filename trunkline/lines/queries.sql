-- name: list_lines
-- A page of lines in the order of their numbers, after number $1, within the scope $8.
select id, number, name, city, operator, brand, site, purpose, pbx_id as pbx, fallback, label, mode, state, active, state_since,
       area_code
from lines
where ($1::text is null or number > $1)
  and (($2::text is null and $3::text is null)
       or number like '%' || $2 || '%'
       or lower(concat_ws(' ', name, label, site)) like '%' || $3 || '%')
  and ($4::text is null or city = $4)
  and ($5::text is null or operator = $5)
  and ($6::text is null or brand = $6)
  and ($7::boolean is null or active = $7)
  and ($8::uuid[] is null or id = any ($8))
  and ($10::text is null or mode = $10)
  and ($11::text is null or state = $11)
order by number
limit $9;

-- name: find_line
-- One line by its number, within the scope $2.
select id, number, name, city, operator, brand, site, purpose, pbx_id as pbx, fallback, label, mode, state, active, state_since,
       area_code
from lines where number = $1 and ($2::uuid[] is null or id = any ($2));

-- name: lock_line
-- One line by its number as it is, kept from others until the transaction ends.
select id, number, name, city, operator, brand, site, purpose, pbx_id as pbx, fallback, label, mode, state, active, state_since,
       area_code
from lines where number = $1 for update;

-- name: add_line
-- A new line; nothing where its number is there already.
insert into lines (
    id, number, name, city, operator, brand, site, purpose, pbx_id, fallback, label, mode, state, state_since, area_code
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (number) do nothing
returning id;

-- name: change_line
-- All of a line but its number; its operator is that of its history where it has one.
update lines
set name = $2, city = $3, brand = $5, site = $6, purpose = $7, pbx_id = $8, fallback = $9, label = $10, mode = $11,
    operator = case when exists (select from line_operators o where o.line_id = lines.id) then operator else $4 end,
    state = $12, state_since = case when state = $12 then state_since else $13 end,
    area_code = $14
where number = $1;

-- name: is_alias
-- Whether a line has this as an alias.
select exists (select from line_aliases where alias = $1);

-- name: claim_calls
-- Calls that dialled $2 while nobody knew whose it was are the line's.
update calls set line_id = $1 where dialled = $2 and line_id is null and direction = 'in';

-- name: set_mode
-- Lines by number into a mode, within the scope $3: those that were in another one, and which.
with was as (
    select id, mode from lines
    where number = any ($1) and mode <> $2 and ($3::uuid[] is null or id = any ($3))
    for update
)
update lines set mode = $2 from was where lines.id = was.id
returning lines.id, lines.number, was.mode as before;

-- name: end_quarantines
-- Lines whose quarantine began before $1 come into use.
update lines set state = 'active', state_since = $2 where state = 'quarantine' and state_since <= $1 returning id;

-- name: line_moves
-- When a line came into each state, and by whom; the newest first.
select at, person, before ->> 'state' as before, after ->> 'state' as after from audit
where object_kind = 'line' and object_id = $1 and after ? 'state'
order by id desc limit 20;

-- name: line_words
-- What filters offer: every city, operator and brand there is, within the scope $1.
select array(select distinct city from lines where city <> '' and ($1::uuid[] is null or id = any ($1)) order by 1)
           as cities,
       array(select distinct operator from lines where operator <> '' and ($1::uuid[] is null or id = any ($1))
             order by 1) as operators,
       array(select distinct brand from lines where brand <> '' and ($1::uuid[] is null or id = any ($1)) order by 1)
           as brands;

-- name: pbx_ids
-- The PBXs a line may belong to.
select id, name from pbxs order by name, id;

-- name: queue_ids
-- The queues a line's calls may go to.
select id from queues order by id;

-- name: advised_calls
-- The newest calls of line $1 that were advised about, beside what the PBX did.
select distinct on (d.call_id) d.call_id as call, d.at, d.caller, d.advised,
       c.id is not null as heard, c.queues, c.rang, c.answered_by, c.ended_at is not null as over
from decisions d left join calls c on c.id = d.call_id
where d.line = $1 and d.advised is not null and d.turn = 1
order by d.call_id desc, d.at
limit $2;

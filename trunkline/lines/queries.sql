-- name: list_lines
-- A page of lines in the order of their numbers, after number $1, within the scope $8.
select id, number, name, city, operator, brand, site, purpose, pbx_id as pbx, fallback, label, active
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
order by number
limit $9;

-- name: find_line
-- One line by its number, within the scope $2.
select id, number, name, city, operator, brand, site, purpose, pbx_id as pbx, fallback, label, active
from lines where number = $1 and ($2::uuid[] is null or id = any ($2));

-- name: lock_line
-- One line by its number as it is, kept from others until the transaction ends.
select id, number, name, city, operator, brand, site, purpose, pbx_id as pbx, fallback, label, active
from lines where number = $1 for update;

-- name: add_line
-- A new line; nothing where its number is there already.
insert into lines (id, number, name, city, operator, brand, site, purpose, pbx_id, fallback, label, active)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (number) do nothing
returning id;

-- name: change_line
-- All of a line but its number.
update lines
set name = $2, city = $3, operator = $4, brand = $5, site = $6, purpose = $7, pbx_id = $8, fallback = $9, label = $10,
    active = $11
where number = $1;

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

-- name: list_dictionaries
select id, name, tag, category, side, said, also, unsaid from dictionaries order by place, id;

-- name: find_dictionary
select id, name, tag, category, side, said, also, unsaid from dictionaries where id = $1;

-- name: count_version
-- Before anything is changed: who tags meanwhile has shared it, and is waited for.
update dictionaries_version set version = version + 1 returning version;

-- name: share_version
-- Nobody changes a dictionary until this transaction ends.
select version from dictionaries_version for share;

-- name: version
select version from dictionaries_version;

-- name: add_dictionary
insert into dictionaries (id, place, name, tag, category, side, said, also, unsaid)
select $1, coalesce(max(place), 0) + 1, $2, $3, $4, $5, $6, $7, $8 from dictionaries
having count(*) < $9 returning id;

-- name: change_dictionary
update dictionaries set name = $2, tag = $3, category = $4, side = $5, said = $6, also = $7, unsaid = $8, changed_at = now()
where id = $1 returning id;

-- name: remove_dictionary
delete from dictionaries where id = $1 returning name;

-- name: move_up
-- It and the one before it change places.
with mine as (select id, place from dictionaries where id = $1),
other as (
    select d.id, d.place from dictionaries d, mine where (d.place, d.id) < (mine.place, mine.id)
    order by d.place desc, d.id desc limit 1
)
update dictionaries d set place = case when d.id = mine.id then other.place else mine.place end
from mine, other where d.id in (mine.id, other.id) returning d.id;

-- name: tags
-- All that a recording can be found by.
select distinct tag from dictionaries order by tag;

-- name: categories
select distinct category from dictionaries where category <> '' order by category;

-- name: directions
select d.id, d.name, d.prefixes, d.manager_id, p.name as manager, coalesce(p.active, false) as works
from product_directions d left join people p on p.id = d.manager_id order by d.name;

-- name: hold
lock table product_directions in share row exclusive mode;

-- name: save
insert into product_directions (id, name, prefixes, manager_id) values ($1, $2, $3, $4)
on conflict (id) do update set name = excluded.name, prefixes = excluded.prefixes, manager_id = excluded.manager_id;

-- name: remove
delete from product_directions where id = $1;

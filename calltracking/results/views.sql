-- name: list_views
-- A person's own views and those that others share, by name.
select v.id, v.name, v.fields, v.shared, v.person_id = $1 as own, p.name as person
from report_views v join people p on p.id = v.person_id
where v.person_id = $1 or v.shared
order by v.person_id <> $1, lower(v.name), v.id limit 200;

-- name: count_views
select count(*) from report_views where person_id = $1 and name <> $2;

-- name: save_view
-- A view of the same name is replaced.
insert into report_views (id, person_id, name, fields, shared) values ($1, $2, $3, $4, $5)
on conflict (person_id, name) do update
set fields = excluded.fields, shared = excluded.shared, changed_at = now()
returning id;

-- name: remove_view
delete from report_views where id = $1 and person_id = $2 returning name;

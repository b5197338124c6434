-- name: find_map
-- What the columns of such a file were taken for.
select fields, header from import_maps where key = $1;

-- name: remember_map
-- What the columns of such a file are.
insert into import_maps (key, headings, fields, header) values ($1, $2, $3, $4)
on conflict (key) do update set fields = excluded.fields, header = excluded.header, used_at = now();

-- name: forget_maps
-- A thousand kinds of files are remembered, the last used.
delete from import_maps where key in (select key from import_maps order by used_at desc offset 1000);

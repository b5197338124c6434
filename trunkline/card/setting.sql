-- name: fields
select class, blocks from card_fields;

-- name: put_fields
insert into card_fields (class, blocks) values ($1, $2) on conflict (class) do update set blocks = excluded.blocks;

-- name: drop_fields
-- Back to what a class shows by itself.
delete from card_fields where class = $1;

-- name: hints
-- All hints, with the name of a line; classes first, then topics, then lines.
select h.id, h.kind, h.key, h.text, coalesce(l.name, '') as line
from card_hints h left join lines l on h.kind = 'line' and l.number = h.key
order by h.kind = 'line', h.kind, h.key;

-- name: put_hint
insert into card_hints (id, kind, key, text) values ($1, $2, $3, $4)
on conflict (kind, key) do update set text = excluded.text;

-- name: drop_hint
delete from card_hints where id = $1 returning kind, key, text;

-- name: topics
select name from card_topics order by position, name;

-- name: put_topics
-- The whole list, in its order.
with gone as (delete from card_topics where name <> all ($1::text[]))
insert into card_topics (name, position) select name, place from unnest($1::text[]) with ordinality as t (name, place)
on conflict (name) do update set position = excluded.position;

-- name: lines
-- Lines a hint may be about.
select number, name, brand from lines where active order by number;

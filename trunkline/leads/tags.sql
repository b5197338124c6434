-- name: rules
-- All in their order, or one.
select id, name, active, kinds, places, directions, words, channels, campaigns, classes, hours, tags, category
from lead_tag_rules where $1::uuid is null or id = $1 order by place, name;

-- name: hold
lock table lead_tag_rules in share row exclusive mode;

-- name: save
insert into lead_tag_rules as known (id, name, active, kinds, places, directions, words, channels, campaigns, classes, hours, tags,
    category, place)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (select coalesce(max(place), 0) + 1 from lead_tag_rules))
on conflict (id) do update set name = excluded.name, active = excluded.active, kinds = excluded.kinds, places = excluded.places,
    directions = excluded.directions, words = excluded.words, channels = excluded.channels, campaigns = excluded.campaigns,
    classes = excluded.classes, hours = excluded.hours, tags = excluded.tags, category = excluded.category;

-- name: put_in_order
update lead_tag_rules set place = n from unnest($1::uuid[]) with ordinality as wanted (wanted_id, n) where id = wanted_id;

-- name: remove
delete from lead_tag_rules where id = $1;

-- name: tags_of_rules
-- What may be filtered by.
select distinct tag from lead_tag_rules, unnest(tags) as tag order by tag;

-- name: categories_of_rules
select distinct category from lead_tag_rules where category <> '' order by category;

-- name: note_tags
-- A lead has the tags of its touches together, and the first category of one.
update lead_clocks as clock set tags = told.tags, category = told.category
from (
    select coalesce(array_agg(distinct tag order by tag) filter (where tag is not null), '{}') as tags,
           coalesce((select category from touches where lead_id = $1 and category <> '' order by at, id limit 1), '') as category
    from touches left join lateral unnest(touches.tags) as tag on true
    where touches.lead_id = $1
) as told
where clock.lead_id = $1 and (clock.tags, clock.category) is distinct from (told.tags, told.category);

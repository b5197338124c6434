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

-- name: words_of
-- What is told of these leads beside the inbox.
select id, email, tags, category from lead_words where id = any ($1::uuid[]);

-- name: list_marked
-- Those of list_open that have the tag $10 and the category $11; empty: any.
select * from lead_inbox
where closed_at is null
    and ($1::uuid in (responsible_id, taken_by_id)
         or (($2::uuid[] is null or departments = '{}' or departments && $2)
             and ($3::uuid[] is null or line_id is null or line_id = any ($3))))
    and (not $4::boolean or responsible_id = $1 or (taken_by_id = $1 and called_at is null))
    and (not $5::boolean or taken_at is null)
    and ($6::timestamptz is null or due_at < $6)
    and ($7::timestamptz is null or (due_at, id) > ($7, $8::uuid))
    and id = any (array(
        select lead_id from lead_clocks
        where closed_at is null and ($10::text = '' or $10 = any (tags)) and ($11::text = '' or category = $11)
    ))
order by due_at, id
limit $9;

-- name: list_marked_closed
-- Those of list_closed that have the tag $7 and the category $8.
select * from lead_inbox
where closed_at is not null
    and ($1::uuid in (responsible_id, taken_by_id)
         or (($2::uuid[] is null or departments = '{}' or departments && $2)
             and ($3::uuid[] is null or line_id is null or line_id = any ($3))))
    and ($4::timestamptz is null or (closed_at, id) < ($4, $5::uuid))
    and id = any (array(
        select lead_id from lead_clocks
        where closed_at is not null and ($7::text = '' or $7 = any (tags)) and ($8::text = '' or category = $8)
    ))
order by closed_at desc, id desc
limit $6;

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
-- Those of list_open that have the tags $10 and the category $11; empty: any.
select * from lead_inbox
where id = any (array(
    select clock.lead_id from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
    where clock.closed_at is null and clock.tags @> $10::text[] and ($11::text = '' or clock.category = $11)
        and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
        and (not $4::boolean or lead.responsible_id = $1 or (clock.taken_by = $1 and clock.called_at is null))
        and (not $5::boolean or clock.taken_at is null)
        and clock.due_at < coalesce($6::timestamptz, 'infinity')
        and (clock.due_at, clock.lead_id)
            > (coalesce($7::timestamptz, '-infinity'), coalesce($8::uuid, '00000000-0000-0000-0000-000000000000'))
    order by clock.due_at, clock.lead_id
    limit $9
))
order by due_at, id;

-- name: list_marked_closed
-- Those of list_closed that have the tags $7 and the category $8.
select * from lead_inbox
where id = any (array(
    select clock.lead_id from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
    where clock.closed_at is not null and clock.tags @> $7::text[] and ($8::text = '' or clock.category = $8)
        and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
        and (clock.closed_at, clock.lead_id)
            < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    order by clock.closed_at desc, clock.lead_id desc
    limit $6
))
order by closed_at desc, id desc;

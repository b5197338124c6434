-- Whose articles are whose: who is told of dealers that overlap, and of reservations that end.

create table product_directions (
    id uuid primary key,
    name text not null unique check (length(name) between 1 and 60),
    prefixes text[] not null,
    manager_id uuid references people (id) on delete set null
);
comment on table product_directions is 'Directions of products with their product managers.';
comment on column product_directions.prefixes is 'Beginnings of its articles, in capitals; an empty one: of all that no other has.';

create function direction_of(article text) returns setof product_directions language sql stable as $$
    select direction.* from product_directions as direction cross join lateral unnest(direction.prefixes) as prefix
    where starts_with(article, prefix) order by length(prefix) desc, direction.name limit 1
$$;
comment on function direction_of is 'The direction of an article: by its longest beginning.';

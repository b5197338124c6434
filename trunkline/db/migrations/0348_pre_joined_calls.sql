-- Which calls were joined: by attended transfers and pick-ups, whichever of them is told as part of the other, and however often.

create function joined_calls(call uuid) returns setof uuid language sql stable parallel safe rows 2 as $$
    with recursive joined (id) as (
        select $1
        union
        select near.id from joined cross join lateral (
            select part_of as id from calls where calls.id = joined.id and part_of is not null
            union all
            select calls.id from calls where part_of = joined.id
        ) as near
    )
    select id from joined
$$;
comment on function joined_calls is 'The call and those it was joined with. An outside party of one of them may be heard in the files of all.';

-- Each statement here follows two CTEs: touches (touch, person, at, direct, what), with in `what` that by which the
-- reader groups (a text or a number: a record makes the whole twice as slow), and conversions (conversion, person, at,
-- amount). Its last CTE, credits (conversion, touch, what, share, part), has a row for every conversion and touch
-- before it that is given something, perhaps nothing; a conversion without any touch in the window has one whose touch
-- and `what` are null.
-- $1 the window; $2 $3 $4 the model's first, middle and last.

-- name: credits_places
walked as (
    select c.conversion, c.amount, t.touch, t.what,
        row_number() over way as place, count(*) over (partition by c.conversion) as places
    from conversions c
    left join touches t on t.person = c.person and t.at > c.at - $1::interval and t.at <= c.at
    window way as (partition by c.conversion order by t.at, t.touch)
),
marked as (
    select walked.*,
        case
            when place = places then 1000000
            when places = 2 then 1000000 * $2::bigint / nullif($2::bigint + $4::bigint, 0)
            else $2::bigint + $3::bigint * (place - 1) / (places - 2)
        end as reached,
        case
            when place = 1 then 0
            when places = 2 then 1000000 * $2::bigint / nullif($2::bigint + $4::bigint, 0)
            else $2::bigint + $3::bigint * (place - 2) / (places - 2)
        end as before
    from walked
),
credits as (
    select conversion, touch, what, reached - before as share,
        amount * reached / 1000000 - amount * before / 1000000 as part
    from marked
)

-- name: credits_even
walked as (
    select c.conversion, c.amount, t.touch, t.what,
        row_number() over way as place, count(*) over (partition by c.conversion) as places
    from conversions c
    left join touches t on t.person = c.person and t.at > c.at - $1::interval and t.at <= c.at
    window way as (partition by c.conversion order by t.at, t.touch)
),
marked as (
    select walked.*, 1000000 * place / places as reached, 1000000 * (place - 1) / places as before
    from walked
),
credits as (
    select conversion, touch, what, reached - before as share,
        amount * reached / 1000000 - amount * before / 1000000 as part
    from marked
)

-- name: credits_decay
heated as (
    select c.conversion, c.amount, t.touch, t.what, t.at,
        greatest(1, trunc(16777216 * power(2::float8, greatest(-60, date_part('epoch', t.at - c.at) / 604800)))::int) as heat
    from conversions c
    left join touches t on t.person = c.person and t.at > c.at - $1::interval and t.at <= c.at
),
walked as (
    select conversion, amount, touch, what, heat,
        sum(heat) over (partition by conversion order by at, touch rows unbounded preceding) as heats,
        sum(heat) over (partition by conversion) as all_heats
    from heated
),
marked as (
    select walked.*, 1000000 * heats / all_heats as reached, 1000000 * (heats - heat) / all_heats as before
    from walked
),
credits as (
    select conversion, touch, what, reached - before as share,
        amount * reached / 1000000 - amount * before / 1000000 as part
    from marked
)

-- name: credits_last_known
credits as (
    select distinct on (c.conversion) c.conversion, t.touch, t.what, 1000000::bigint as share, c.amount as part
    from conversions c
    left join touches t on t.person = c.person and t.at > c.at - $1::interval and t.at <= c.at
    order by c.conversion, t.direct, t.at desc, t.touch desc
)

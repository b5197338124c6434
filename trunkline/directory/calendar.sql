-- name: forget_year
-- Takes out what was known of year $2 in country $1.
delete from calendar_days
where country = $1 and day >= make_date($2::int, 1, 1) and day < make_date($2::int + 1, 1, 1);

-- name: add_day
-- One day that differs from its weekday.
insert into calendar_days (country, day, kind, name) values ($1, $2, $3, $4);

-- name: stored_years
-- The years that were imported, with how many days of each kind.
select country,
       extract(year from day)::int as year,
       count(*) filter (where kind = 'off') as off,
       count(*) filter (where kind = 'short') as short,
       count(*) filter (where kind = 'working') as working
from calendar_days
group by 1, 2
order by 2 desc, 1;

-- name: forget_year
-- Takes out what was known of year $2 in country $1.
delete from calendar_days
where country = $1 and day >= make_date($2::int, 1, 1) and day < make_date($2::int + 1, 1, 1);

-- name: add_day
-- One day that differs from its weekday.
insert into calendar_days (country, day, kind, name) values ($1, $2, $3, $4);

-- name: note_import
-- Says when a year was read, and by whom.
insert into calendar_imports (country, year, imported_at, author) values ($1, $2, $3, $4)
on conflict (country, year) do update set imported_at = excluded.imported_at, author = excluded.author;

-- name: stored_years
-- The years that were imported, with how many days of each kind.
with days as (
    select country,
           extract(year from day)::int as year,
           count(*) filter (where kind = 'off') as off,
           count(*) filter (where kind = 'short') as short,
           count(*) filter (where kind = 'working') as working
    from calendar_days
    group by 1, 2
)
select country, year, off, short, working, imported_at, coalesce(author, '') as author
from days left join calendar_imports using (country, year)
order by year desc, country;

-- name: days_of_year
-- What was imported of year $1, in every country.
select country, day, kind, name
from calendar_days
where day >= make_date($1::int, 1, 1) and day < make_date($1::int + 1, 1, 1)
order by country, day;

-- name: overrides
-- Those that are not over before $1, soonest first.
select id, branch, first, last, kind, until, hours, reason, author, created_at
from calendar_overrides
where last >= $1
order by first, branch, id;

-- name: overrides_of_days
-- Those that touch a day from $1 to $2.
select id, branch, first, last, kind, until, hours, reason, author, created_at
from calendar_overrides
where daterange(first, last, '[]') && daterange($1, $2, '[]') and last >= $1
order by first, branch, id;

-- name: overrides_in_the_way
-- The first that shares a day with the days from $2 to $3 at the same place.
select first, last
from calendar_overrides
where branch = $1 and daterange(first, last, '[]') && daterange($2, $3, '[]')
order by first
limit 1;

-- name: add_override
-- One more.
insert into calendar_overrides (id, branch, first, last, kind, until, hours, reason, author, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: remove_override
-- Takes one out, telling what it said.
delete from calendar_overrides where id = $1
returning id, branch, first, last, kind, until, hours, reason, author, created_at;

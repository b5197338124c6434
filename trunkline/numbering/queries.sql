-- name: lock_registries
-- One import at a time.
lock table numbering_registries in share row exclusive mode;

-- name: create_incoming
-- What a file holds.
create temp table incoming_ranges (first bigint, last bigint, kind text, subjects text[], operator text)
on commit drop;

-- name: incoming_digit
-- How a first digit would change: ranges new and gone, numbers now and then.
select (select count(*) from (
            select first, last, kind, subjects, operator from incoming_ranges where first / 1000000000 = $1
            except
            select first, last, kind, subjects, operator from numbering_ranges
            where first >= $1 * 1000000000 and first < ($1 + 1) * 1000000000) as n) as added,
       (select count(*) from (
            select first, last, kind, subjects, operator from numbering_ranges
            where first >= $1 * 1000000000 and first < ($1 + 1) * 1000000000
            except
            select first, last, kind, subjects, operator from incoming_ranges where first / 1000000000 = $1) as g)
           as removed,
       (select count(*) from incoming_ranges where first / 1000000000 = $1) as ranges,
       (select sum(last - first + 1)::bigint from incoming_ranges where first / 1000000000 = $1) as numbers,
       (select numbers from numbering_registries where digit = $1::text) as numbers_before,
       (select dated from numbering_registries where digit = $1::text) as dated_before;

-- name: remove_digit
-- Takes a first digit's ranges out.
delete from numbering_ranges where first >= $1::bigint * 1000000000 and first < ($1::bigint + 1) * 1000000000;

-- name: insert_digit
-- Puts the file's ranges of a first digit in.
insert into numbering_ranges (first, last, kind, subjects, operator)
select first, last, kind, subjects, operator from incoming_ranges where first / 1000000000 = $1::bigint;

-- name: note_registry
-- Which registry a first digit is of.
insert into numbering_registries (digit, dated, file_name, ranges, numbers) values ($1, $2, $3, $4, $5)
on conflict (digit) do update
set dated = excluded.dated, file_name = excluded.file_name, ranges = excluded.ranges, numbers = excluded.numbers,
    imported_at = now();

-- name: registries
-- What was imported, by first digit.
select digit, dated, file_name, ranges, numbers from numbering_registries order by digit;

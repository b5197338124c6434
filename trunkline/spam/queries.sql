-- name: note_passed
-- Calls whose caller pressed the right digit, each once: a vote for the number, and 30 days on the allow list.
with fresh as (
    insert into spam_passed (call_id, at, number)
    select * from unnest($1::uuid[], $2::timestamptz[], $3::text[])
    on conflict do nothing returning number, at),
votes as (select number, count(*) as weight, max(at) as at from fresh where number <> '' group by number),
legit as (
    insert into spam_legit as known (number, weight, at) select number, weight, at from votes order by number
    on conflict (number) do update set
        weight = spam_faded(known.weight, known.at, greatest(known.at, excluded.at))
                 + spam_faded(excluded.weight, excluded.at, greatest(known.at, excluded.at)),
        at = greatest(known.at, excluded.at))
insert into spam_allow as known (number, why, until)
select number, 'passed', at + interval '30 days' from votes order by number
on conflict (number) do update set until = greatest(known.until, excluded.until) where known.until is not null;

-- name: note_spoken
-- Numbers we talked with, by call; the day of the last talk is exact enough, so most calls of a day write nothing.
insert into spoken_numbers as known (number, last_at, suspect)
select number, max(at),
       bool_or(spam_suspects(number)
               or exists (select from decisions d where d.call_id = told.call_id and (d.facts->>'unallocated')::boolean))
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as told (call_id, number, at)
group by number
order by number
on conflict (number) do update set
    last_at = greatest(known.last_at, excluded.last_at), suspect = known.suspect or excluded.suspect
where known.last_at < excluded.last_at - interval '1 day' or (excluded.suspect and not known.suspect);

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

-- name: whose
-- Whose number $1 is that no list may take: ours, or a contact's.
select case when exists (select from lines where number = $1) then 'line'
            when exists (select from people where mobile = $1) then 'person'
            when exists (select from directory_contacts where number = $1) then 'contact' end;

-- name: line_within
-- One of our lines that begins with $1.
select number from lines where starts_with(number, $1) order by number limit 1;

-- name: put_allow
-- Never keep this number out, until somebody takes it off.
insert into spam_allow as known (number, why, note, person) values ($1, 'hand', $2, $3)
on conflict (number) do update set why = 'hand', until = null, note = excluded.note, person = excluded.person
returning xmax = 0 as added;

-- name: drop_allow
-- Take it off the allow list.
delete from spam_allow where number = $1 returning why, until;

-- name: note_undone
-- Somebody said this number is no spam.
insert into spam_undone (number) values ($1) on conflict (number) do update set at = now();

-- name: drop_undone
-- He took that back.
delete from spam_undone where number = $1;

-- name: put_personal
-- The company's own list.
insert into spam_personal as known (prefix, whole, treatment, note, person) values ($1, $2, $3, $4, $5)
on conflict (prefix, whole) do update set
    treatment = excluded.treatment, note = excluded.note, person = excluded.person
returning xmax = 0 as added;

-- name: drop_personal
-- Take an entry off it.
delete from spam_personal where prefix = $1 and whole = $2 returning treatment, note;

-- name: mark_suspects_of
-- Numbers we talked with that begin with $1 are carried to the question from now on.
update spoken_numbers set suspect = true where starts_with(number, $1) and not suspect;

-- name: list_allow
-- Who is never kept out, the newest first.
select number, why, until, note, person, added_at from spam_allow
where until is null or until > now()
order by added_at desc, number limit $1;

-- name: list_personal
-- The company's own list, the newest first.
select prefix, whole, treatment, note, person, added_at from spam_personal order by added_at desc, prefix limit $1;

-- name: list_ranges
-- Blocks and prefixes that still count, those with most votes first.
select prefix, kind, numbers, source, round(spam_weight(votes, seen_at))::integer as votes
from spam_ranges where spam_weight(votes, seen_at) >= 0.5
order by votes desc, prefix limit $1;

-- name: standing
-- What is known of one number, for the page of its call.
select (select case when a.until is null then 'hand' else 'passed' end from spam_allow a
        where a.number = $1 and (a.until is null or a.until > now())) as allowed,
       (select treatment from spam_personal p where p.prefix = $1 and p.whole) as personal,
       (select round(weight)::integer from spam_weighed w where w.number = $1 and w.weight >= 0.5) as votes;

-- name: days
-- What became of callers, by day of the zone $1, from $2 on; $3 is the lowest id a call of that time can have.
with told as (
    select (started_at at time zone $1)::date as day, 1 as kept, 0 as passed, 0 as undone
    from calls where outcome = 'screened' and id >= $3 and started_at >= $2
    union all
    select (at at time zone $1)::date, 0, 1, 0 from spam_passed where at >= $2
    union all
    select (at at time zone $1)::date, 0, 0, 1 from spam_undone where at >= $2
)
select day, sum(kept)::integer as kept, sum(passed)::integer as passed, sum(undone)::integer as undone
from told group by day order by day desc;

-- name: tens
-- Tens of numbers with at least $1 spam numbers, or in a hundred with at least $2; a number counts from 2 votes on.
with counted as (
    select left(number, -1) as prefix, count(*)::integer as numbers, sum(round(weight))::integer as votes
    from spam_weighed where weight >= 1.5 group by 1),
placed as (select *, sum(numbers) over (partition by left(prefix, -1)) as hundred from counted)
select prefix, numbers, votes from placed where numbers >= $1 or hundred >= $2;

-- name: own_lines
-- Our own numbers.
select number from lines;

-- name: save_blocks
-- The blocks as computed now; what is the same is not touched.
with now_are as (
    select * from unnest($1::text[], $2::text[], $3::integer[], $4::integer[]) as b (prefix, kind, votes, numbers)),
gone as (
    delete from spam_ranges r where r.kind <> 'prefix'
    and not exists (select from now_are n where n.prefix = r.prefix and n.kind = r.kind))
insert into spam_ranges as known (prefix, kind, votes, numbers)
select prefix, kind, votes, numbers from now_are order by prefix, kind
on conflict (prefix, kind) do update set votes = excluded.votes, numbers = excluded.numbers, seen_at = now()
where (known.votes, known.numbers) is distinct from (excluded.votes, excluded.numbers);

-- name: mark_suspects
-- Numbers we talked with that a block or prefix names are carried to the question from now on.
update spoken_numbers s set suspect = true
where not suspect
  and (left(number, -1) in (select prefix from spam_ranges where kind = 'ten')
       or left(number, -2) in (select prefix from spam_ranges where kind = 'hundred')
       or exists (select from spam_ranges r where r.kind = 'prefix' and starts_with(s.number, r.prefix)));

-- name: prune_allow
-- Whoever pressed a digit long ago.
delete from spam_allow where until < now();

-- name: prune_passed
delete from spam_passed where at < now() - interval '400 days';

-- name: prune_legit
-- Evidence that has faded to nothing.
delete from spam_legit where spam_weight(weight, at) < 0.02;

-- name: prune_spoken
delete from spoken_numbers where last_at < now() - interval '400 days';

-- name: renew_directory
-- The directory is built anew, for what numbers are worth today.
insert into directory_changes (kind) values ('all');

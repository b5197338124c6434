-- name: claim_history
-- Read the history of the PBX $1 for $2 seconds, unless somebody does, or it is not time. One that was never read begins now.
insert into hosted_histories as known (pbx, claimed_until, read_until, deep_at)
values ($1, now() + $2::float8 * interval '1 second', now(), now())
on conflict (pbx) do update set claimed_until = excluded.claimed_until
where known.claimed_until < now() and known.next_at <= now()
returning begun_at, read_until, deep_at, now() as now, known.faults, known.halvings, known.least_halvings;

-- name: note_history
-- It was read until $2: $3 calls, of which $4 were not told of before by this process; $5 whether all of the last hours was.
-- The next time is halved $7 times, and no less than $8 while it is behind.
update hosted_histories
set read_until = greatest(read_until, $2), read_at = now(), told = $3, fresh = $4, fault = '', faults = 0,
    deep_at = case when $5 then now() else deep_at end,
    claimed_until = now(), next_at = now() + $6::float8 * interval '1 second', halvings = $7, least_halvings = $8
where pbx = $1;

-- name: note_history_fault
-- It could not be read for the reason $2, and is asked again in $3 seconds for a time halved $4 times, and no less than $5;
-- $6: what was too much was the look back.
update hosted_histories
set fault = $2, faults = faults + 1, fault_at = now(), halvings = $4, least_halvings = $5,
    deep_at = case when $6 then now() else deep_at end,
    claimed_until = now(), next_at = now() + $3::float8 * interval '1 second'
where pbx = $1
returning faults;

-- name: history_of
-- How the last reading of a PBX's history went.
select read_at, read_until, told, fault, fault_at, faults from hosted_histories where pbx = $1;

-- name: touch_streams
-- Creates or locks the rows of the streams about to be appended to.
insert into outbox_streams (stream)
select stream from unnest($1::text[]) as appended (stream)
on conflict (stream) do update set ver = outbox_streams.ver + 1, due = least(outbox_streams.due, now());

-- name: insert_events
-- Adds events unless their idem is known. One about a call that began before this database was restored may have been
-- delivered by the installation it stands in for: it is verified before it is sent.
insert into outbox (stream, kind, idem, payload, started_at)
select stream, kind, idem, payload, case
    when payload->>'call' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        and (payload->>'call')::uuid < (select before from restores order by restored_at desc limit 1) then now()
end
from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[]) with ordinality as appended (stream, kind, idem, payload, place)
where not exists (select from outbox_log l where l.idem = appended.idem)
  and not exists (select from outbox_dead d where d.idem = appended.idem)
order by place
on conflict (idem) do nothing;

-- name: claim_streams
-- Takes the lease of due streams, oldest first, passing over those other workers hold and those of shut accounts.
update outbox_streams set lease = now() + make_interval(secs => $2), claim = $3, waiting = null
where stream in (
    select stream from outbox_streams
    where not parked and due <= now() and lease < now() and (waiting is null or waiting <> all ($4::text[]))
    order by due limit $1 for update skip locked
)
returning stream, ver, fails;

-- name: fetch_events
-- First events of claimed streams. A statement of its own: one snapshot with the claim could miss what `ver` counts.
select event.* from unnest($1::text[]) as claimed (stream)
cross join lateral (
    select id, stream, kind, idem, payload, attempts, started_at is not null as unsure, created_at
    from outbox where outbox.stream = claimed.stream order by id limit $2
) as event
order by event.id;

-- name: renew_leases
-- Keeps the streams that are still being worked on.
with mine as (
    select s.stream from outbox_streams s
    join unnest($1::text[], $2::uuid[]) as held (stream, claim) on held.stream = s.stream and held.claim = s.claim
    for update of s skip locked
)
update outbox_streams s set lease = now() + make_interval(secs => $3) from mine where s.stream = mine.stream;

-- name: finish_events
-- Moves delivered events to the log.
with finished as (
    select * from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[]) as f (id, note, warning, took_ms)
), gone as (
    delete from outbox o using finished f where o.id = f.id returning o.*
)
insert into outbox_log (id, stream, kind, idem, attempts, note, warning, took_ms, created_at, payload)
select g.id, g.stream, g.kind, g.idem, g.attempts, f.note, f.warning, f.took_ms, g.created_at,
       case when g.kind = 'webhook' then g.payload end
from gone g join finished f on f.id = g.id
on conflict (id) do nothing;

-- name: bury_events
-- Moves given-up events to the dead letters.
with given_up as (
    select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
        as b (id, error_class, error, request, answer, parks)
), gone as (
    delete from outbox o using given_up b where o.id = b.id returning o.*
)
insert into outbox_dead (id, stream, kind, idem, payload, attempts, error_class, error, request, answer, parks, created_at)
select g.id, g.stream, g.kind, g.idem, g.payload, g.attempts, b.error_class, b.error, b.request, b.answer, b.parks, g.created_at
from gone g join given_up b on b.id = g.id
on conflict (id) do nothing;

-- name: defer_events
-- Notes a failed attempt of events whose stream is still ours.
update outbox o
set last_error = d.error,
    attempts = greatest(0, o.attempts - case when d.counts then 0 else 1 end),
    started_at = case when d.unsure then o.started_at end
from unnest($1::bigint[], $2::uuid[], $3::text[], $4::boolean[], $5::boolean[]) as d (id, claim, error, counts, unsure),
     outbox_streams s
where o.id = d.id and s.stream = o.stream and s.claim = d.claim;

-- name: start_events
-- Marks events as being sent, if their stream is still ours; what is not returned must not be sent.
update outbox o set attempts = o.attempts + 1, started_at = now()
from unnest($1::bigint[], $2::uuid[]) as n (id, claim), outbox_streams s
where o.id = n.id and s.stream = o.stream and s.claim = n.claim
returning o.id;

-- name: delete_finished_streams
-- Ends streams that are as the claim saw them. Skips rows an appender holds: the ledger comes back to them, for waiting
-- with locks held could make a ring with a transaction that appends to several streams.
with done as (
    select s.stream from outbox_streams s
    join unnest($1::text[], $2::uuid[], $3::bigint[]) as r (stream, claim, ver)
      on r.stream = s.stream and r.claim = s.claim and r.ver = s.ver
    for update of s skip locked
)
delete from outbox_streams s using done where s.stream = done.stream returning s.stream;

-- name: release_streams
-- Gives back leases, due again after `delay` seconds. Returns those it reached.
with mine as (
    select s.stream, r.delay, r.waiting, r.fails, r.parks from outbox_streams s
    join unnest($1::text[], $2::uuid[], $3::float8[], $4::text[], $5::integer[], $6::boolean[])
      as r (stream, claim, delay, waiting, fails, parks) on r.stream = s.stream and r.claim = s.claim
    for update of s skip locked
)
update outbox_streams s
set lease = '-infinity', claim = null, due = now() + make_interval(secs => mine.delay),
    waiting = mine.waiting, fails = mine.fails, parked = mine.parks
from mine where s.stream = mine.stream
returning s.stream;

-- name: lost_claims
-- Which of these claims somebody else has taken over, or are gone.
select r.stream from unnest($1::text[], $2::uuid[]) as r (stream, claim)
where not exists (select from outbox_streams s where s.stream = r.stream and s.claim = r.claim);

-- name: hold_account
-- Notes that an account needs a person.
insert into outbox_accounts (account, state, reason, until) values ($1, $2, $3, now() + make_interval(secs => $4))
on conflict (account) do update set state = excluded.state, reason = excluded.reason, until = excluded.until;

-- name: free_account
-- Forgets that an account needed a person.
delete from outbox_accounts where account = $1;

-- name: wake_waiting
-- Makes the streams due that waited for an account.
update outbox_streams set due = now(), waiting = null where waiting = $1 and claim is null;

-- name: held_accounts
-- Accounts that need a person, with the seconds they are still shut.
select account, state, reason, since, greatest(0, extract(epoch from until - now()))::float8 as seconds
from outbox_accounts order by account;

-- name: dead_letters
-- A page of dead letters, newest first; the cursor is the last row's (failed_at, id).
select id, stream, kind, idem, payload, attempts, error_class, error, request, answer, parks, created_at, failed_at
from outbox_dead
where ($1::text is null or kind = $1) and ($2::timestamptz is null or (failed_at, id) < ($2, $3::bigint))
order by failed_at desc, id desc limit $4;

-- name: dead_letter
-- One dead letter.
select id, stream, kind, idem, payload, attempts, error_class, error, request, answer, parks, created_at, failed_at
from outbox_dead where id = $1;

-- name: dead_kinds
-- How many dead letters there are of each kind.
select kind, count(*) as letters from outbox_dead group by kind order by kind;

-- name: dead_streams
-- Streams of these dead letters.
select distinct stream from outbox_dead where id = any ($1::bigint[]) order by stream;

-- name: revive
-- Puts dead letters back in their old places; one whose outcome was unknown is verified before it is sent again.
with taken as (delete from outbox_dead where id = any ($1::bigint[]) returning *)
insert into outbox (id, stream, kind, idem, payload, attempts, started_at, last_error, created_at)
select id, stream, kind, idem, payload, 0, case when error_class = 'unknown_outcome' then now() end, error, created_at
from taken
on conflict do nothing
returning id;

-- name: edit_dead_letter
-- Mends what will be sent.
update outbox_dead set payload = $2 where id = $1 returning id;

-- name: drop_dead_letters
-- Gives dead letters up for good.
delete from outbox_dead where id = any ($1::bigint[]) returning id;

-- name: unpark
-- Lets streams go on that no dead letter parks any more.
update outbox_streams s set parked = false, due = now(), fails = 0
where s.stream = any ($1::text[]) and s.parked
  and not exists (select from outbox_dead d where d.stream = s.stream and d.parks);

-- name: sweep
-- Makes a row for events that have no stream row: there should never be any.
insert into outbox_streams (stream)
select distinct o.stream from outbox o
where not exists (select from outbox_streams s where s.stream = o.stream)
on conflict (stream) do update set ver = outbox_streams.ver + 1, due = least(outbox_streams.due, now())
returning stream;

-- name: outbox_state
-- What the watchdog shows: the oldest due stream's age, what waits, what was given up, what is parked.
select
    coalesce(extract(epoch from now() - (
        select min(due) from outbox_streams where not parked and due <= now() and lease < now()
    )), 0)::float8 as oldest_due,
    (select count(*) from outbox) as waiting,
    (select count(*) from outbox_dead) as dead,
    (select count(*) from outbox_streams where parked) as parked;

-- name: prune_log
-- Forgets old deliveries, a batch at a time.
delete from outbox_log where id in (
    select id from outbox_log where at < now() - make_interval(days => $1) order by at limit $2
);

-- name: waiting_kinds
-- What waits, by kind.
select kind, count(*) as events, min(created_at) as oldest, max(attempts) as attempts
from outbox group by kind order by kind;

-- name: recent_deliveries
-- The newest deliveries.
select kind, stream, attempts, note, warning, took_ms, at from outbox_log order by at desc limit $1;

-- name: told
-- All that was to be delivered in the streams $1, in the order it was noted: what waits, was given up, was delivered. The
-- end of what a stream is about may ride in another one.
select told.* from (
    select o.id, asked.stream, coalesce(o.payload->>'event', o.kind) as what, 'waiting' as state, o.created_at as at, o.attempts,
        coalesce(o.last_error, '') as said, '' as warning, null::bigint as letter
    from unnest($1::text[]) as asked (stream)
    join outbox o on o.stream = asked.stream or o.idem in (asked.stream || ':finish', asked.stream || ':finish:again')
    union all
    select d.id, asked.stream, coalesce(d.payload->>'event', d.kind), 'given_up', d.failed_at, d.attempts, d.error, '', d.id
    from unnest($1::text[]) as asked (stream)
    join outbox_dead d on d.stream = asked.stream or d.idem in (asked.stream || ':finish', asked.stream || ':finish:again')
    union all
    select l.id, asked.stream, coalesce(l.payload->>'event', l.kind), 'delivered', l.at, l.attempts, l.note, l.warning, null
    from unnest($1::text[]) as asked (stream)
    join outbox_log l on l.stream = asked.stream or l.idem in (asked.stream || ':finish', asked.stream || ':finish:again')
) as told
order by told.id limit $2;

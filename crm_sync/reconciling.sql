-- name: to_compare_bitrix24
-- Calls of a CRM that began from $2 to before $3 and are over: $4 is the lowest id that one of them can have. What a
-- portal was told by webhook is an activity, and in no statistics.
select k.call_id, coalesce(k.remote_id, '') as remote_id, k.entity, k.finished_at is not null as is_told,
    exists (select from outbox o where o.stream = s.name) as waits,
    exists (select from outbox_dead d where d.idem in (s.name || ':register', s.name || ':finish', s.name || ':finish:again'))
        as given_up
from crm_calls k
join calls c on c.id = k.call_id and c.ended_at is not null and c.outcome <> 'merged'
cross join lateral (select 'bitrix24:' || k.connector_id || ':call:' || k.call_id as name) as s
where k.connector_id = $1 and k.call_id >= $4 and k.started_at >= $2 and k.started_at < $3
    and (k.remote_id is not null or k.finished_at is null)
order by k.call_id;

-- name: to_compare_amocrm
-- The same of those that an account was told; a call of a client whom nobody there has is told to nobody.
select k.call_id, '' as remote_id, k.entity, k.finished_at is not null as is_told, w.waits, w.given_up
from crm_calls k
join calls c on c.id = k.call_id and c.ended_at is not null and c.outcome <> 'merged'
cross join lateral (select 'amocrm:' || k.connector_id || ':call:' || k.call_id || ':finish' as idem) as s
cross join lateral (
    select exists (select from outbox o where o.idem in (s.idem, s.idem || ':again')) as waits,
        exists (select from outbox_dead d where d.idem in (s.idem, s.idem || ':again')) as given_up
) as w
where k.connector_id = $1 and k.call_id >= $4 and k.started_at >= $2 and k.started_at < $3
    and (k.finished_at is not null or w.waits or w.given_up)
order by k.call_id;

-- name: retell
-- A call that is not there, where it was not told again before: its end is not told any more. By when it was it is
-- looked for where amoCRM is told it again.
update crm_calls set tried_at = coalesce(finished_at, tried_at), finished_at = null, retold_at = $3
where connector_id = $1 and call_id = any ($2::uuid[]) and retold_at is null returning call_id;

-- name: keep
insert into crm_reconciliations
    (connector_id, at, since, until, sent, waiting, given_up, missing, retold, duplicates, elsewhere, found)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: last
select at, since, until, sent, waiting, given_up, missing, retold, duplicates, elsewhere, found
from crm_reconciliations where connector_id = $1 order by at desc limit 1;

-- name: compared_until
-- Where the last comparison that is believed ended (Compared.is_believed); else where the first one began.
select coalesce(max(until) filter (where sent >= missing), min(since)) from crm_reconciliations where connector_id = $1;

-- name: take_night
-- One process compares the calls of a night that began at $2.
update crm_connectors set reconciled_at = $3
where id = $1 and active and (reconciled_at is null or reconciled_at < $2) returning id;

-- name: give_night_back
update crm_connectors set reconciled_at = null where id = $1 and reconciled_at = $2;

-- name: prune
delete from crm_reconciliations where at < $1;

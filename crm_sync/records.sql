-- name: is_anyone_told
-- Whether any CRM is told of recordings.
select exists (select from crm_connectors where active and records <> 'none');

-- name: told_of_call
-- The CRMs that know a call and are told of recordings. Whoever else tells them of it is waited for.
select k.connector_id, k.call_id, c.kind, c.portal, c.enterprise, c.records, c.tells
from crm_calls k join crm_connectors c on c.id = k.connector_id and c.active and c.records <> 'none'
where k.call_id = $1 order by k.connector_id for update of k;

-- name: is_over
select exists (select from calls where id = $1 and ended_at is not null);

-- name: state
-- How far the recording of a call came there, and what the CRM is told.
select c.records, k.remote_id, k.finished_at, k.record_id, k.record_version, k.transcript_id
from crm_calls k join crm_connectors c on c.id = k.connector_id
where k.connector_id = $1 and k.call_id = $2;

-- name: record_told
update crm_calls set record_id = $3, record_version = $4, record_at = $5 where connector_id = $1 and call_id = $2;

-- name: transcript_told
update crm_calls set transcript_id = $3, transcript_at = $4 where connector_id = $1 and call_id = $2;

-- name: wanted
-- What of recordings a CRM is told.
select records from crm_connectors where id = $1;

-- name: want
update crm_connectors set records = $2 where id = $1;

-- name: connectors
select id from crm_connectors order by id;

-- name: prune
-- At most $3 calls of a CRM, of ids below $2, of which nothing waits and nothing was given up.
delete from crm_calls where connector_id = $1 and call_id in (
    select k.call_id from crm_calls k
    join crm_connectors c on c.id = k.connector_id
    cross join lateral (select c.kind || ':' || k.connector_id || ':call:' || k.call_id as name) as s
    where k.connector_id = $1 and k.call_id < $2
        and not exists (select from outbox o where o.stream = s.name or o.idem in (s.name || ':finish', s.name || ':finish:again'))
        and not exists (select from outbox_dead d where d.stream = s.name or d.idem in (s.name || ':finish', s.name || ':finish:again'))
    limit $3
);

-- name: prune_clients
-- Whom a number belonged to so long ago a search finds by now.
delete from crm_clients where seen_at < $1;

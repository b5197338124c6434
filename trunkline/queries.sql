-- name: spool_position
-- Where this node's writer is in one process's spool; the row lock keeps a second writer out.
select segment, "offset" from spool_positions where node = $1 and process = $2 for update;

-- name: start_spool_position
insert into spool_positions (node, process, segment, "offset") values ($1, $2, 0, 0) on conflict do nothing;

-- name: save_spool_position
update spool_positions set segment = $3, "offset" = $4, at = now() where node = $1 and process = $2;

-- name: keep_reject
-- A record nobody could read, kept whole.
insert into spool_rejects (id, node, process, kind, at, payload, reason)
values ($1, $2, $3, $4, to_timestamp($5), $6, $7);

-- name: doctor_counts
select (select count(*) from spool_rejects) as rejects,
       (select count(*) from outbox_dead) as dead,
       (select count(*) from alarms where cleared_at is null) as alarms,
       (select count(*) from lines where active) as lines,
       (select count(*) from pbxs where active) as pbxs,
       (select coalesce(max(version), 0) from plans) as plans;

-- name: doctor_spools
select process, segment from spool_positions where node = $1 order by process;

-- name: sealed_secrets
-- Every secret that the key outside the database sealed, with what a person calls its place; the whole of small tables.
select 'PBX' as kind, id as name, secrets as sealed from pbxs where secrets is not null
union all
select 'webhook', name, secret from webhook_endpoints
union all
select 'export', name, secret from export_destinations where secret is not null
union all
select 'source of costs', name, sealed from cost_feeds cross join lateral unnest(array[secret, token]) as sealed
where sealed is not null
union all
select 'CRM', name, secret from crm_connectors
union all
select 'sign-in at', c.name, sealed from crm_tokens t join crm_connectors c on c.id = t.connector_id
cross join lateral unnest(array[t.access, t.refresh]) as sealed
union all
select 'mailbox', name, secret from mailboxes
union all
select 'bot', username, token from bots
union all
select 'client at Google', client_id, secret from google_app
union all
select 'Google account of', p.name, sealed from google_accounts a join people p on p.id = a.person_id
cross join lateral unnest(array[a.access, a.refresh]) as sealed
union all
select 'tracker', queue, token from trackers
union all
select 'room', name, address from message_rooms
union all
select 'subscription of the PBX', pbx, address from pbx_subscriptions where address is not null
union all
select 'account at Chat2Desk', company, token from chat2desk_accounts
union all
select 'calendar of', p.name, f.access from calendar_feeds f join people p on p.id = f.person_id
union all
select 'second factor of', p.name, secret
from accounts a join people p on p.id = a.person_id
cross join lateral unnest(array[a.totp_secret, a.totp_pending]) as secret
where secret is not null
union all
select 'key of notifications', '', sealed from push_key
order by 1, 2;

-- name: try_abreast
-- Batches that take their locks in one round go side by side; the key is that of the writers.
select pg_try_advisory_xact_lock_shared(7245210);

-- name: go_abreast
select pg_advisory_xact_lock_shared(7245210);

-- name: try_alone
-- A batch of several rounds goes while no other does.
select pg_try_advisory_xact_lock(7245210);

-- name: go_alone
select pg_advisory_xact_lock(7245210);

-- name: lock_timeout
-- How long this transaction waits for a lock from now on; tells how long it would have.
select usual.setting from current_setting('lock_timeout') as usual (setting), set_config('lock_timeout', $1, true);

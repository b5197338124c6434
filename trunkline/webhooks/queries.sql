-- name: endpoints
-- All endpoints by name.
select id, name, url, secret, events, active, created_at from webhook_endpoints order by lower(name), id;

-- name: endpoint
-- One endpoint.
select id, name, url, secret, events, active, created_at from webhook_endpoints where id = $1;

-- name: add_endpoint
-- A new endpoint.
insert into webhook_endpoints (id, name, url, secret, events) values ($1, $2, $3, $4, $5);

-- name: change_endpoint
-- Everything but the secret.
update webhook_endpoints set name = $2, url = $3, events = $4, active = $5 where id = $1 returning id;

-- name: remove_endpoint
-- Forgets an endpoint; what waits for it is dropped when its turn comes.
delete from webhook_endpoints where id = $1 returning id;

-- name: subscribers
-- Which active endpoints want which of these events.
select e.id, named.event
from unnest($1::text[]) as named (event)
join webhook_endpoints e on e.active and (named.event = any (e.events) or '*' = any (e.events))
order by named.event, e.id;

-- name: delivered
-- What endpoint $1 was sent since $2, in its order, at most $3; not what was sent again.
select stream, idem, payload from outbox_log
where kind = 'webhook' and payload ->> 'endpoint' = $1::text and at >= $2 and not payload ? 'delivery'
order by id limit $3;

-- name: deliveries
-- What endpoint $1 was sent, is being sent, and was not taken by it, the latest first, behind $2 and id $3, at most $4;
-- $5 is what became of them, null for everything. What has no error yet was not tried, or is being tried the first time.
select * from (
    (select id, 'delivered' as state, stream, idem, attempts, note as said, warning, took_ms, at, payload
     from outbox_log
     where kind = 'webhook' and payload ->> 'endpoint' = $1::text
       and ($2::timestamptz is null or (at, id) < ($2, $3)) and coalesce($5, 'delivered') = 'delivered'
     order by at desc, id desc limit $4)
    union all
    (select id, case when last_error is null then 'waiting' else 'again' end, stream, idem, attempts, coalesce(last_error, ''), '', null, created_at, payload
     from outbox
     where kind = 'webhook' and payload ->> 'endpoint' = $1::text
       and ($2::timestamptz is null or (created_at, id) < ($2, $3)) and coalesce($5, 'waiting') = 'waiting'
     order by created_at desc, id desc limit $4)
    union all
    (select id, 'refused', stream, idem, attempts, error, '', null, failed_at, payload
     from outbox_dead
     where kind = 'webhook' and payload ->> 'endpoint' = $1::text
       and ($2::timestamptz is null or (failed_at, id) < ($2, $3)) and coalesce($5, 'refused') = 'refused'
     order by failed_at desc, id desc limit $4)
) as one
order by at desc, id desc limit $4;

-- name: delivered_once
-- What endpoint $1 was sent under the name $2.
select stream, idem, payload from outbox_log
where idem = $2 and kind = 'webhook' and payload ->> 'endpoint' = $1::text order by id desc limit 1;

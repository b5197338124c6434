-- name: keep_heard
-- Requests as they came, told as the JSON $1; one that is there stays, one of a PBX that is gone is nobody's.
insert into hooks_heard (
    id, pbx, at, verdict, name, call, steps, method, path, query, content_type, peer, body, answered
)
select
    told.id, told.pbx, told.at, verdict, told.name, call, steps, method, path, query, content_type, peer, body, answered
from jsonb_to_recordset($1::text::jsonb) as told (
    id uuid, pbx text, at timestamptz, verdict text, name text, call text, steps smallint, method text, path text,
    query text, content_type text, peer text, body text, answered text
)
join pbxs on pbxs.id = told.pbx
on conflict do nothing;

-- name: prune_heard
-- Of a PBX only the newest $2 are kept.
delete from hooks_heard
where pbx = $1 and id < (select id from hooks_heard where pbx = $1 order by id desc offset $2 - 1 limit 1);

-- name: heard
-- The newest requests of a PBX.
select id, at, verdict, name, call, steps, method, path, query, content_type, peer, body, answered
from hooks_heard where pbx = $1 order by id desc limit $2;

-- name: heard_since
-- How many requests of a PBX since $2 met which verdict, by event.
select verdict, name, count(*) as number, max(at) as last from hooks_heard
where pbx = $1 and at >= $2 group by verdict, name order by verdict, name;

-- name: hosted
-- Every PBX of the kinds $1, the inactive too.
select id, name, kind, settings, secrets, active, array(select text(ip) from unnest(allowed_ips) as ip) as networks,
    cardinality(token_hashes) as addresses
from pbxs where kind = any ($1::text[]) order by name, id;

-- name: save_hosted
-- Make a hosted PBX or change one; null secrets stay as they are.
insert into pbxs (id, name, kind, settings, secrets, active, allowed_ips, deadline_ms)
values ($1, $2, $3, $4, $5, $6, $7::text[]::cidr[], $8)
on conflict (id) do update
set name = excluded.name,
    settings = excluded.settings,
    secrets = coalesce(excluded.secrets, pbxs.secrets),
    active = excluded.active,
    allowed_ips = excluded.allowed_ips
where pbxs.kind = excluded.kind
returning id;

-- name: lines_of
-- How many lines come in by a PBX.
select count(*) from lines where pbx_id = $1;

-- name: subscription_rows
-- A row for every PBX of the kinds $1.
insert into pbx_subscriptions (pbx) select id from pbxs where kind = any ($1::text[]) and active
on conflict do nothing;

-- name: claim_subscription
-- The subscription whose turn it is; by $2 another worker may look after it.
update pbx_subscriptions set due_at = $2, visit = visit + 1
where pbx = (select pbx from pbx_subscriptions where due_at <= $1 order by due_at, pbx limit 1 for update skip locked)
returning pbx, address, id, made_for, until, renew_at, looked_at, ending, stray, heard_at, visit, fails,
    end_fails, end_at, left_at, left_said;

-- name: subscription
-- What is told of the subscription of a PBX.
select id, until, looked_at, cardinality(ending) as ending, failed_at, trouble, said, left_at, left_said
from pbx_subscriptions where pbx = $1;

-- name: subscription_soon
-- Its settings have changed: it is looked after now, and whether it lives is asked.
update pbx_subscriptions set due_at = now(), looked_at = null, fails = 0, end_fails = 0, end_at = null where pbx = $1;

-- name: history_soon
-- Its settings have changed: its history is asked for now.
update hosted_histories set next_at = now() where pbx = $1;

-- name: subscription_address
-- Its events are to go to another address, of the sealed secret $2; from $3 on the address is open.
insert into pbx_subscriptions (pbx, address, due_at) values ($1, $2, $3)
on conflict (pbx) do update set address = excluded.address, due_at = excluded.due_at;

-- name: keep_subscription
-- What the visit $2 has come to; nothing where another visit has begun.
update pbx_subscriptions
set id = $3, made_for = $4, until = $5, renew_at = $6, looked_at = $7, ending = $8, stray = $9,
    end_fails = $10, end_at = $11, left_at = $12, left_said = $13
where pbx = $1 and visit = $2 returning pbx;

-- name: end_later
-- Another visit has made a subscription meanwhile: ours, $2, is one too many.
update pbx_subscriptions set ending = array_append(ending, $2)
where pbx = $1 and id <> $2 and not $2 = any (ending);

-- name: subscription_in_order
-- The visit $2 is over.
update pbx_subscriptions
set due_at = $3, heard_at = $4, fails = 0, failed_at = null, trouble = '', said = ''
where pbx = $1 and visit = $2 returning pbx;

-- name: subscription_failed
-- The visit $2 could not do it; since when, and whether nothing is told meanwhile.
update pbx_subscriptions
set due_at = $3, fails = fails + 1, failed_at = coalesce(failed_at, $4), trouble = $5, said = $6
where pbx = $1 and visit = $2 returning failed_at;

-- name: heard_bodies
-- What came of a PBX since the id $2, to be read for its subscription.
select method, path, query, content_type, body from hooks_heard
where pbx = $1 and id >= $2 and verdict = 'fits' order by id desc limit 2000;

-- name: tokens_of
-- The hashes of the secrets that open an address of a PBX, and its kind and name.
select id, name, kind, settings, secrets, active, token_hashes from pbxs where id = $1;

-- name: routes_any
-- Whether any line of a PBX is routed by us.
select exists (select from lines where pbx_id = $1 and active and mode = 'route');

-- name: save_groups
-- Groups of a PBX as they were just seen, told as the JSON $2 in place of all there were.
with told as (
    select * from jsonb_to_recordset($2::text::jsonb) as told (
        queue text, place text, looked_at timestamptz, rung text[], due_on text[], due_off text[], absent text[],
        kept boolean, fault text
    )
), gone as (
    delete from groups_seen where pbx = $1 and not exists (select from told where told.queue = groups_seen.queue)
)
insert into groups_seen (pbx, queue, place, looked_at, rung, due_on, due_off, absent, kept, fault)
select $1, queue, place, looked_at, rung, due_on, due_off, absent, kept, fault from told
on conflict (pbx, queue) do update
set place = excluded.place, looked_at = excluded.looked_at, rung = excluded.rung, due_on = excluded.due_on,
    due_off = excluded.due_off, absent = excluded.absent, kept = excluded.kept, fault = excluded.fault;

-- name: fault_groups
-- The groups of a PBX could not be seen or switched: what was seen before stays. $2 and $3 are its queues and groups.
insert into groups_seen (pbx, queue, place, looked_at, fault)
select $1, queue, place, $4, $5 from unnest($2::text[], $3::text[]) as kept (queue, place)
on conflict (pbx, queue) do update set place = excluded.place, fault = excluded.fault;

-- name: groups_seen
-- The groups of a PBX as they were last seen.
select queue, place, looked_at, rung, due_on, due_off, absent, kept, fault from groups_seen where pbx = $1 order by queue;

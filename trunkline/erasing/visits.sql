-- name: of_calls
-- Visitors of the calls $1, and of the forms that were sent with the number $2.
select visitor from attributions where call_id = any ($1::uuid[]) and visitor is not null
union
select visitor from site_forms where phone = $2 and visitor is not null;

-- name: visits
-- The visits stay in the sums; whose they were cannot be told, nor joined with what Metrica or Google know.
update visits set visitor = fresh.id, ym = '', ga = '', ga_sessions = '', agent = '',
    landing = split_part(landing, '?', 1), referrer = split_part(referrer, '?', 1)
from unnest($1::uuid[], $2::uuid[]) as fresh (was, id) where visitor = fresh.was;

-- name: lease_current
update lease_current set visitor = fresh.id from unnest($1::uuid[], $2::uuid[]) as fresh (was, id) where visitor = fresh.was;

-- name: lease_history
update lease_history set visitor = fresh.id from unnest($1::uuid[], $2::uuid[]) as fresh (was, id) where visitor = fresh.was;

-- name: sites
-- The sites $1 (null: all) by name.
select id, key, name, hosts, target_seconds, unique_days, campaign_days from tracking_sites where $1::uuid[] is null or id = any ($1) order by active desc, name, key;

-- name: visits
-- Visits of site $1 from $2 up to $3 (ids $4 up to $5), and of how many a number was leased: alone, or shared.
select (select count(*) from visits where site_id = $1 and id >= $4 and id < $5 and started_at >= $2 and started_at < $3) as visits,
    count(distinct visit_id) filter (where kind <> 'shared') as alone, count(distinct visit_id) as numbered
from (
    select visit_id, kind from lease_history where site_id = $1 and id >= $4 and id < $5
    union all select visit_id, kind from lease_current where site_id = $1 and id >= $4 and id < $5
) as leased;

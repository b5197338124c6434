-- name: sites
-- The sites $1 (null: all) by name.
select id, key, name, hosts, target_seconds, unique_days, campaign_days from tracking_sites where $1::uuid[] is null or id = any ($1) order by active desc, name, key;

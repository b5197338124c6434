-- name: read_sites
select id, key, name, hosts, brand, city, consent, take, hold_minutes, beat_seconds
from tracking_sites where active;

-- name: read_placements
select p.site_id, p.name, p.number, p.selectors, p.pool_id
from tracking_placements p join tracking_sites s on s.id = p.site_id and s.active order by p.site_id, p.name;

-- name: read_pools
select id, name, city, most_sharing from tracking_pools;

-- name: read_numbers
-- What the numbers in use tell on day $1.
select n.number, n.pool_id, n.site_id, n.placement, n.source, n.channel, n.campaign, n.city
from tracking_numbers n join lines l using (number)
where n.since <= $1 and (n.until is null or n.until > $1) and l.state = 'active' and (n.pool_id is not null or n.site_id is not null)
order by n.number;

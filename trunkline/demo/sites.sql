-- name: has_sites
select exists (select from tracking_sites);

-- name: lines_of_city
-- Lines in use of a city, the last ones first: the first is an example of the README.
select number from lines where city = $1 and state = 'active' order by number desc;

-- name: add_pool
insert into tracking_pools (id, name, city, queue_id) values ($1, $2, $2, $3);

-- name: add_site
insert into tracking_sites (id, key, name, hosts, brand, city, queue_id) values ($1, $2, $3, $4, $5, $6, $7);

-- name: add_placement
insert into tracking_placements (id, site_id, name, number, pool_id) values ($1, $2, 'main', $3, $4);

-- name: add_number
insert into tracking_numbers (id, number, since, pool_id, source, channel, campaign)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: shops
select s.key, s.name, p.number from tracking_sites s join tracking_placements p on p.site_id = s.id and p.name = 'main'
where s.active and '127.0.0.1' = any (s.hosts) order by s.name;

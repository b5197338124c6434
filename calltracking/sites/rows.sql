-- name: list_sites
select s.id, s.key, s.name, s.hosts, s.brand, s.city, s.consent, s.take, s.hold_minutes, s.beat_seconds,
       s.active, s.queue_id as queue, s.target_seconds, s.unique_days, s.campaign_days,
       coalesce((select jsonb_agg(jsonb_build_object('name', p.name, 'number', p.number, 'selectors', p.selectors,
                                                     'pool', p.pool_id) order by p.name)
                 from tracking_placements p where p.site_id = s.id), '[]') as placements
from tracking_sites s
where $1::uuid is null or s.id = $1
order by s.active desc, s.name, s.key;

-- name: add_site
insert into tracking_sites (id, key, name, hosts, brand, city, consent, take, hold_minutes, beat_seconds, active,
                            queue_id, target_seconds, unique_days, campaign_days)
values ($1, $15, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: change_site
update tracking_sites
set name = $2, hosts = $3, brand = $4, city = $5, consent = $6, take = $7, hold_minutes = $8, beat_seconds = $9,
    active = $10, queue_id = $11, target_seconds = $12, unique_days = $13, campaign_days = $14
where id = $1;

-- name: site_of_key
select id from tracking_sites where key = $1;

-- name: set_placement
insert into tracking_placements (id, site_id, name, number, selectors, pool_id) values ($1, $2, $3, $4, $5, $6)
on conflict (site_id, name) do update
set number = excluded.number, selectors = excluded.selectors, pool_id = excluded.pool_id;

-- name: remove_placement
delete from tracking_placements where site_id = $1 and name = $2 returning name;

-- name: list_pools
select p.id, p.name, p.city, p.most_sharing, p.queue_id as queue, p.late_minutes,
       array(select n.number from tracking_numbers n
             where n.pool_id = p.id and n.since <= $2 and (n.until is null or n.until > $2) order by n.number) as numbers,
       array(select s.name from tracking_sites s where s.active and exists (
                 select from tracking_placements l where l.site_id = s.id and l.pool_id = p.id) order by s.name) as sites
from tracking_pools p
where $1::uuid is null or p.id = $1
order by p.name;

-- name: add_pool
insert into tracking_pools (id, name, city, most_sharing, queue_id, late_minutes) values ($1, $2, $3, $4, $5, $6);

-- name: change_pool
update tracking_pools set name = $2, city = $3, most_sharing = $4, queue_id = $5, late_minutes = $6 where id = $1;

-- name: list_queues
select id, name from queues order by name, id;

-- name: list_told
-- What numbers tell, by number and then the newest first, behind ($2, $3).
select n.id, n.number, n.since, n.until, n.pool_id as pool, n.site_id as site, n.placement, n.source, n.channel,
       n.campaign, n.city, n.note
from tracking_numbers n
where ($1::uuid is null or n.id = $1) and ($2::text is null or (n.number, n.id) > ($2, $3::uuid))
order by n.number, n.id
limit $4;

-- name: line_state
select state from lines where number = $1;

-- name: told_at_once
-- What else the number tells from $2 until $3.
select n.since, n.until, coalesce(p.name, nullif(concat_ws(' · ', nullif(n.source, ''), nullif(n.channel, ''),
       nullif(n.campaign, ''), nullif(n.city, ''), s.name), '')) as told
from tracking_numbers n left join tracking_pools p on p.id = n.pool_id left join tracking_sites s on s.id = n.site_id
where n.number = $1 and n.id <> $4 and daterange(n.since, n.until) && daterange($2, $3)
order by n.since limit 1;

-- name: add_told
insert into tracking_numbers (id, number, since, until, pool_id, site_id, placement, source, channel, campaign, city, note)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: end_told
-- It tells this until $2; what had not begun by then is gone.
update tracking_numbers set until = $2 where id = $1 and since < $2 and (until is null or until > $2) returning id;

-- name: drop_told
delete from tracking_numbers where id = $1 and since >= $2 returning id;

-- name: cities
-- The cities that numbers of site $1 tell on day $2, or will.
select distinct city from tracking_numbers
where site_id = $1 and city <> '' and (until is null or until > $2) order by city;

-- name: numbers_absent
-- Of the last 1,000 visits of site $1 with ids from $2 on: how many, and on how many none of its numbers was found.
select count(*) as visits, count(*) filter (where numbers_absent) as absent
from (select numbers_absent from visits where site_id = $1 and id >= $2 order by id desc limit 1000) as v;

-- name: clashes
-- Which scripts' doings were seen on site $1 since day $2: kind, on how many days, and when last.
select kind, count(*) as days, max(last_at) as last_at from tracking_clashes
where site_id = $1 and day >= $2 group by kind order by kind;

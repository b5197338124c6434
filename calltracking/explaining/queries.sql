-- name: told_numbers
-- What numbers $1 told on the days $2 (of calls $3): one source each, or whatever their pool leased them for. A number
-- without a source, which a site shows when its pool is out, tells nothing. Nothing either of a call that is explained
-- already: what was seen after it must not speak for it.
select a.call_id, n.pool_id, n.source, n.channel, n.campaign, coalesce(s.name, '') as site
from unnest($1::text[], $2::date[], $3::uuid[]) as a (number, day, call_id)
join tracking_numbers n
    on n.number = a.number and n.since <= a.day and (n.until is null or n.until > a.day)
   and (n.pool_id is not null or n.source <> '' or n.channel <> '' or n.campaign <> '')
left join tracking_sites s on s.id = n.site_id
where not exists (select from attributions x where x.call_id = a.call_id);

-- name: called_back
-- Which of calls $1 are ours to somebody who asked for them on a site, with the visit he asked in.
select d.call_id, c.line as number, c.number as client, f.visit_id, f.visitor, s.name as site, f.channel, f.source,
       f.medium, f.campaign, f.term, coalesce(v.landing, f.page) as landing
from unnest($1::uuid[]) as a (call_id)
join dials d on d.call_id = a.call_id and d.callback_id is not null
join callbacks c on c.id = d.callback_id
join lateral (
    select * from site_forms f
    where f.callback_id = d.callback_id and f.visit_id is not null and f.visitor is not null order by f.id limit 1
) as f on true
join tracking_sites s on s.id = f.site_id
left join visits v on v.id = f.visit_id
where not exists (select from attributions x where x.call_id = d.call_id);

-- name: explained
-- What explains calls $1.
select call_id, number, client, told_by, visit_id, visitor, site, channel, source, medium, campaign, term, landing, confidence,
       others, reasons
from attributions where call_id = any ($1::uuid[]) order by call_id;

-- name: candidates
-- Visits that were shown the number $1 before $2, the latest lease of each, at most $4; ids below $3 are too old. With
-- the touches of the number's link, and the telephones linked to the same visitor before call $5, as sure as $6: callers
-- once explained by him, and what he left in forms.
select l.visit_id, l.visitor, l.granted_at, v.seen_at, coalesce(s.name, '') as site,
       v.channel, v.source, v.medium, v.campaign, v.term, v.landing, v.region,
       array(select t.at from taps t
             where t.visit_id = l.visit_id and t.number = $1 and t.at <= $2 and t.id >= $3
             order by t.at desc limit 20) as taps,
       array(select a.client from attributions a
             where a.visitor = l.visitor and a.client <> '' and a.confidence >= $6 and a.call_id < $5
             union select f.phone from site_forms f where f.visitor = l.visitor and f.id < $5
             limit 20) as phones
from (
    select visit_id, visitor, site_id, max(granted_at) as granted_at
    from (
        select visit_id, visitor, site_id, granted_at
        from lease_current where number = $1 and granted_at <= $2
        union all
        (select visit_id, visitor, site_id, granted_at
         from lease_history where number = $1 and granted_at <= $2 and id >= $3
         order by granted_at desc limit $4)
    ) as leased
    group by visit_id, visitor, site_id
    order by granted_at desc, visit_id
    limit $4
) as l
join visits v on v.id = l.visit_id
left join tracking_sites s on s.id = l.site_id
order by l.granted_at desc, l.visit_id;

-- name: linked
-- Visitors whom the telephone $1 was linked to before call $2, as sure as $3, whatever they looked at.
(select a.visitor from attributions a
 where a.client = $1 and a.visitor is not null and a.confidence >= $3 and a.call_id < $2 order by a.call_id desc limit 20)
union
(select f.visitor from site_forms f
 where f.phone = $1 and f.visitor is not null and f.id < $2 order by f.id desc limit 20);

-- name: visits_by_region
-- Visits of the days from $1 on whose region of Russia is known, by its code.
select key, sum(visits)::float8 as visits from report_traffic where "by" = 'region' and day >= $1 and key ~ '^[0-9]+$' group by key;

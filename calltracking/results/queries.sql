-- name: unexplained
-- Calls to numbers that were tracked on their day (zone $5), from $1 up to $2 (ids $3 up to $4), that nothing explains,
-- by day, within the reach ($6 person, $7 departments, $8 lines).
select (c.started_at at time zone $5)::date as day, count(*)::integer as unexplained
from calls c
join tracking_numbers n on n.number = c.dialled and n.since <= (c.started_at at time zone $5)::date
    and (n.until is null or n.until > (c.started_at at time zone $5)::date)
where c.id >= $3 and c.id < $4 and c.started_at >= $1 and c.started_at < $2 and c.direction = 'in'
  and c.outcome in ('answered', 'missed', 'ringing')
  and not exists (select from attributions a where a.call_id = c.id)
  and ($6 = any (c.people) or (($7::uuid[] is null or c.departments && $7) and ($8::uuid[] is null or c.line_id = any ($8))))
group by 1;

-- name: rolled_traffic
-- Visits of the days $1 up to $2 by $3, without the days $4, the 2,000 largest; and of each day in all.
(select key, null::date as day, sum(visits)::bigint as visits, sum(visitors)::bigint as visitors, 0::bigint as unexplained
 from report_traffic where "by" = $3 and day >= $1 and day < $2 and not day = any ($4::date[])
 group by key order by visits desc limit 2000)
union all
select '', day, visits, visitors, unexplained
from report_traffic where "by" = '' and day >= $1 and day < $2 and not day = any ($4::date[]);

-- name: rolled_credits
-- What the model $5 gives, with what all give alike (-1), in the days $1 up to $2 by $3, without the days $4; of bands
-- from $6 on. The 2,000 largest; and of each day in all, with `unsure` calls of the bands below.
(select key, null::date as day, 0::bigint as unsure, sum(calls)::bigint as calls, sum(answered)::bigint as answered,
    sum(missed)::bigint as missed, sum(uniques)::bigint as uniques, sum(target)::bigint as target,
    sum(unique_target)::bigint as unique_target, sum(leads)::bigint as leads, sum(deals)::bigint as deals,
    sum(revenue)::bigint as revenue
 from report_credits
 where "by" = $3 and model in (-1, $5) and day >= $1 and day < $2 and band >= $6 and not day = any ($4::date[])
 group by key order by calls desc, revenue desc limit 2000)
union all
select '', day, coalesce(sum(calls) filter (where band < $6), 0)::bigint,
    coalesce(sum(calls) filter (where band >= $6), 0)::bigint, coalesce(sum(answered) filter (where band >= $6), 0)::bigint,
    coalesce(sum(missed) filter (where band >= $6), 0)::bigint, coalesce(sum(uniques) filter (where band >= $6), 0)::bigint,
    coalesce(sum(target) filter (where band >= $6), 0)::bigint,
    coalesce(sum(unique_target) filter (where band >= $6), 0)::bigint,
    coalesce(sum(leads) filter (where band >= $6), 0)::bigint, coalesce(sum(deals) filter (where band >= $6), 0)::bigint,
    coalesce(sum(revenue) filter (where band >= $6), 0)::bigint
from report_credits
where "by" = '' and model = -1 and day >= $1 and day < $2 and not day = any ($4::date[])
group by day;

-- name: costs
-- What was spent in the days $1 up to $2 by $3, in kopecks with VAT ($4) or without it; `is_sum` tells the sum.
select key, sum(kopecks)::bigint as cost, grouping(key) = 1 as is_sum
from (
    select case $3::text when 'channel' then channel when 'source' then source when 'campaign' then campaign
                         when 'keyword' then keyword when 'city' then city end as key,
        case when $4 then gross else net end as kopecks
    from tracking_costs where day >= $1 and day < $2
) as spent
group by grouping sets ((key), ());

-- name: own_sites
-- Every site, and whether all of its own numbers are of the lines $1.
select s.id, exists (select from tracking_placements p where p.site_id = s.id)
    and not exists (select from tracking_placements p left join lines l on l.number = p.number
                    where p.site_id = s.id and (l.id is null or l.id <> all ($1::uuid[]))) as own
from tracking_sites s;

-- name: rules_back
-- How far back the rules of any site look.
select coalesce(max(make_interval(hours => 24 * campaign_days)), '0') as visits,
    coalesce(max(make_interval(hours => 24 * unique_days)), '0') as calls
from tracking_sites;

-- name: target_talks
-- By how many seconds calls are target calls: those of sites, and $1 where a number tells something without one.
select target_seconds as seconds from tracking_sites
union select $1::integer where exists (select from tracking_numbers where site_id is null and pool_id is null);

-- name: changed_days
-- Days of the zone $3 from $1 up to $2 that are not rolled up, or changed since.
select distinct ((hour + slack) at time zone $3)::date as day
from tracking_changes cross join unnest(array[interval '0', interval '3599 s']) as slack
where hour > $1::timestamp at time zone $3 - interval '1 hour' and hour < $2::timestamp at time zone $3
order by 1;

-- name: rolled_zone
select zone from tracking_zone;

-- name: hold_roll_up
-- One machine rolls up at a time.
select pg_try_advisory_xact_lock(7245026);

-- name: begin_anew
-- The roll-up is of another zone, or none: every hour of which there is something is to be counted.
with gone as (delete from report_traffic), gone_too as (delete from report_credits), gone_rows as (delete from report_facts),
gone_visits as (delete from report_visits), gone_shares as (delete from report_shares), gone_sums as (delete from report_site_visits),
gone_months as (delete from report_months), noted as (
    insert into tracking_changes (hour)
    select date_trunc('hour', started_at, 'UTC') from visits
    union select date_trunc('hour', started_at, 'UTC') from calls where direction = 'in'
    union select date_trunc('hour', opened_at, 'UTC') from leads
    union select date_trunc('hour', opened_at, 'UTC') from deals
    union select (paid_on + interval '12 h') at time zone $1 from payments where cancelled_at is null
    on conflict do nothing
)
insert into tracking_zone (zone) values ($1) on conflict (the_row) do update set zone = excluded.zone;

-- name: settled_mark
-- Transactions before this one are over, and what they wrote is seen.
select pg_snapshot_xmin(pg_current_snapshot())::text;

-- name: take_hours
-- The hours of up to $1 days of the zone $2 to be rolled up, the latest first: whoever changed them was done by the mark $3.
-- An xid of the future comes from another life of this database, from before it was restored.
with settled as (
    select hour, xid, (hour at time zone $2)::date as day from tracking_changes
    where xid < $3::text::xid8 or xid >= pg_snapshot_xmax(pg_current_snapshot())
)
delete from tracking_changes as noted using settled
where noted.hour = settled.hour and noted.xid = settled.xid
    and settled.day in (select distinct day from settled order by day desc limit $1)
returning noted.hour;

-- name: clear_traffic
delete from report_traffic where day >= $1 and day < $2;

-- name: clear_credits
delete from report_credits where day >= $1 and day < $2;

-- name: keep_unexplained
insert into report_traffic (day, "by", key, visits, visitors, unexplained)
select day, '', '', 0, 0, unexplained from unnest($1::date[], $2::integer[]) as told (day, unexplained)
on conflict ("by", day, key) do update set unexplained = excluded.unexplained;

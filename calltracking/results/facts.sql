-- What is kept of each day row by row, and how it is read: names in braces as in pieces.sql. Days of the zone {zone} from
-- {first} up to {after} are read from what is kept, without {changed}; each stretch of those as it is.

-- name: incoming
-- Calls that came in, explained or not: as proofs and what is kept want them. A call is explained by a visit of its week.
select (c.started_at at time zone {zone})::date as day, c.id, c.started_at,
    case when c.client <> '' then hashtextextended(c.client, 0) end as client, c.dialled, c.line_id, c.departments, c.people,
    v.site_id as visit_site, a.told_by, a.confidence, coalesce(a.site, '') as site, c.outcome, c.talk_ms,
    c.has_gap or c.is_partial as is_cut,
    case
        when a.call_id is null then case when exists (
            select from lease_history l where l.number = c.dialled and l.id >= {week_low} and l.id < {high}
                and l.granted_at > c.started_at - interval '7 days' and l.granted_at <= c.started_at
        ) or exists (
            select from lease_current l where l.number = c.dialled
                and l.granted_at > c.started_at - interval '7 days' and l.granted_at <= c.started_at
        ) then '' else 'none' end
        when a.confidence < 0.5 and (exists (
            select from lease_history l where l.visit_id = a.visit_id and l.number = c.dialled and l.kind = 'shared'
                and l.id >= {week_low} and l.id < {high}
        ) or exists (
            select from lease_current l where l.visit_id = a.visit_id and l.number = c.dialled and l.kind = 'shared'
        )) then 'shared'
        else ''
    end as lease,
    a.visitor, a.channel, a.source, a.campaign, a.term, a.landing
from calls c
left join attributions a on a.call_id = c.id and a.call_id >= {low} and a.call_id < {high}
left join visits v on v.id = a.visit_id and v.id >= {week_low} and v.id < {high}
where c.id >= {low} and c.id < {high} and c.started_at >= {since} and c.started_at < {until} and c.direction = 'in'
  and c.outcome in ('answered', 'missed', 'ringing', 'screened')

-- name: keep_calls
insert into report_facts (day, kind, id, at, amount, heard_at, client, dialled, line_id, departments, people, visit_site,
    visitor, told_by, site, channel, source, campaign, term, landing, confidence, back, outcome, talk_ms, is_cut, lease,
    target, is_unique, is_unique_target)
select c.day, 'call', c.id, c.started_at, 0, c.started_at, c.client, c.dialled, c.line_id, c.departments, c.people,
    c.visit_site, c.visitor, c.told_by, c.site, coalesce(c.channel, ''), coalesce(c.source, ''), coalesce(c.campaign, ''),
    coalesce(c.term, ''), tracking_page(coalesce(c.landing, '')), coalesce(c.confidence, 0), coalesce(k.back, '0'),
    c.outcome, c.talk_ms, c.is_cut, c.lease, coalesce(k.target, false), coalesce(k.is_unique, false),
    coalesce(k.is_unique_target, false)
from ({incoming}) c left join tracking_conversions k on k.conversion = c.id and k.kind = 'call'
order by c.day, c.visit_site

-- name: keep_led
insert into report_facts (day, kind, id, at, amount, heard_at, led_by, dialled, line_id, departments, people, form_site,
    visitor, site, channel, source, campaign, term, landing, confidence, back, outcome, talk_ms, is_cut, lease, target,
    is_unique, is_unique_target)
select (k.at at time zone {zone})::date, k.kind, k.conversion, k.at, k.amount, k.heard_at, k.led_by, k.dialled, k.line_id,
    k.departments, k.people, k.form_site, k.person, k.site, k.channel, k.source, k.campaign, k.term,
    tracking_page(k.landing), k.confidence, k.back, '', 0, false, '', false, false, false
from tracking_conversions k where k.kind <> 'call' order by 1

-- name: visited
-- Visits to the sites {sites} (null: to all), and of what each is its visitor's first that day: {firsts}.
select seen.*, {firsts} as firsts
from (
    select (v.started_at at time zone {zone})::date as day, v.site_id, v.id, v.visitor, v.started_at, v.channel, v.source,
        v.campaign, v.term, v.page, v.device, v.place, coalesce(s.name, '') as site, coalesce(s.city, '') as city,
        lpad(extract(hour from v.started_at at time zone {zone})::text, 2, '0') as hour
    from {seen_raw} v left join tracking_sites s on s.id = v.site_id
    where v.id >= {low} and v.id < {high} and v.started_at >= {since} and v.started_at < {until}
      and ({sites}::uuid[] is null or v.site_id = any ({sites}::uuid[]))
) as seen

-- name: keep_visits
insert into report_visits
    (day, site_id, id, visitor, started_at, channel, source, campaign, term, page, device, place, hour, firsts)
select day, site_id, id, visitor, started_at, channel, source, campaign, term, page, device, place, hour, firsts
from ({visited}) as r order by day, site_id

-- name: keep_site_visits
insert into report_site_visits (day, site_id, visits, visitors)
select day, site_id, count(*), count(*) filter (where firsts & 1 = 1)
from report_visits where day >= {first} and day < {after} group by day, site_id

-- name: keep_traffic
-- A visitor of two sites is one of the company's.
insert into report_traffic (day, "by", key, visits, visitors, of_sites)
select day, rows."by", rows.key, count(*), count(distinct visitor), count(*) filter (where firsts >> bit & 1 = 1)
from (
    select r.*, coalesce(s.name, '') as site, coalesce(s.city, '') as city
    from report_visits r left join tracking_sites s on s.id = r.site_id
) as r cross join lateral (values {rows}) as rows (bit, "by", key)
where day >= {first} and day < {after}
group by day, rows."by", rows.key

-- name: mark_days
insert into report_traffic (day, "by", key, visits, visitors, has_facts, has_shares)
select day::date, '', '', 0, 0, true, true from generate_series({first}::date, {after}::date - 1, interval '1 day') as days (day)
on conflict ("by", day, key) do update set has_facts = true, has_shares = true

-- name: note_led
-- What a call led to is counted on another day than the call: where the call is told otherwise now, so is that day.
insert into tracking_changes (hour)
select distinct date_trunc('hour', k.at, 'UTC')
from report_facts c join report_facts k on k.led_by = c.id
where c.kind = 'call' and c.day >= {first} and c.day < {after} and not (k.day >= {first} and k.day < {after})
  and (k.line_id, k.departments, k.people, k.visitor, k.site, k.channel, k.source, k.campaign, k.term, k.landing, k.confidence)
      is distinct from
      (c.line_id, c.departments, c.people, c.visitor, c.site, c.channel, c.source, c.campaign, c.term, c.landing, c.confidence)
on conflict do nothing

-- name: clear_facts
delete from report_facts where day >= {first} and day < {after}

-- name: clear_visits
delete from report_visits where day >= {first} and day < {after}

-- name: clear_site_visits
delete from report_site_visits where day >= {first} and day < {after}

-- name: not_kept
-- Days that were rolled up and of which nothing is kept, from {first} up to {after}, the latest {most}.
select day from (
    select day from report_traffic where "by" = '' and day >= {first} and day < {after}
    union select day from report_credits where "by" = '' and model = -1 and day >= {first} and day < {after}
) as rolled
where not exists (select from report_traffic t where t."by" = '' and t.day = rolled.day and t.has_shares)
order by day desc limit {most}

-- name: kept_days
-- Visits of each day to the sites {sites}.
select day, sum(visits)::integer as visits, sum(visitors)::integer as visitors
from report_site_visits
where day >= {first} and day < {after} and not day = any ({changed}::date[]) and site_id = any ({sites}::uuid[])
group by day

-- name: kept_sites
-- The same visits by site or city.
select {key} as key, sum(r.visits)::integer as visits, sum(r.visitors)::integer as visitors
from report_site_visits r left join tracking_sites s on s.id = r.site_id
where r.day >= {first} and r.day < {after} and not r.day = any ({changed}::date[]) and r.site_id = any ({sites}::uuid[])
group by 1

-- name: loose
-- Days of {days} of no month that is summed: asked by the statement that reads those, for one may be counted anew meanwhile.
array(
    select day from unnest({days}::date[]) as days (day)
    where not exists (
        select from report_months m
        where m."by" = 'channel' and m.month = date_trunc('month', day) and m.month = any ({months}::date[])
    )
)

-- name: hidden
-- Sites with visits that are not his: an array, for of a join the planner believes that it reads most of them.
array(
    select distinct site_id from report_site_visits
    where day >= {first} and day < {after} and site_id <> all ({sites}::uuid[])
)

-- name: kept_rows
-- The same by what each visit says itself: of those of {months} that are summed, and of the other days.
select key, sum(visits)::integer as visits, sum(visitors)::integer as visitors
from (
    select key, visits, visitors from report_months
    where "by" = {by} and month = any ({months}::date[]) and site_id = any ({sites}::uuid[])
    union all
    select {key}, 1, firsts >> {bit}::integer & 1 from report_visits
    where day = any ({loose}) and site_id = any ({sites}::uuid[])
) as told
group by key

-- name: kept_rest
-- The same, of who sees most sites: what all of them come to, less what the others do.
select key, sum(visits)::integer as visits, sum(visitors)::integer as visitors
from (
    select key, visits, visitors from report_months
    where "by" = {by} and month = any ({months}::date[]) and site_id = {all_sites}
    union all
    select key, visits, of_sites from report_traffic where "by" = {by} and day = any ({loose})
    union all
    select key, -visits, -visitors from report_months
    where "by" = {by} and month = any ({months}::date[]) and site_id = any ({hidden})
    union all
    select {key}, -1, -(firsts >> {bit}::integer & 1) from report_visits
    where day = any ({loose}) and site_id = any ({hidden})
) as told
group by key having sum(visits) > 0

-- name: clear_months
delete from report_months where month >= date_trunc('month', {first}::date) and month < {after}

-- name: not_summed
-- The latest month that is over, of which every day is kept and nothing changed, and that is not summed yet. A payment may
-- be dated in days to come, which end no month.
select month from (
    select distinct date_trunc('month', day)::date as month from report_site_visits
) as visited
where month < (select date_trunc('month', least(max(day), (now() at time zone {zone})::date)) from report_traffic)
  and exists (select from report_visits v where v.day >= month and v.day < month + interval '1 month')
  and not exists (select from report_months m where m.month = visited.month)
  and not exists (select from tracking_changes c where c.hour >= month::timestamp at time zone {zone} - interval '1 hour'
                  and c.hour < (month + interval '1 month') at time zone {zone})
  and not exists (select from report_traffic t where t."by" = '' and not t.has_shares
                  and t.day >= month and t.day < month + interval '1 month')
order by month desc limit 1

-- name: sum_month
-- Of each site, and of {all_sites} together.
insert into report_months (month, site_id, "by", key, visits, visitors)
select {month}, coalesce(site_id, {all_sites}), rows."by", rows.key, count(*), count(*) filter (where firsts >> bit & 1 = 1)
from report_visits cross join lateral (values {rows}) as rows (bit, "by", key)
where day >= {month} and day < {month}::date + interval '1 month'
group by grouping sets ((site_id, rows."by", rows.key), (rows."by", rows.key))

-- name: fresh_traffic
-- Visits to the sites {sites} (null: to all), as they are: of each day, and by row in all.
select day, {key} as key, count(*)::integer as visits,
    case when grouping(day) = 0 then count(*) filter (where firsts & 1 = 1)
         else count(*) filter (where firsts >> 1 & 1 = 1) end::integer as visitors
from ({visited}) as r
group by grouping sets ((day), ({key}))

-- name: kept_unexplained
-- Calls to numbers that were tracked on their day, that nothing explains, within the reach.
select count(*)
from report_facts c
join tracking_numbers n on n.number = c.dialled and n.since <= c.day and (n.until is null or n.until > c.day)
where c.kind = 'call' and c.visit_site is null and c.told_by is null and c.outcome <> 'screened'
  and c.day >= {first} and c.day < {after} and not c.day = any ({changed}::date[]) and {reach}

-- name: kept_calls
select day, id, at as started_at, client, dialled, line_id, departments, people, told_by, confidence, site, outcome, talk_ms, is_cut,
    lease
from report_facts where kind = 'call' and day >= {first} and day < {after} and not day = any ({changed}::date[])

-- name: fresh_calls
select day, id, started_at, client, dialled, line_id, departments, people, told_by, confidence, site, outcome, talk_ms, is_cut,
    lease
from ({incoming}) as i where true

-- name: kept_moments
select started_at from report_visits
where site_id = {site} and day >= {first} and day < {after} and not day = any ({changed}::date[])

-- name: fresh_moments
select started_at from visits
where site_id = {site} and id >= {low} and id < {high} and started_at >= {since} and started_at < {until}

-- Names in braces as in calltracking/results/facts.sql: {calls} are calls that came in, as they are kept, or what they are
-- where they changed since.

-- name: own
visit_site = {site}

-- name: unexplained
visit_site is null

-- name: calls
-- Calls to the numbers of {site} on the days from {since} up to {until}, within the reach, counted by day, line, kind of
-- number, why their source is unknown and how sure it is. Calls of other sites' visitors to a shared pool are theirs.
-- {target}: the talk of a target call, {repeat}: for how long a number must have talked with nobody to be unique.
with numbers as (
    select n.number, n.since, n.until, false as always, case when n.pool_id is not null then 'pool'
        when n.source = '' and n.channel = '' and n.campaign = '' then 'own' else 'static' end as kind
    from tracking_numbers n
    where n.since < {until} and (n.until is null or n.until > {since})
      and (n.site_id = {site} or n.pool_id in (select pool_id from tracking_placements where site_id = {site}))
    union all
    select distinct p.number, '-infinity'::date, null::date, true, 'own' from tracking_placements p where p.site_id = {site}
), heard as (
    select c.id, c.started_at, c.day, c.client, c.dialled, c.line_id, c.departments, c.people, n.kind, c.is_cut as cut, c.outcome, c.told_by, c.confidence, c.lease,
        c.outcome = 'answered' as answered, c.outcome = 'answered' and c.talk_ms >= {target} as target
    from numbers n
    join {calls} as c on c.dialled = n.number and c.day >= n.since and (n.until is null or c.day < n.until)
    where not (n.always and exists (
            select from tracking_numbers t where t.number = n.number and t.since <= c.day and (t.until is null or t.until > c.day)))
), counted as (
    select heard.*, max(started_at) filter (where answered) over before as talked
    from heard
    window before as (partition by client, case when client is null then id end order by started_at, id
                      rows between unbounded preceding and 1 preceding)
), judged as (
    select c.*, answered and (talked is null or talked <= started_at - {repeat}::interval) as is_unique,
        case
            when outcome = 'screened' then ''
            when kind = 'own' then 'own'
            when confidence >= 0.5 then ''
            when told_by is not null then case when lease = 'shared' then 'shared' else 'several' end
            when cut then 'cut'
            when kind = 'pool' and lease = 'none' then 'nobody'
            else 'other'
        end as why
    from counted c
    where day >= {since} and day < {until} and {reach}
)
select day, dialled as number, kind, why, outcome = 'screened' as screened,
    case when told_by is null then 'none' when told_by = 'number' then 'number' when confidence >= 0.9 then 'sure'
         when confidence >= 0.5 then 'likely' else 'unsure' end as band,
    count(*)::integer as calls, (count(*) filter (where answered))::integer as answered,
    (count(*) filter (where outcome = 'missed'))::integer as missed,
    (count(*) filter (where target))::integer as target, (count(*) filter (where is_unique))::integer as uniques,
    coalesce(sum(confidence) filter (where told_by = 'visit'), 0)::float8 as certainty
from judged
group by 1, 2, 3, 4, 5, 6;

-- name: visits
-- Visits of {site} from {since} up to {until} ({visits} says when they began; ids of leases {low} up to {high}), and of how many
-- a number was leased: alone, or shared.
select (select count(*) from {visits} as v where v.started_at >= {since} and v.started_at < {until}) as visits,
    count(distinct visit_id) filter (where kind <> 'shared') as alone, count(distinct visit_id) as numbered
from (
    select visit_id, kind from lease_history where site_id = {site} and id >= {low} and id < {high}
    union all select visit_id, kind from lease_current where site_id = {site} and id >= {low} and id < {high}
) as leased

-- name: hours
-- The site's visits that began between {since} and {until}, by the hour.
select date_trunc('hour', v.started_at, 'UTC') as hour, count(*)::integer as visits
from {visits} as v where v.started_at >= {since} and v.started_at < {until} group by 1

-- name: near
-- Calls in that may have led to what was reached, of one of the tables of calls; the condition twice, so that the few numbers
-- are hashed and not the year's calls.
select m.id, c.id as call_id, c.started_at, c.dialled, c.told_by is not null and c.outcome <> 'screened' as explained, c.site
from reached m join {calls} as c on c.client = hashtextextended(m.number, 0)
where c.started_at <= m.at + interval '10 minutes' and c.started_at > m.at - {back}::interval
  and c.client in (select hashtextextended(number, 0) from reached)

-- name: deals
-- Deals opened from {since} up to {until} by what they lack for a source: led by a call or form of a site of the name {name},
-- of another site, or by none; {back}: how far before it was opened. What a deal is known by is the lead's number, the
-- contact's, else those of the company's contacts.
with asked as (
    select d.id, d.opened_at as at, d.lead_id, l.phone, coalesce(d.contact_id, l.contact_id) as contact_id,
        coalesce(d.company_id, l.company_id) as company_id
    from deals d left join leads l on l.id = d.lead_id
    where d.opened_at >= {since} and d.opened_at < {until}
)
{reached}
, near as (
{near}
), called as (
    select near.id, bool_or(t.number is not null) as tracked
    from near left join (select distinct number from tracking_numbers) as t on t.number = near.dialled
    group by near.id
), call as (
    select distinct on (id) id, site from near where explained order by id, started_at desc, call_id
), form as (
    select distinct on (told.id) told.id, s.name as site
    from (
        select m.id, m.at as opened_at, f.id as form, f.at, f.site_id from reached m join site_forms f on f.phone = m.number
        union all
        select asked.id, asked.at, f.id, f.at, f.site_id from asked join site_forms f on f.lead_id = asked.lead_id
    ) as told join tracking_sites s on s.id = told.site_id
    where told.at <= told.opened_at + interval '10 minutes' and told.at > told.opened_at - {back}::interval
    order by told.id, told.at desc, told.form
), looked as (
    select asked.id, called.id is not null as any_call, tracked, call.site as call_site, form.site as form_site,
        asked.id in (select id from reached) as known
    from asked left join called using (id) left join call using (id) left join form using (id)
)
select case when call_site = {name} then 'call' when form_site = {name} then 'form'
            when coalesce(call_site, form_site) is not null then 'elsewhere'
            when not known then 'no_number' when not any_call then 'no_call'
            when tracked then 'unexplained' else 'untracked' end as state,
    count(*)::integer as deals
from looked group by 1;

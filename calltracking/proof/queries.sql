-- name: sites
-- The sites $1 (null: all) by name.
select id, key, name, hosts, target_seconds, unique_days, campaign_days from tracking_sites where $1::uuid[] is null or id = any ($1) order by active desc, name, key;

-- name: calls
-- Calls to the numbers of site $1 on days from $2 up to $3 of zone $4 (ids from $5 up to $6; visits and leases from $7),
-- within the reach ($8 person, $9 departments, $10 lines), counted by day, line, kind of number, why their source is unknown
-- and how sure it is. Calls of other sites' visitors to a shared pool are theirs. $11: the talk of a target call, $12: for
-- how long a number must have talked with nobody to be unique.
with numbers as (
    select n.number, n.since, n.until, false as always, case when n.pool_id is not null then 'pool'
        when n.source = '' and n.channel = '' and n.campaign = '' then 'own' else 'static' end as kind
    from tracking_numbers n
    where n.since < $3 and (n.until is null or n.until > $2)
      and (n.site_id = $1 or n.pool_id in (select pool_id from tracking_placements where site_id = $1))
    union all
    select distinct p.number, '-infinity'::date, null::date, true, 'own' from tracking_placements p where p.site_id = $1
), heard as (
    select c.id, c.started_at, (c.started_at at time zone $4)::date as day, c.client, c.dialled, n.kind,
        c.has_gap or c.is_partial as cut, c.outcome, a.told_by, a.confidence, a.visit_id,
        c.outcome = 'answered' as answered, c.outcome = 'answered' and c.talk_ms >= $11 as target
    from numbers n
    join calls c on c.dialled = n.number and c.id >= $5 and c.id < $6 and c.direction = 'in'
        and c.outcome in ('answered', 'missed', 'ringing', 'screened')
        and (c.started_at at time zone $4)::date >= n.since
        and (n.until is null or (c.started_at at time zone $4)::date < n.until)
    left join attributions a on a.call_id = c.id and a.call_id >= $5 and a.call_id < $6
    left join visits v on v.id = a.visit_id and v.id >= $7 and v.id < $6
    where (v.site_id is null or v.site_id = $1)
      and ($8 = any (c.people) or (($9::uuid[] is null or c.departments && $9) and ($10::uuid[] is null or c.line_id = any ($10))))
      and not (n.always and exists (
            select from tracking_numbers t where t.number = n.number and t.since <= (c.started_at at time zone $4)::date
              and (t.until is null or t.until > (c.started_at at time zone $4)::date)))
), counted as (
    select heard.*, max(started_at) filter (where answered) over before as talked
    from heard
    window before as (partition by coalesce(nullif(client, ''), id::text) order by started_at, id
                      rows between unbounded preceding and 1 preceding)
), leased as (
    select number, granted_at, visit_id, kind from lease_history
    where number in (select number from numbers where kind = 'pool') and id >= $7 and id < $6
    union all
    select number, granted_at, visit_id, kind from lease_current where number in (select number from numbers where kind = 'pool')
), shared as (
    select distinct visit_id, number from leased where kind = 'shared'
), before_it as (
    -- Leases and calls of a number in one row of time: the last lease before each call, without a look-up a call.
    select call_id, max(at) filter (where call_id is null) over (partition by number order by at, call_id nulls first
        rows between unbounded preceding and current row) as leased_at
    from (
        select number, granted_at as at, null::uuid as call_id from leased
        union all select dialled, started_at, id from counted where kind = 'pool' and told_by is null
    ) as in_time
), judged as (
    select counted.*, answered and (talked is null or talked <= started_at - $12::interval) as is_unique,
        case
            when outcome = 'screened' then ''
            when kind = 'own' then 'own'
            when confidence >= 0.5 then ''
            when told_by is not null then case when shared.visit_id is not null then 'shared' else 'several' end
            when cut then 'cut'
            when kind = 'pool' and (leased_at is null or leased_at <= started_at - interval '7 days') then 'nobody'
            else 'other'
        end as why
    from counted
    left join shared on shared.visit_id = counted.visit_id and shared.number = dialled
    left join before_it on before_it.call_id = counted.id
    where day >= $2 and day < $3
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
-- Visits of site $1 from $2 up to $3 (ids $4 up to $5), and of how many a number was leased: alone, or shared.
select (select count(*) from visits where site_id = $1 and id >= $4 and id < $5 and started_at >= $2 and started_at < $3) as visits,
    count(distinct visit_id) filter (where kind <> 'shared') as alone, count(distinct visit_id) as numbered
from (
    select visit_id, kind from lease_history where site_id = $1 and id >= $4 and id < $5
    union all select visit_id, kind from lease_current where site_id = $1 and id >= $4 and id < $5
) as leased;

-- name: deals
-- Deals opened from $1 up to $2 by what they lack for a source, calls and forms looked at from id $3 up to $4: led by a
-- call or form of a site of the name $5, of another site, or by none; $6: how far before it was opened. What a deal is known by is the lead's number, the
-- contact's, else those of the company's contacts.
with asked as (
    select d.id, d.opened_at, d.lead_id, l.phone, coalesce(d.contact_id, l.contact_id) as contact_id,
        coalesce(d.company_id, l.company_id) as company_id
    from deals d left join leads l on l.id = d.lead_id
    where d.opened_at >= $1 and d.opened_at < $2
), reached as (
    select id, opened_at, phone as number from asked where phone is not null
    union select asked.id, opened_at, n.number from asked join contact_phones n using (contact_id)
    union select asked.id, opened_at, n.number
    from asked join contacts k on k.company_id = asked.company_id join contact_phones n on n.contact_id = k.id
    where asked.contact_id is null and asked.phone is null
), near as (
    select m.id, c.id as call_id, c.started_at, c.direction, c.dialled, a.call_id is not null as explained, a.site
    from reached m
    join calls c on c.client = m.number and c.client <> '' and c.id >= $3 and c.id < $4
    left join attributions a on a.call_id = c.id and a.call_id >= $3 and a.call_id < $4
    where c.started_at <= m.opened_at + interval '10 minutes' and c.started_at > m.opened_at - $6::interval
), called as (
    select near.id, bool_or(t.number is not null) as tracked
    from near left join (select distinct number from tracking_numbers) as t on t.number = near.dialled
    where near.direction = 'in' group by near.id
), call as (
    select distinct on (id) id, site from near where explained order by id, started_at desc, call_id
), form as (
    select distinct on (told.id) told.id, s.name as site
    from (
        select m.id, m.opened_at, f.id as form, f.at, f.site_id from reached m join site_forms f on f.phone = m.number
        union all
        select asked.id, asked.opened_at, f.id, f.at, f.site_id from asked join site_forms f on f.lead_id = asked.lead_id
    ) as told join tracking_sites s on s.id = told.site_id
    where told.at <= told.opened_at + interval '10 minutes' and told.at > told.opened_at - $6::interval
    order by told.id, told.at desc, told.form
), looked as (
    select asked.id, called.id is not null as any_call, tracked, call.site as call_site, form.site as form_site,
        asked.id in (select id from reached) as known
    from asked left join called using (id) left join call using (id) left join form using (id)
)
select case when call_site = $5 then 'call' when form_site = $5 then 'form'
            when coalesce(call_site, form_site) is not null then 'elsewhere'
            when not known then 'no_number' when not any_call then 'no_call'
            when tracked then 'unexplained' else 'untracked' end as state,
    count(*)::integer as deals
from looked group by 1;

-- Pieces of statements: a name in braces is another piece or the number of an argument (statements.py), $1 … are the models'
-- own.

-- name: seen_raw
-- Visits as they are.
(select id, visitor, site_id, started_at, channel, source, campaign, term, tracking_page(landing) as page,
    tracking_device(agent) as device, coalesce(nullif(region, ''), country) as place
 from visits)

-- name: touches
-- Visits that may be given something of what began from {since} up to {until}.
select v.id as touch, v.visitor as person, v.started_at as at, v.channel = 'Direct' as direct, null::text as what
from {seen_raw} v
where v.id >= {touch_low} and v.id < {high}

-- name: touches_laid
select v.id as touch, v.visitor as person, v.started_at as at, v.channel = 'Direct' as direct, null::text as what
from tracking_touches v

-- name: sureness
case when k.confidence >= 0.9 then 2 when k.confidence >= 0.5 then 1 else 0 end::smallint

-- name: heard
-- Calls with a source, and the leads, deals and payments, each with the latest call or form of the person that led to it,
-- whoever reads. Each by the rules of its site, of none by {target}, {repeat}, {window}: a call is unique where its number
-- talked with nobody of the site for so long.
with heard as (
    select c.id, c.started_at, c.client, c.dialled, c.line_id, c.departments, c.people, a.visitor, a.site, a.channel, a.source,
        a.campaign, a.term, a.landing, a.confidence, c.outcome = 'answered' as answered, c.outcome = 'missed' as missed,
        c.outcome = 'answered' and c.talk_ms >= coalesce(r.target_ms, {target}) as target,
        coalesce(r.repeat, {repeat}::interval) as repeat, coalesce(r.back, {window}::interval) as back
    from attributions a join calls c on c.id = a.call_id and c.id >= {repeat_low} and c.id < {high}
    left join tracking_rules r on r.site = a.site
    where a.call_id >= {repeat_low} and a.call_id < {high} and c.outcome in ('answered', 'missed', 'ringing')
      and c.started_at >= {since}::timestamptz - coalesce(r.repeat, {repeat}::interval)
), counted as (
    select heard.*,
        max(started_at) filter (where answered) over before as talked,
        max(started_at) filter (where target) over before as met
    from heard
    window before as (partition by site, coalesce(nullif(client, ''), id::text) order by started_at, id
                      rows between unbounded preceding and 1 preceding)
)

-- name: asked
, asked as (
    select l.id, 'lead' as kind, l.opened_at as at, 0::bigint as amount, l.phone, l.contact_id, l.company_id
    from leads l where l.opened_at >= {since} and l.opened_at < {until}
    union all
    select d.id, 'deal', d.opened_at, 0, l.phone, coalesce(d.contact_id, l.contact_id), coalesce(d.company_id, l.company_id)
    from deals d left join leads l on l.id = d.lead_id
    where d.opened_at >= {since} and d.opened_at < {until}
    union all
    select p.id, 'payment', (p.paid_on + time '23:59:59') at time zone {zone}, round(100 * p.amount)::bigint, l.phone,
        coalesce(p.contact_id, o.contact_id, d.contact_id, l.contact_id),
        coalesce(p.company_id, o.company_id, d.company_id, l.company_id)
    from payments p
    left join invoices i on i.id = p.invoice_id
    left join orders o on o.id = coalesce(p.order_id, i.order_id)
    left join deals d on d.id = o.deal_id
    left join leads l on l.id = d.lead_id
    where p.cancelled_at is null and p.paid_on >= ({since} at time zone {zone})::date
      and p.paid_on < ({until} at time zone {zone})::date
)

-- name: reached
, reached as (
    select id, at, phone as number from asked where phone is not null
    union select asked.id, asked.at, n.number from asked join contact_phones n using (contact_id)
    union select asked.id, asked.at, n.number
    from asked join contacts k on k.company_id = asked.company_id join contact_phones n on n.contact_id = k.id
    where asked.contact_id is null and asked.phone is null
)

-- name: led
, near as (
    select m.id, a.visitor, a.site, a.channel, a.source, a.campaign, a.term, a.landing, a.confidence, c.dialled, c.started_at,
        coalesce(r.back, {window}::interval) as back, c.id as led_by, c.line_id, c.departments, c.people, null::uuid as form_site
    from reached m
    join calls c on c.client = m.number and c.id >= {touch_low} and c.id < {high}
    join attributions a on a.call_id = c.id and a.call_id >= {touch_low} and a.call_id < {high}
    left join tracking_rules r on r.site = a.site
    where c.started_at <= m.at + interval '10 minutes'
      and c.started_at > m.at - coalesce(r.back, {window}::interval)
      and c.client <> '' and c.outcome in ('answered', 'missed', 'ringing')
    union all
    select m.id, f.visitor, s.name, f.channel, f.source, f.campaign, f.term, f.page, 1.0, '', f.at,
        make_interval(hours => 24 * s.campaign_days), f.id, null, '{{}}', '{{}}', f.site_id
    from reached m
    join site_forms f on f.phone = m.number and f.id >= {touch_low} and f.id < {high}
    join tracking_sites s on s.id = f.site_id
    where f.at <= m.at + interval '10 minutes' and f.at > m.at - make_interval(hours => 24 * s.campaign_days)
), led as (
    select distinct on (asked.id) asked.kind, asked.at, asked.amount, near.*
    from asked join near on near.id = asked.id
    order by asked.id, near.started_at desc, near.led_by desc
)

-- name: reach
-- Calls within the reach ({person}, {departments}, {lines}).
({person} = any (c.people) or (({departments}::uuid[] is null or c.departments && {departments}::uuid[])
                               and ({lines}::uuid[] is null or c.line_id = any ({lines}::uuid[]))))

-- name: form_reach
-- Forms are seen with their sites.
({sites}::uuid[] is null or c.form_site = any ({sites}::uuid[]))

-- name: of_calls
select id as conversion, visitor as person, started_at as at, 0::bigint as amount, 'call' as kind, started_at as heard_at,
    dialled, site, channel, source, campaign, term, landing, confidence, answered, missed, target,
    answered and (talked is null or talked <= started_at - repeat) as is_unique,
    target and (met is null or met <= started_at - repeat) as is_unique_target, back,
    null::uuid as led_by, c.line_id, c.departments, c.people, null::uuid as form_site
from counted c where started_at >= {since} and started_at < {until} and {reach}

-- name: of_led
union all
select id, visitor, at, amount, kind, started_at, dialled, site, channel, source, campaign, term, landing, confidence,
    false, false, false, false, false, back, led_by, c.line_id, c.departments, c.people, form_site
from led c where case when form_site is null then {reach} else {form_reach} end

-- name: told
-- What of each conversion each visit is given, with all by which it may be grouped; without a visit, or with one of a site
-- that he does not see ({sites}, null for all), what the number told.
, told as (
    select k.conversion, k.kind, (k.at at time zone {zone})::date as day,
        {sureness} as band,
        credits.share, credits.part, k.answered, k.missed, k.target, k.is_unique, k.is_unique_target,
        case when v.id is null then k.channel else v.channel end as channel,
        case when v.id is null then k.source else v.source end as source,
        case when v.id is null then k.campaign else v.campaign end as campaign,
        case when v.id is null then k.term else v.term end as keyword,
        case when v.id is null then tracking_page(k.landing) else v.page end as landing,
        case when v.id is null then k.site else coalesce(s.name, '') end as site,
        coalesce(nullif(s.city, ''), l.city, '') as city,
        coalesce(v.place, '') as region,
        coalesce(v.device, '') as device,
        lpad(extract(hour from k.heard_at at time zone {zone})::text, 2, '0') as hour,
        k.dialled as line
    from {given}
    left join {seen_raw} v on v.id = credits.touch and v.id >= {touch_low} and v.id < {high}
        and ({sites}::uuid[] is null or v.site_id = any ({sites}::uuid[]))
    left join tracking_sites s on s.id = v.site_id
    left join lines l on l.number = k.dialled
    where credits.share > 0
)

-- name: given
credits join conversions k using (conversion)

-- name: given_alone
-- To who sees no visits each conversion is told by what it is known by itself: so by every model.
conversions k cross join lateral (select null::uuid as touch, 1000000::bigint as share, k.amount as part) as credits

-- name: measures
    coalesce(sum(share) filter (where kind = 'call'), 0)::bigint as calls,
    coalesce(sum(share) filter (where answered), 0)::bigint as answered,
    coalesce(sum(share) filter (where missed), 0)::bigint as missed,
    coalesce(sum(share) filter (where is_unique), 0)::bigint as uniques,
    coalesce(sum(share) filter (where target), 0)::bigint as target,
    coalesce(sum(share) filter (where is_unique_target), 0)::bigint as unique_target,
    coalesce(sum(share) filter (where kind = 'lead'), 0)::bigint as leads,
    coalesce(sum(share) filter (where kind = 'deal'), 0)::bigint as deals,
    coalesce(sum(part) filter (where kind = 'payment'), 0)::bigint as revenue

-- name: asked_sums
-- What each day came to, and each row in all.
select case when grouping(day) = 0 then '' else {by} end as "by", day, {key} as key, band,
{measures}
from told group by grouping sets ((day, band), ({key}, band))

-- name: calls_of_row
-- Calls of which the row {key} of {by} is given something, the latest first, before {before}; with how much of each.
, given as (
    select conversion, sum(share)::bigint as share
    from told
    where kind = 'call' and band >= {band} and ({before}::uuid is null or conversion < {before})
      and ({key}::text is null or {key} = case {by}::text
          when 'channel' then channel when 'source' then source when 'campaign' then campaign when 'keyword' then keyword
          when 'landing' then landing when 'site' then site when 'city' then city when 'region' then region
          when 'device' then device when 'hour' then hour when 'line' then line end)
    group by conversion order by conversion desc limit {limit}
)
select c.id, c.started_at, c.client, c.caller_name, c.dialled, c.outcome, c.talk_ms / 1000.0::float8 as talk_seconds, given.share,
    a.confidence, a.channel, a.source, a.campaign,
    coalesce(jsonb_array_length(c.story -> 'recordings'), 0) > 0 as is_recorded
from given join calls c on c.id = given.conversion and c.id >= {repeat_low} and c.id < {high}
join attributions a on a.call_id = c.id and a.call_id >= {repeat_low} and a.call_id < {high}
order by c.id desc

-- name: lay_tables
-- The conversions of some days and their callers' visits, for eight models to share.
create temporary table tracking_conversions (
    conversion uuid, person uuid, at timestamptz, amount bigint, kind text, heard_at timestamptz, dialled text, site text,
    channel text, source text, campaign text, term text, landing text, confidence real, answered boolean, missed boolean,
    target boolean, is_unique boolean, is_unique_target boolean, back interval, led_by uuid, line_id uuid, departments uuid[],
    people uuid[], form_site uuid, parted boolean
) on commit drop;
create temporary table tracking_touches (
    id uuid, visitor uuid, site_id uuid, started_at timestamptz, channel text, source text, campaign text, term text,
    page text, device text, place text
) on commit drop

-- name: lay_conversions
insert into tracking_conversions select told.*, false from (
{conversions}
) as told

-- name: lay_touches
insert into tracking_touches select v.* from {seen_raw} v
where v.id >= {touch_low} and v.id < {high} and v.visitor in (select person from tracking_conversions)

-- name: look_over
create index on tracking_touches (visitor, started_at);
analyze tracking_touches

-- name: mark_parted
-- Of a conversion that two visits or more came before models differ; every other is told once for all of them.
update tracking_conversions k set parted = (
    select count(*) = 2 from (
        select from tracking_touches t
        where t.visitor = k.person and t.started_at > k.at - k.back and t.started_at <= k.at limit 2
    ) as a_few
)

-- name: count_over
-- After the marks: who believes that nothing is parted joins row by row.
analyze tracking_conversions

-- name: take_up
drop table tracking_conversions, tracking_touches

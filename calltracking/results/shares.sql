-- What every visit is given, decided once for all models and all who read, and how it is added up: names in braces as in
-- pieces.sql. Days of the zone {zone} from {first} up to {after}.

-- name: lay_table
create temporary table tracking_shares (conversion uuid, touch uuid, place smallint, share integer, part bigint) on commit drop

-- name: lay_model
insert into tracking_shares
select conversion, touch, {place}::smallint, share, part from credits where share > 0

-- name: look_over
analyze tracking_shares

-- name: take_up
drop table tracking_shares

-- name: clear_shares
delete from report_shares where day >= {first} and day < {after}

-- name: keep_shares
-- Where models differ the visits that some model gives something; else the only visit, or none.
insert into report_shares
with given as (
    select conversion, touch, array_agg(coalesce(share, 0) order by place) as shares,
        array_agg(coalesce(part, 0) order by place) as parts
    from (select distinct conversion, touch from tracking_shares) as touched
    cross join generate_series(0, {models}::integer - 1) as place
    left join tracking_shares using (conversion, touch, place)
    group by conversion, touch
    union all
    select k.conversion, t.id, array_fill({whole}::integer, array[{models}::integer]),
        array_fill(k.amount, array[{models}::integer])
    from tracking_conversions k
    left join tracking_touches t
        on t.visitor = k.person and t.started_at > k.at - k.back and t.started_at <= k.at
    where not k.parted
)
select (k.at at time zone {zone})::date, k.kind, k.line_id, nullif(k.departments, '{{}}'), nullif(k.people, '{{}}'),
    k.form_site, v.site_id, {sureness}, k.parted, given.shares, case when k.kind = 'payment' then given.parts end,
    k.answered, k.missed, k.target, k.is_unique, k.is_unique_target,
    lpad(extract(hour from k.heard_at at time zone {zone})::text, 2, '0'), k.dialled,
    k.site, k.channel, k.source, k.campaign, k.term, tracking_page(k.landing),
    v.channel, v.source, v.campaign, v.term, v.page, v.device, v.place
from given join tracking_conversions k using (conversion) left join tracking_touches v on v.id = given.touch
order by 1

-- name: told
-- As `told` of pieces.sql: of the model at {place}, where {shown} a visit is his to see, of the rows {whose}.
with told as (
    select c.day, c.kind, c.band, c.parted, c.shares[{place}] as share, c.parts[{place}] as part,
        c.answered, c.missed, c.target, c.is_unique, c.is_unique_target,
        case when {shown} then c.visit_channel else c.channel end as channel,
        case when {shown} then c.visit_source else c.source end as source,
        case when {shown} then c.visit_campaign else c.campaign end as campaign,
        case when {shown} then c.visit_term else c.term end as keyword,
        case when {shown} then c.visit_page else c.landing end as landing,
        case when {shown} then coalesce(s.name, '') else c.site end as site,
        coalesce(nullif(s.city, ''), l.city, '') as city,
        case when {shown} then c.place else '' end as region,
        case when {shown} then c.device else '' end as device,
        c.hour,
        c.dialled as line
    from report_shares c
    left join tracking_sites s on s.id = c.visit_site and {shown}
    left join lines l on l.number = c.dialled
    where c.day >= {first} and c.day < {after} and c.shares[{place}] > 0 and {whose}
)

-- name: part
-- Rows of a reader's: of calls within his reach, and of forms of his sites.
not c.day = any ({changed}::date[])
    and (c.form_site is null and {reach} or c.form_site = any ({sites}::uuid[]))

-- name: keep_sums
insert into report_credits (day, "by", key, band, calls, answered, missed, uniques, target, unique_target, leads, deals,
    revenue, model)
{told}
select day, rows."by", rows.key, band,
{measures}, {model}::smallint
from told
cross join lateral (values ('', ''), ('channel', channel), ('source', source), ('campaign', campaign), ('keyword', keyword),
    ('landing', landing), ('site', site), ('city', city), ('region', region), ('device', device), ('hour', hour),
    ('line', line)) as rows ("by", key)
where rows."by" = any ({bys}::text[]) and {only}
group by day, rows."by", rows.key, band

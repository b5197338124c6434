-- name: custom_plan
-- A day and a month, all of it and one department need plans of their own: the one that is kept for all took over a minute.
set local plan_cache_mode = force_custom_plan; set local work_mem = '32MB';

-- name: chain
-- What began from $1 to $2 (ids of calls from $3 to $4) within the reach $5 (person), $6 (departments), $7 (lines), of the
-- department $8 and the line $9 where they are named, and how far each came. $10: payments are told too. A deal is the one that
-- names the lead, else the first of the contacts with the number that was open then or came within half a year; what explains
-- a deal are calls with ids from $12 to $13. A lead that is not within the reach, as one passed on elsewhere, is not told.
-- In one pass: how many came to each end, and a page of those that came to $14
-- (null: to anything), the latest first, from behind ($15, $16) on, $17 at most.
with touched as (
    select distinct on (call_id) call_id, lead_id, raw ->> 'rule' as rule
    from touches where call_id >= $3 and call_id < $4
    order by call_id, at, id
), untouched as materialized (
    select deal.id, deal.opened_at, deal.contact_id
    from deals as deal
    where deal.opened_at >= $1 and deal.opened_at < $2 and deal.lead_id is null
        and not exists (
            select from touches
            where touches.contact_id = deal.contact_id
                and touches.at > deal.opened_at - interval '180 days' and touches.at < deal.opened_at + interval '1 day'
        )
        and (deal.responsible_id = $5
             or ($6::uuid[] is null or deal.department_id is null or deal.department_id = any ($6)) and $7::uuid[] is null)
        and ($8::uuid is null or deal.department_id = $8) and $9::uuid is null
), begun as materialized (
    select 'call' as kind, call.id, call.started_at as at, call.client as phone, call.line_id, touched.lead_id,
           null::uuid as own_deal, touched.rule, null::numeric as amount
    from calls as call left join touched on touched.call_id = call.id
    where call.id >= $3 and call.id < $4 and call.started_at >= $1 and call.started_at < $2 and call.ended_at is not null
        and call.direction = 'in' and call.outcome in ('answered', 'missed') and call.client <> ''
        and ($5::uuid = any (call.people)
             or (($6::uuid[] is null or call.departments && $6) and ($7::uuid[] is null or call.line_id = any ($7))))
        and ($8::uuid is null or $8 = any (call.departments)) and ($9::uuid is null or call.line_id = $9)
    union all
    select 'lead', lead.id, lead.opened_at, lead.phone, clock.line_id, lead.id, null, null, null
    from leads as lead left join lead_clocks as clock on clock.lead_id = lead.id
    where lead.opened_at >= $1 and lead.opened_at < $2 and clock.merged_into is null
        and not exists (select from touches where touches.lead_id = lead.id and touches.call_id is not null)
        and lead_in_reach($5, $6, $7, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
        and ($8::uuid is null or $8 = any (clock.departments)) and ($9::uuid is null or clock.line_id = $9)
    union all
    select 'deal', deal.id, deal.opened_at, (select min(number) from contact_phones where contact_id = deal.contact_id),
           null, null, deal.id, null, null
    from untouched as deal
    where not exists (
        -- Without `offset 0` every call of every month would be read, to be joined.
        select from contact_phones as known join calls as call on call.client = known.number and call.client <> ''
        where known.contact_id = deal.contact_id and call.id >= $12 and call.id < $13
            and call.started_at > deal.opened_at - interval '180 days'
            and call.started_at < deal.opened_at + interval '1 day'
        offset 0
    )
    union all
    select 'payment', payment.id, (payment.paid_on + time '12:00') at time zone $11,
           (select min(number) from contact_phones where contact_id = payment.contact_id), null, null, null, null, payment.amount
    from payments as payment
    left join invoices as invoice on invoice.id = payment.invoice_id
    left join orders as ordered on ordered.id = coalesce(payment.order_id, invoice.order_id)
    where $10::boolean and payment.cancelled_at is null and $6::uuid[] is null and $7::uuid[] is null
        and $8::uuid is null and $9::uuid is null
        and payment.paid_on >= ($1::timestamptz at time zone $11)::date
        and payment.paid_on < ($2::timestamptz at time zone $11)::date
        and ordered.deal_id is null
        and not exists (select from deals where deals.contact_id = payment.contact_id)
        and not exists (select from deals where deals.company_id = payment.company_id)
), candidates as (
    select begun.id, 0 as rank, begun.own_deal as deal_id, begun.at as opened_at from begun where own_deal is not null
    union all
    select begun.id, 1, d.id, d.opened_at
    from begun join deals as d on d.lead_id = begun.lead_id
    where (d.responsible_id = $5
             or ($6::uuid[] is null or d.department_id is null or d.department_id = any ($6)) and $7::uuid[] is null)
    union all
    select begun.id, 2, d.id, d.opened_at
    from begun join contact_phones as known on known.number = begun.phone join deals as d on d.contact_id = known.contact_id
    where (d.closed_at is null or d.closed_at >= begun.at) and d.opened_at < begun.at + interval '180 days'
        and (d.responsible_id = $5
             or ($6::uuid[] is null or d.department_id is null or d.department_id = any ($6)) and $7::uuid[] is null)
), chosen as materialized (
    select distinct on (id) id, deal_id from candidates order by id, rank, opened_at, deal_id
), sold as materialized (
    -- Once a deal, however many calls came to it; and no payment twice, by whatever it is known to be the deal's.
    select deal.id, deal.title, deal.closed_at, case
               when ordered.amount is not null or loose.amount is not null
               then coalesce(ordered.amount, 0) + coalesce(loose.amount, 0)
           end as paid
    from (select distinct deal_id from chosen) as wanted
    join deals as deal on deal.id = wanted.deal_id
    left join lateral (
        select sum(payment.amount) as amount
        from orders as ordered cross join lateral (
            select amount from payments where order_id = ordered.id and cancelled_at is null
            union all
            select payment.amount
            from invoices as invoice join payments as payment on payment.invoice_id = invoice.id
            where invoice.order_id = ordered.id and payment.cancelled_at is null and not exists (
                select from orders as other where other.id = payment.order_id and other.deal_id = deal.id
            )
        ) as payment
        where ordered.deal_id = deal.id
    ) as ordered on true
    left join lateral (
        select sum(amount) as amount from (
            select amount from payments
            where contact_id = deal.contact_id and order_id is null and invoice_id is null and cancelled_at is null
                and paid_on >= deal.opened_at::date
            union all
            select amount from payments
            where company_id = deal.company_id and (contact_id = deal.contact_id) is not true
                and order_id is null and invoice_id is null and cancelled_at is null and paid_on >= deal.opened_at::date
        ) as each_one
    ) as loose on true
), links as materialized (
    select begun.kind, begun.id, begun.at, begun.phone, begun.line_id, begun.rule, lead.id as lead_id,
           clock.close_reason, clock.lead_id is not null as here, deal.id as deal_id, deal.title as deal,
           coalesce(begun.amount, deal.paid) as paid,
           case
               when begun.kind = 'payment' then 'payment_without_deal'
               when deal.paid > 0 and begun.kind <> 'deal' then 'paid'
               when begun.kind = 'deal' then 'deal_without_lead'
               when deal.id is not null and deal.closed_at is null then 'deal_open'
               when deal.id is not null then 'deal_unpaid'
               when begun.lead_id is not null and lead.id is null then 'elsewhere'
               when clock.close_reason = 'won' then 'won_without_deal'
               when lead.closed_at is not null then 'lead_lost'
               when clock.lead_id is not null and clock.called_at is null then 'not_called'
               when lead.id is not null then 'lead_open'
               when begun.rule = 'no_buyer' then 'no_buyer'
               else 'no_lead'
           end as came_to
    from begun
    left join (leads as lead left join lead_clocks as clock on clock.lead_id = lead.id)
        on lead.id = begun.lead_id
        and lead_in_reach($5, $6, $7, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
    left join chosen on chosen.id = begun.id
    left join sold as deal on deal.id = chosen.deal_id
), ends as (
    select came_to, count(*)::integer as links, count(*) filter (where kind = 'call')::integer as calls,
           coalesce(sum(paid) filter (where $10), 0)::float8 as paid
    from links group by came_to
), listed as (
    select links.kind, links.id, links.at, coalesce(links.phone, '') as phone, coalesce(line.name, '') as line, links.lead_id,
           links.here, links.deal_id, links.deal, (case when $10 then links.paid end)::float8 as paid, links.came_to,
           coalesce(links.close_reason, '') as close_reason, coalesce(links.rule, '') as rule
    from links left join lines as line on line.id = links.line_id
    where ($14::text is null or came_to = $14)
        and ($15::timestamptz is null or (links.at, links.id) < ($15, $16::uuid))
    order by links.at desc, links.id desc
    limit $17
)
select (select coalesce(jsonb_agg(to_jsonb(ends)), '[]') from ends) as ends,
       (select coalesce(jsonb_agg(to_jsonb(listed) order by listed.at desc, listed.id desc), '[]') from listed) as links;

-- name: departments
select id, name from departments where $1::uuid[] is null or id = any ($1) order by name;

-- name: lines
select id, coalesce(nullif(name, ''), number) as name from lines
where active and ($1::uuid[] is null or id = any ($1)) order by 2 limit 500;

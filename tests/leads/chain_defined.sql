-- name: links
-- What began from $1 to $2 (ids of calls from $3 to $4) within the reach $5 (person), $6 (departments), $7 (lines), of the
-- department $8 and the line $9 where they are named, and how far each came. $10: payments are told too. A deal is the one that
-- names the lead, else the first of the contacts with the number that was open then or came within half a year. Of a lead
-- that is not within the reach, nothing is told but that it is elsewhere.
with begun as (
    select 'call' as kind, call.id, call.started_at as at, call.client as phone, call.line_id, touch.lead_id,
           null::uuid as own_deal, touch.raw ->> 'rule' as rule, null::numeric as amount
    from calls as call
    left join lateral (
        select lead_id, raw from touches where touches.call_id = call.id order by at limit 1
    ) as touch on true
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
        and ($5::uuid in (lead.responsible_id, clock.taken_by)
             or (($6::uuid[] is null or coalesce(clock.departments, '{}') = '{}' or clock.departments && $6)
                 and ($7::uuid[] is null or clock.line_id is null or clock.line_id = any ($7))))
        and ($8::uuid is null or $8 = any (clock.departments)) and ($9::uuid is null or clock.line_id = $9)
    union all
    select 'deal', deal.id, deal.opened_at, (select min(number) from contact_phones where contact_id = deal.contact_id),
           null, null, deal.id, null, null
    from deals as deal
    where deal.opened_at >= $1 and deal.opened_at < $2 and deal.lead_id is null
        and not exists (
            select from touches
            where touches.contact_id = deal.contact_id
                and touches.at > deal.opened_at - interval '180 days' and touches.at < deal.opened_at + interval '1 day'
        )
        and not exists (
            select from contact_phones as known join calls as call on call.client = known.number
            where known.contact_id = deal.contact_id
                and call.started_at > deal.opened_at - interval '180 days'
                and call.started_at < deal.opened_at + interval '1 day'
        )
        and (deal.responsible_id = $5
             or ($6::uuid[] is null or deal.department_id is null or deal.department_id = any ($6)) and $7::uuid[] is null)
        and ($8::uuid is null or deal.department_id = $8) and $9::uuid is null
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
), links as (
    select begun.kind, begun.id, begun.at, begun.phone, begun.line_id, begun.rule, lead.id as lead_id,
           lead.closed_at as lead_closed_at, clock.close_reason, clock.lead_id is not null as here,
           clock.called_at, deal.id as deal_id, deal.title as deal, deal.closed_at as deal_closed_at,
           coalesce(begun.amount, paid.amount) as paid,
           case
               when begun.kind = 'payment' then 'payment_without_deal'
               when paid.amount > 0 and begun.kind <> 'deal' then 'paid'
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
    left join lateral (
        select lead.* from leads as lead left join lead_clocks as kept on kept.lead_id = lead.id
        where lead.id = begun.lead_id
            and ($5::uuid in (lead.responsible_id, kept.taken_by)
                 or (($6::uuid[] is null or coalesce(kept.departments, '{}') = '{}' or kept.departments && $6)
                     and ($7::uuid[] is null or kept.line_id is null or kept.line_id = any ($7))))
    ) as lead on true
    left join lead_clocks as clock on clock.lead_id = lead.id
    left join lateral (
        select found.* from (
            select id, title, opened_at, closed_at, contact_id, company_id, 0 as rank from deals where id = begun.own_deal
            union all
            select d.id, d.title, d.opened_at, d.closed_at, d.contact_id, d.company_id, 1 from deals as d
            where d.lead_id = begun.lead_id
                and (d.responsible_id = $5
                     or ($6::uuid[] is null or d.department_id is null or d.department_id = any ($6)) and $7::uuid[] is null)
            union all
            select d.id, d.title, d.opened_at, d.closed_at, d.contact_id, d.company_id, 2
            from contact_phones as known join deals as d on d.contact_id = known.contact_id
            where known.number = begun.phone and (d.closed_at is null or d.closed_at >= begun.at)
                and d.opened_at < begun.at + interval '180 days'
                and (d.responsible_id = $5
                     or ($6::uuid[] is null or d.department_id is null or d.department_id = any ($6)) and $7::uuid[] is null)
        ) as found
        order by found.rank, found.opened_at, found.id limit 1
    ) as deal on true
    left join lateral (
        select sum(amount) as amount from (
            select payment.id, payment.amount from orders as ordered join payments as payment on payment.order_id = ordered.id
            where ordered.deal_id = deal.id and payment.cancelled_at is null
            union
            select payment.id, payment.amount
            from orders as ordered
            join invoices as invoice on invoice.order_id = ordered.id
            join payments as payment on payment.invoice_id = invoice.id
            where ordered.deal_id = deal.id and payment.cancelled_at is null
            union
            select id, amount from payments
            where contact_id = deal.contact_id and order_id is null and invoice_id is null and cancelled_at is null
                and paid_on >= deal.opened_at::date
            union
            select id, amount from payments
            where company_id = deal.company_id and order_id is null and invoice_id is null and cancelled_at is null
                and paid_on >= deal.opened_at::date
        ) as each_one
    ) as paid on true
)

-- name: counts
select came_to, count(*)::integer as links, count(*) filter (where kind = 'call')::integer as calls,
       coalesce(sum(paid) filter (where $10), 0)::float8 as paid
from links group by came_to;

-- name: rows
-- Those that came to $12 (null: to anything), the latest first, from behind ($13, $14) on, $15 at most.
select links.kind, links.id, links.at, coalesce(links.phone, '') as phone, coalesce(line.name, '') as line, links.lead_id,
       links.here, links.deal_id, links.deal, (case when $10 then links.paid end)::float8 as paid, links.came_to,
       coalesce(links.close_reason, '') as close_reason, coalesce(links.rule, '') as rule
from links left join lines as line on line.id = links.line_id
where ($12::text is null or came_to = $12)
    and ($13::timestamptz is null or (links.at, links.id) < ($13, $14::uuid))
order by links.at desc, links.id desc
limit $15;


-- name: sales_days
-- Leads taken, deals won (closed, and something paid) and sums paid of each person on each day of $1 up to $2 (dates $3 up to $4) of the zone $5:
-- as who took the lead, and as who is responsible for the deal. $6: only this person; $7: people of these departments; who is limited to
-- lines ($8) sees what is $9's own, which is always told.
with sold as (
    select clock.taken_by as person, (clock.taken_at at time zone $5)::date as day, 1 as taken, 0 as won_led, 0 as won,
           0::numeric as paid_led, 0::numeric as paid
    from lead_clocks as clock
    where clock.taken_at >= $1 and clock.taken_at < $2 and clock.merged_into is null
    union all
    select who.person, (deal.closed_at at time zone $5)::date, 0, who.led, who.owned, 0, 0
    from deals as deal
    cross join lateral (values
        (deal_operator(deal.lead_id, deal.contact_id, deal.opened_at), 1, 0), (deal.responsible_id, 0, 1)
    ) as who (person, led, owned)
    where deal.closed_at >= $1 and deal.closed_at < $2 and (
        exists (
            select from orders as ordered join payments as payment on payment.order_id = ordered.id
            where ordered.deal_id = deal.id and payment.cancelled_at is null
        )
        or exists (
            select from orders as ordered join invoices as invoice on invoice.order_id = ordered.id
            join payments as payment on payment.invoice_id = invoice.id
            where ordered.deal_id = deal.id and payment.cancelled_at is null
        )
        or exists (
            select from payments as payment
            where payment.contact_id = deal.contact_id and payment.order_id is null and payment.invoice_id is null
                and payment.cancelled_at is null and payment.paid_on >= deal.opened_at::date
        )
        or exists (
            select from payments as payment
            where payment.company_id = deal.company_id and payment.order_id is null and payment.invoice_id is null
                and payment.cancelled_at is null and payment.paid_on >= deal.opened_at::date
        )
    )
    union all
    select who.person, payment.paid_on, 0, 0, 0, who.led * payment.amount, who.owned * payment.amount
    from payments as payment
    left join invoices as invoice on invoice.id = payment.invoice_id
    left join orders as ordered on ordered.id = coalesce(payment.order_id, invoice.order_id)
    cross join lateral (
        select lead_id, contact_id, opened_at, responsible_id from (
            select lead_id, contact_id, opened_at, responsible_id, 0 as rank from deals where deals.id = ordered.deal_id
            union all
            select lead_id, contact_id, opened_at, responsible_id, 1 from deals
            where deals.contact_id = payment.contact_id and deals.opened_at::date <= payment.paid_on
            union all
            select lead_id, contact_id, opened_at, responsible_id, 2 from deals
            where deals.company_id = payment.company_id and deals.opened_at::date <= payment.paid_on
        ) as found
        order by rank, opened_at desc limit 1
    ) as deal
    cross join lateral (values
        (deal_operator(deal.lead_id, deal.contact_id, deal.opened_at), 1, 0), (deal.responsible_id, 0, 1)
    ) as who (person, led, owned)
    where payment.cancelled_at is null and payment.paid_on >= $3 and payment.paid_on < $4
)
select person.id::text as agent, person.name, coalesce(person.extension, person.mobile, '') as extension, sold.day,
       sum(taken)::integer as taken, sum(won_led)::integer as won_led, sum(won)::integer as won,
       sum(paid_led)::float8 as paid_led, sum(paid)::float8 as paid
from sold join people as person on person.id = sold.person
where (person.id = $9 or ($7::uuid[] is null or person.department_id = any ($7)) and $8::uuid[] is null)
    and ($6::uuid is null or person.id = $6)
group by person.id, sold.day
order by person.name, sold.day;

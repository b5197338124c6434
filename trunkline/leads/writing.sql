-- name: is_known
select exists (select from touches where source = $1 and external_id = $2);

-- name: lead_of_thread
-- Itself, or what it became part of, where that is open.
select id from leads where id = coalesce((select merged_into from lead_clocks where lead_id = $1), $1) and closed_at is null;

-- name: phones_of_address
-- Numbers of the contacts with this address.
select array_agg(distinct p.number) from contacts c join contact_phones p on p.contact_id = c.id
where lower(c.email) = $1 and c.deleted_at is null;

-- name: ours_of
-- Which of these numbers are ours: they stand in what clients quote and sign.
select array_agg(number) from (
    select number from lines where number = any ($1::text[])
    union
    select mobile from people where mobile = any ($1::text[]) and active
) as ours (number);

-- name: known_of_address
-- What the contacts with this address have in common, as known_of tells of a telephone.
select case when count(*) = 1 then (array_agg(c.id))[1] end as contact_id,
       case when count(distinct c.company_id) = 1 and count(*) = count(c.company_id) then (array_agg(c.company_id))[1] end
           as company_id,
       case when count(distinct led.by) = 1 and count(*) = count(led.by) then (array_agg(led.by))[1] end as responsible_id,
       coalesce(array_agg(distinct led.class::text), '{}') as classes,
       coalesce(bool_or(
           exists (select from deals d where d.contact_id = c.id and d.closed_at is null)
           or exists (select from deals d where d.company_id = c.company_id and d.closed_at is null)
       ), false) as open_deal
from contacts c
left join companies co on co.id = c.company_id and co.deleted_at is null
cross join lateral (
    select coalesce(c.responsible_id, co.responsible_id) as by,
           case when c.class = 'unknown' then coalesce(co.class, 'unknown') else c.class end as class
) as led
where lower(c.email) = $1 and c.deleted_at is null;

-- name: open_lead_of_address
-- The newest open lead about $2 of this address; one that knows no telephone ($3) for who told one now.
select id from leads
where email = $1 and direction = $2 and closed_at is null and (not $3::boolean or phone is null)
order by opened_at desc, id desc limit 1;

-- name: is_colleague
select exists (select from people where lower(email) = $1 and active);

-- name: learn
-- What an open lead did not know yet of who wrote.
with known as (
    update leads set phone = coalesce(phone, $2), email = coalesce(email, $3), updated_at = now()
    where id = $1 and (phone is null and $2::text is not null or email is null and $3::text is not null)
        and exists (select from lead_clocks where lead_id = $1)
    returning id, phone
)
update lead_clocks as clock set phone = known.phone from known where clock.lead_id = known.id and clock.phone is null;

-- name: leads
-- What is known of leads $1.
select lead.id as subject, lead.version, now() as at, lead.responsible_id as responsible, lead.contact_id as contact,
       coalesce(lead.phone, '') as phone, coalesce(contact.email, lead.email, '') as email, clock.departments, clock.line_id as line,
       coalesce(nullif(lead.direction, ''), line.brand, '') as brand, lead.stage,
       coalesce(nullif(contact.class::text, 'unknown'), company.class::text, 'unknown') as client_class,
       0::numeric as amount, 0 as days, 0 as seconds,
       jsonb_build_object(
           'client', contact.name, 'company', company.name, 'phone', lead.phone, 'responsible', responsible.name,
           'title', lead.title, 'about', lead.direction, 'stage', lead.stage, 'line', line.name,
           'take_by', clock.take_by, 'call_by', clock.call_by
       ) as fields
from leads as lead
join lead_clocks as clock on clock.lead_id = lead.id
left join lines as line on line.id = clock.line_id
left join contacts as contact on contact.id = lead.contact_id and contact.deleted_at is null
left join companies as company
    on company.id = coalesce(lead.company_id, contact.company_id) and company.deleted_at is null
left join people as responsible on responsible.id = lead.responsible_id
where lead.id = any ($1::uuid[])
order by lead.id;

-- name: calls
-- Talks with clients that are over, of calls $1; the one who looks after a client is his responsible, else who talked last.
select call.id as subject, call.ended_at as at, coalesce(named.responsible_id, talked.id) as responsible, named.contact,
       call.client as phone, coalesce(named.email, '') as email, call.departments, call.line_id as line,
       coalesce(line.brand, '') as brand, '' as stage, coalesce(named.class, 'unknown') as client_class,
       0::numeric as amount, 0 as days, call.talk_ms / 1000 as seconds,
       jsonb_build_object(
           'client', named.name, 'company', nullif(named.company, ''), 'phone', call.client,
           'responsible', coalesce(responsible.name, talked.name), 'line', line.name, 'at', call.ended_at
       ) as fields
from calls as call
left join lines as line on line.id = call.line_id
left join people as talked on talked.extension = call.agents[cardinality(call.agents)] and talked.active
left join lateral (
    select contact.id as contact, d.name, d.company, d.class::text, d.responsible_id, contact.email
    from directory_contacts as d join contacts as contact on contact.id = d.id
    where d.number = call.client order by contact.updated_at desc, d.id limit 1
) as named on true
left join people as responsible on responsible.id = named.responsible_id
where call.id = any ($1::uuid[]) and call.ended_at is not null and call.outcome = 'answered' and call.client <> ''
    and call.ended_at > now() - interval '1 day'
    and not exists (select from people as colleague where colleague.mobile = call.client and colleague.active)
order by call.id;

-- name: commented
-- Of recording $1, which $3 commented on: whose call it was, $2, is who looks after it. No client's telephone: it is of no concern to him.
select recording.id as subject, call.started_at as at, agent.id as responsible, null::uuid as contact, '' as phone, '' as email,
       array_remove(array[agent.department_id], null) as departments, call.line_id as line, coalesce(line.brand, '') as brand,
       '' as stage, coalesce(named.class, 'unknown') as client_class, 0::numeric as amount, 0 as days, call.talk_ms / 1000 as seconds,
       jsonb_build_object(
           'client', named.name, 'company', nullif(named.company, ''), 'responsible', agent.name, 'line', line.name,
           'at', call.started_at, 'by', $3::text
       ) as fields
from recordings as recording
join calls as call on call.id = recording.call_id
join people as agent on agent.id = $2
left join lines as line on line.id = call.line_id
left join lateral (
    select d.name, d.company, d.class::text from directory_contacts as d join contacts as contact on contact.id = d.id
    where d.number = call.client order by contact.updated_at desc, d.id limit 1
) as named on true
where recording.id = $1;

-- name: late_missed
-- Entries of the missed list whose promise was broken within the last two days before $1, from behind $2 on. For whoever
-- is found in a history, or was told of late, there is as much time from then on, half an hour at most.
select entry.id as subject, told.late_at as at, coalesce(entry.owner_id, named.responsible_id) as responsible,
       named.contact, entry.number as phone, coalesce(named.email, '') as email, entry.departments,
       entry.line_id as line, coalesce(line.brand, '') as brand, '' as stage,
       coalesce(named.class, 'unknown') as client_class, 0::numeric as amount, 0 as days, 0 as seconds,
       jsonb_build_object(
           'client', named.name, 'company', nullif(named.company, ''), 'phone', entry.number,
           'responsible', coalesce(owner.name, responsible.name), 'line', line.name, 'times', entry.times,
           'promised', entry.promised_at
       ) as fields
from missed_clients as entry
cross join lateral (
    select greatest(
        entry.promised_at, entry.learnt_at + least(entry.promised_at - entry.missed_until, interval '30 minutes')
    ) as late_at
) as told
left join lines as line on line.id = entry.line_id
left join people as owner on owner.id = entry.owner_id
left join lateral (
    select contact.id as contact, d.name, d.company, d.class::text, d.responsible_id, contact.email
    from directory_contacts as d join contacts as contact on contact.id = d.id
    where d.number = entry.number order by contact.updated_at desc, d.id limit 1
) as named on true
left join people as responsible on responsible.id = named.responsible_id
where entry.closed_at is null and entry.promised_at <= $1 and told.late_at <= $1 and entry.promised_at > $1 - interval '2 days' and entry.id > $2
order by entry.id limit $3;

-- name: overdue_debts
-- Debts that are overdue on the day $4, from behind $2 on; the client of a company is whoever of it has an e-mail address.
select debt.id as subject, $1::timestamptz as at, coalesce(client.responsible_id, company.responsible_id) as responsible,
       client.id as contact, coalesce(called.number, '') as phone, coalesce(client.email, '') as email,
       array_remove(array[responsible.department_id], null) as departments, null::uuid as line, '' as brand, '' as stage,
       coalesce(nullif(client.class::text, 'unknown'), company.class::text, 'unknown') as client_class,
       debt.overdue as amount, greatest(debt.overdue_days, $4::date - debt.due_on, 0) as days, 0 as seconds,
       jsonb_build_object(
           'client', client.name, 'company', company.name, 'phone', called.number, 'responsible', responsible.name,
           'amount', debt.overdue::text, 'days', greatest(debt.overdue_days, $4::date - debt.due_on, 0),
           'due', debt.due_on
       ) as fields
from debts as debt
left join lateral (
    select one.* from contacts as one
    where one.deleted_at is null and (one.id = debt.contact_id or one.company_id = debt.company_id)
    order by one.email is null, one.id limit 1
) as client on true
left join companies as company
    on company.id = coalesce(debt.company_id, client.company_id) and company.deleted_at is null
left join lateral (
    select number from contact_phones where contact_id = client.id order by number limit 1
) as called on true
left join people as responsible on responsible.id = coalesce(client.responsible_id, company.responsible_id)
where debt.overdue > 0 and debt.id > $2
order by debt.id limit $3;

-- name: deferred_payments
-- Orders that are not paid whose deferred payment is due from a week before the day $4 to 60 days after it, from behind $2 on.
select bought.id as subject, $1::timestamptz as at, coalesce(client.responsible_id, company.responsible_id) as responsible,
       client.id as contact, coalesce(called.number, '') as phone, coalesce(client.email, '') as email,
       array_remove(array[responsible.department_id], null) as departments, null::uuid as line, '' as brand, '' as stage,
       coalesce(nullif(client.class::text, 'unknown'), company.class::text, 'unknown') as client_class,
       bought.amount - bought.paid as amount, bought.deferred_until - $4::date as days, 0 as seconds,
       jsonb_build_object(
           'client', client.name, 'company', company.name, 'phone', called.number, 'responsible', responsible.name,
           'amount', (bought.amount - bought.paid)::text, 'order', bought.number, 'until', bought.deferred_until
       ) as fields,
       bought.deferred_until::text as edition
from orders as bought
left join lateral (
    select one.* from contacts as one
    where one.deleted_at is null and (one.id = bought.contact_id or one.company_id = bought.company_id)
    order by one.id = bought.contact_id desc nulls last, one.email is null, one.id limit 1
) as client on true
left join companies as company
    on company.id = coalesce(bought.company_id, client.company_id) and company.deleted_at is null
left join lateral (
    select number from contact_phones where contact_id = client.id order by number limit 1
) as called on true
left join people as responsible on responsible.id = coalesce(client.responsible_id, company.responsible_id)
where bought.deferred_until between $4::date - 7 and $4::date + 60 and bought.paid < bought.amount
    and coalesce(bought.paid_percent, 0) < 100 and bought.id > $2
order by bought.id limit $3;

-- name: new_payments
-- Payments of the day $4 and the one before it that were not taken back, from behind $2 on.
select payment.id as subject, $1::timestamptz as at, coalesce(client.responsible_id, company.responsible_id) as responsible,
       client.id as contact, coalesce(called.number, '') as phone, coalesce(client.email, '') as email,
       array_remove(array[responsible.department_id], null) as departments, null::uuid as line, '' as brand, '' as stage,
       coalesce(nullif(client.class::text, 'unknown'), company.class::text, 'unknown') as client_class,
       payment.amount, 0 as days, 0 as seconds,
       jsonb_build_object(
           'client', client.name, 'company', company.name, 'phone', called.number, 'responsible', responsible.name,
           'amount', payment.amount::text, 'order', bought.number, 'paid', payment.paid_on
       ) as fields
from payments as payment
left join orders as bought on bought.id = payment.order_id
left join lateral (
    select one.* from contacts as one
    where one.deleted_at is null and (
        one.id = coalesce(payment.contact_id, bought.contact_id)
        or one.company_id = coalesce(payment.company_id, bought.company_id))
    order by one.id = coalesce(payment.contact_id, bought.contact_id) desc nulls last, one.email is null, one.id limit 1
) as client on true
left join companies as company
    on company.id = coalesce(payment.company_id, bought.company_id, client.company_id) and company.deleted_at is null
left join lateral (
    select number from contact_phones where contact_id = client.id order by number limit 1
) as called on true
left join people as responsible on responsible.id = coalesce(client.responsible_id, company.responsible_id)
where payment.cancelled_at is null and payment.paid_on between $4::date - 1 and $4::date + 1 and payment.amount > 0
    and payment.id > $2
order by payment.id limit $3;

-- name: overlaps
-- Dealers' overlaps $2 as they are proposed at $1; the responsible is the product manager of the article, the brand his direction.
select overlap.id as subject, $1::timestamptz as at, direction.manager_id as responsible, null::uuid as contact, '' as phone,
       '' as email, '{}'::uuid[] as departments, null::uuid as line, coalesce(direction.name, '') as brand, '' as stage,
       'unknown' as client_class, 0::numeric as amount, 0 as days, 0 as seconds,
       jsonb_build_object(
           'customer', overlap.customer, 'article', overlap.article, 'dealers', overlap.dealers, 'responsible', manager.name
       ) as fields
from dealer_overlaps as overlap
left join lateral direction_of(overlap.article) as direction on true
left join people as manager on manager.id = direction.manager_id
where overlap.id = any ($2::uuid[])
order by overlap.id;

-- name: reservations
-- Reservations $2 as they are at $1; the same.
select kept.id as subject, $1::timestamptz as at, direction.manager_id as responsible, null::uuid as contact, '' as phone, '' as email,
       '{}'::uuid[] as departments, null::uuid as line, coalesce(direction.name, '') as brand, '' as stage, 'unknown' as client_class,
       0::numeric as amount, 0 as days, 0 as seconds, kept.until::text as edition, kept.prolongations,
       jsonb_build_object(
           'customer', overlap.customer, 'article', overlap.article, 'dealer', company.name, 'until', kept.until,
           'responsible', manager.name, 'refused', (
               select string_agg(other.name, ', ' order by other.name)
               from reservations as refused join companies as other on other.id = refused.company_id
               where refused.overlap_id = kept.overlap_id and refused.state = 'refused' and refused.at = kept.at
           )
       ) as fields
from reservations as kept
join dealer_overlaps as overlap on overlap.id = kept.overlap_id
join companies as company on company.id = kept.company_id
left join lateral direction_of(overlap.article) as direction on true
left join people as manager on manager.id = direction.manager_id
where kept.id = any ($2::uuid[])
order by kept.id;

-- name: ending_reservations
-- Those whose last day is within three days of the day $4, from behind $2 on; another edition from the day before it.
select kept.id as subject, $1::timestamptz as at, direction.manager_id as responsible, null::uuid as contact, '' as phone, '' as email,
       '{}'::uuid[] as departments, null::uuid as line, coalesce(direction.name, '') as brand, '' as stage, 'unknown' as client_class,
       0::numeric as amount, 0 as days, 0 as seconds,
       kept.until::text || case when kept.until > $4::date + 1 then ':early' else '' end as edition, kept.prolongations,
       jsonb_build_object(
           'customer', overlap.customer, 'article', overlap.article, 'dealer', company.name, 'until', kept.until,
           'responsible', manager.name, 'refused', (
               select string_agg(other.name, ', ' order by other.name)
               from reservations as refused join companies as other on other.id = refused.company_id
               where refused.overlap_id = kept.overlap_id and refused.state = 'refused' and refused.at = kept.at
           )
       ) as fields
from reservations as kept
join dealer_overlaps as overlap on overlap.id = kept.overlap_id
join companies as company on company.id = kept.company_id
left join lateral direction_of(overlap.article) as direction on true
left join people as manager on manager.id = direction.manager_id
where kept.state = 'active' and kept.until between $4::date and $4::date + 3 and kept.id > $2
order by kept.id limit $3;

-- name: staff
-- Everybody who works here, with his addresses and whether he is away now and who stands in for him.
select p.id, p.name, coalesce(p.email, '') as email, coalesce(p.mobile, '') as mobile, p.department_id, d.name as department,
       case when who.active then who.role end as role,
       exists (select from bot_chats c where c.person_id = p.id and c.blocked_at is null) as has_chat,
       absent.starts_at is not null as away, absent.deputy_id as deputy
from people p
left join lateral (
    select starts_at, deputy_id from absences a
    where a.person_id = p.id and a.starts_at <= now() and a.ends_at > now() order by a.ends_at desc limit 1
) as absent on true
left join departments d on d.id = p.department_id
left join person_identities who on who.person_id = p.id
where p.active
order by p.name, p.id;

-- name: heads
-- Who heads what is of these departments and line ($1: pairs), or minds it as a supervisor, where nobody heads it; by their place in $1.
select told.place::integer as place, head as person_id
from jsonb_array_elements($1::jsonb) with ordinality as told (pair, place)
cross join lateral heads_of_lead(
    array(select id::uuid from jsonb_array_elements_text(told.pair -> 0) as id), (told.pair ->> 1)::uuid, array['supervisor']
) as head;

-- name: settled
-- Of these matters, which are settled: their subjects, by kind.
select told.kind, told.subject
from unnest($1::text[], $2::uuid[]) as told (kind, subject)
where case
    when told.kind = 'lead.opened' then not exists (
        select from lead_clocks where lead_id = told.subject and taken_at is null and closed_at is null)
    when told.kind = 'lead.late' then not exists (
        select from lead_clocks where lead_id = told.subject and closed_at is null and (taken_at is null or called_at is null))
    when told.kind = 'lead.given' then not exists (
        select from lead_clocks where lead_id = told.subject and closed_at is null and called_at is null)
    when told.kind = 'missed.late' then not exists (
        select from missed_clients where id = told.subject and closed_at is null)
    when told.kind = 'debt.overdue' then not exists (select from debts where id = told.subject and overdue > 0)
    when told.kind = 'payment.deferred' then not exists (
        select from orders where id = told.subject and deferred_until is not null and paid < amount
            and coalesce(paid_percent, 0) < 100)
    when told.kind = 'payment.received' then not exists (
        select from payments where id = told.subject and cancelled_at is null)
    when told.kind = 'overlap.found' then not exists (
        select from dealer_overlaps where id = told.subject and state = 'suspected')
    when told.kind = 'reservation.ending' then not exists (
        select from reservations where id = told.subject and state = 'active' and until <= current_date + 2)
    else false
end;

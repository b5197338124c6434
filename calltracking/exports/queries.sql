-- name: destinations
-- All, or the one of id $1.
select d.id, d.kind, d.name, d.account, d.goal, d.site_id as site, d.least, d.active, d.secret is not null as has_secret,
       d.abroad_at, d.abroad_by
from export_destinations d where $1::uuid is null or d.id = $1 order by d.name;

-- name: active_destinations
select id, kind, site_id, least from export_destinations where active order by id;

-- name: secret_of
select secret from export_destinations where id = $1;

-- name: add_destination
insert into export_destinations (id, kind, name, site_id, account, goal, least, active, secret)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: change_destination
update export_destinations
set name = $2, site_id = $3, account = $4, goal = $5, least = $6, active = $7, secret = coalesce($8, secret)
where id = $1;

-- name: confirm_abroad
update export_destinations set abroad_at = $2, abroad_by = $3, active = active and $2::timestamptz is not null where id = $1;

-- name: remove_destination
delete from export_destinations where id = $1 returning name;

-- name: add_exports
insert into exports (id, destination_id, subject, at, payload, state, why)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::jsonb[], $6::text[], $7::text[])
on conflict (destination_id, subject) do nothing;

-- name: visits_of
-- By what the visitors of visits $1 are known elsewhere; $2 and $3 bound their ids. `landings` are those of the visit and of
-- the visitor's visits before it, the latest first, from id $4 on: a click of then may have led here.
select v.id, v.site_id, v.started_at, v.ym, v.ga, v.ga_sessions, v.landing, earlier.landings, earlier.begun
from visits v
cross join lateral (
    select array_agg(landing order by id desc) as landings, array_agg(started_at order by id desc) as begun
    from (
        select e.id, e.landing, e.started_at from visits e
        where e.visitor = v.visitor and e.id <= v.id and e.id >= $4 order by e.id desc limit 50
    ) as each
) as earlier
where v.id = any ($1::uuid[]) and v.id >= $2 and v.id <= $3;

-- name: called_before
-- Which of clients $2 called before their call $1.
select a.call_id from unnest($1::uuid[], $2::text[]) as a (call_id, client)
where exists (select from calls c where c.client = a.client and c.client <> '' and c.direction = 'in' and c.id < a.call_id);

-- name: take_payments
-- Takes away at most $2 notes of payments up to day $1. The change that a note tells of is committed: until then its row is
-- locked, and passed over.
delete from export_payments where payment_id in (
    select payment_id from export_payments where paid_on <= $1 order by paid_on, payment_id limit $2 for update skip locked
) returning payment_id, paid_on;

-- name: longest_window
select max(campaign_days) from tracking_sites;

-- name: led_payments
-- Payments $1, in days of zone $2, each with the latest call or form of its payer that led to it, as the report of channels
-- finds it (results/pieces.sql, asked and led, which have a reach and days for it; test_led_alike.py holds both to the same):
-- calls of no site look back by $3, ids of calls and forms are from $4 up to $5.
select asked.id, asked.kopecks, asked.cancelled, asked.over, found.*
from (
    select p.id, round(100 * p.amount)::bigint as kopecks, p.cancelled_at is not null as cancelled, l.phone,
        (p.paid_on + time '23:59:59') at time zone $2 as over,
        coalesce(p.contact_id, o.contact_id, d.contact_id, l.contact_id) as contact_id,
        coalesce(p.company_id, o.company_id, d.company_id, l.company_id) as company_id
    from payments p
    left join invoices i on i.id = p.invoice_id
    left join orders o on o.id = coalesce(p.order_id, i.order_id)
    left join deals d on d.id = o.deal_id
    left join leads l on l.id = d.lead_id
    where p.id = any ($1::uuid[])
) as asked
left join lateral (
    with numbers as (
        select asked.phone as number where asked.phone is not null
        union select number from contact_phones where contact_id = asked.contact_id
        union select number from contact_phones join contacts k on k.id = contact_id
            where asked.contact_id is null and asked.phone is null and k.company_id = asked.company_id
    )
    select a.visit_id, a.site, a.confidence, c.started_at as led_at
    from numbers
    join calls c on c.client = numbers.number and c.id >= $4 and c.id < $5
    join attributions a on a.call_id = c.id and a.call_id >= $4 and a.call_id < $5
    left join tracking_rules r on r.site = a.site
    where c.started_at <= asked.over + interval '10 minutes' and c.started_at > asked.over - coalesce(r.back, $3::interval)
      and c.client <> '' and c.outcome in ('answered', 'missed', 'ringing')
    union all
    select f.visit_id, s.name, 1.0, f.at
    from numbers
    join site_forms f on f.phone = numbers.number and f.id >= $4 and f.id < $5
    join tracking_sites s on s.id = f.site_id
    where f.at <= asked.over + interval '10 minutes' and f.at > asked.over - make_interval(hours => 24 * s.campaign_days)
    order by led_at desc limit 1
) as found on true
order by asked.over, asked.id;

-- name: forget_payments
-- What was not told yet of payments $1, to destinations of kinds $2: it is told anew, or of nobody any more.
delete from exports where destination_id in (select id from export_destinations where kind = any ($2::text[]))
  and subject = any ($1::text[]) and state in ('waiting', 'unfit');

-- name: lock_gathering
select pg_try_advisory_xact_lock(262001);

-- name: waiting
-- The oldest that wait for destination $1, at most $2.
select id, payload from exports where destination_id = $1 and state = 'waiting' order by id limit $2 for update skip locked;

-- name: leave_out
update exports e set state = 'unfit', why = u.why
from unnest($1::uuid[], $2::text[]) as u (id, why) where e.id = u.id and e.state = 'waiting';

-- name: add_batch
insert into export_batches (id, destination_id, at, rows) values ($1, $2, $3, $4);

-- name: fill_batch
update exports set state = 'queued', batch_id = $2 where id = any ($1::uuid[]);

-- name: batch
select b.id, b.destination_id, b.sent_at, b.remote_id from export_batches b where b.id = $1;

-- name: rows_of
select id, payload from exports where batch_id = $1 order by id;

-- name: cancelled_in
-- Rows of batch $1 that tell of a payment which was cancelled since, or is gone.
select e.id from exports e
where e.batch_id = $1 and e.state = 'queued' and e.subject like 'payment:%'
  and not exists (select from payments p where p.id = substr(e.subject, 9)::uuid and p.cancelled_at is null);

-- name: leave_out_of_batch
-- Rows $2 of batch $1, which the other side refuses, each with why.
with left_out as (
    update exports e set state = 'unfit', why = u.why, batch_id = null
    from unnest($2::uuid[], $3::text[]) as u (id, why)
    where e.id = u.id and e.batch_id = $1 and e.state = 'queued' returning e.id
)
update export_batches set rows = rows - (select count(*) from left_out) where id = $1;

-- name: batch_sent
with sent as (
    update export_batches set sent_at = $2, remote_id = $3 where id = $1 and sent_at is null returning id
)
update exports e set state = 'sent' from sent where e.batch_id = sent.id;

-- name: to_reconcile
-- Uploads to destinations of kinds $3 that have not said what they joined, not asked about for a while.
select b.id, b.destination_id, b.remote_id
from export_batches b join export_destinations d on d.id = b.destination_id
where b.remote_id <> '' and b.joined is null and b.sent_at > $1 and (b.checked_at is null or b.checked_at < $2)
  and d.kind = any ($3::text[]) and d.active
order by b.sent_at limit 50;

-- name: reconciled
update export_batches set remote_state = $2, joined = $3, checked_at = $4 where id = $1;

-- name: counts
-- What became of the rows of the last $1 days, by destination.
select d.id,
       count(e.id) filter (where e.state = 'waiting') as waiting, count(e.id) filter (where e.state = 'queued') as queued,
       count(e.id) filter (where e.state = 'sent') as sent, count(e.id) filter (where e.state = 'unfit') as unfit,
       coalesce((select sum(b.joined) from export_batches b
                 where b.destination_id = d.id and b.id >= $1 and b.joined is not null), 0) as joined,
       coalesce((select sum(b.rows) from export_batches b
                 where b.destination_id = d.id and b.id >= $1 and b.joined is not null), 0) as judged
from export_destinations d left join exports e on e.destination_id = d.id and e.id >= $1
group by d.id;

-- name: whys
select why, count(*) as number from exports where destination_id = $1 and id >= $2 and state = 'unfit' group by why order by 2 desc;

-- name: said
-- What the other side said of the uploads to destination $1.
select remote_state, count(*) as number from export_batches
where destination_id = $1 and id >= $2 and remote_state <> '' group by remote_state order by number desc limit 8;

-- name: newest
select subject, at, payload, state, why from exports where destination_id = $1 order by id desc limit $2;

-- name: latest_call
-- The newest explained call since $1 that is over, and its visit.
select a.call_id, a.visit_id, a.site, a.landing, a.confidence, c.client, c.dialled, c.started_at, c.answered_at, c.outcome, c.talk_ms
from attributions a join calls c on c.id = a.call_id and c.ended_at is not null
join visits v on v.id = a.visit_id
where a.call_id >= $1 and a.visit_id is not null order by a.call_id desc limit 1;

-- name: latest_form
select f.id, f.kind, f.at, f.phone, f.page, f.visit_id
from site_forms f join visits v on v.id = f.visit_id where f.id >= $1 order by f.id desc limit 1;

-- name: latest_payment
select id, paid_on from payments where cancelled_at is null and paid_on <= $1 order by paid_on desc, id desc limit 1;

-- name: prune
delete from exports where id < $1 and state <> 'waiting';

-- name: prune_batches
delete from export_batches b where b.id < $1 and not exists (select from exports e where e.batch_id = b.id);

-- name: claim_counting
-- The destination of Metrica's calls that was asked longest ago, before $1, and may be asked now ($2).
update export_destinations set counted_at = $2 where id = (
    select id from export_destinations
    where kind = 'metrica_calls' and active and (counted_at is null or counted_at < $1)
    order by counted_at nulls first limit 1 for update skip locked)
returning id;

-- name: forget_counts
delete from export_counts where destination_id = $1 and day >= $2 and day <= $3;

-- name: keep_counts
insert into export_counts (destination_id, day, number, calls)
select $1, day, number, calls from unnest($2::date[], $3::text[], $4::integer[]) as counted (day, number, calls);

-- name: claim_look
-- One node looks at a time.
select pg_try_advisory_xact_lock(7245367);

-- name: find_overlaps
-- Several dealers of one end customer and article among the orders of $2 days before $1, that are not proposed yet; one that was
-- rejected is proposed again when there are more dealers.
select found.customer_key, found.article, found.customer, found.dealers
from (
    select ordered.customer_key, article, min(ordered.end_customer) as customer,
           count(distinct ordered.company_id)::integer as dealers
    from orders as ordered cross join unnest(ordered.article_list) as article
    where ordered.ordered_on > $1::date - $2::integer and ordered.customer_key <> '' and ordered.company_id is not null
    group by ordered.customer_key, article
    having count(distinct ordered.company_id) > 1
) as found
where not exists (
        select from dealer_overlaps as known
        where known.customer_key = found.customer_key and known.article = found.article
            and (known.state in ('suspected', 'confirmed')
                 or known.state = 'rejected' and known.dealers >= found.dealers and known.decided_at > $1::date - $2::integer)
    )
order by found.customer_key, found.article limit 500;

-- name: add_overlap
insert into dealer_overlaps (id, customer_key, article, customer, dealers, found_at) values ($1, $2, $3, $4, $5, $6)
on conflict (customer_key, article) where state in ('suspected', 'confirmed') do nothing returning id;

-- name: expire
-- Reservations whose term was over before $1.
update reservations set state = 'expired', ended_at = $2 where state = 'active' and until < $1::date
returning id, overlap_id, company_id;

-- name: close_old
-- What was decided over $2 days before $1, and nobody has now; what nobody decided, and whose orders are not of the $2 days any more.
update dealer_overlaps as overlap set state = 'closed'
where state = 'confirmed' and decided_at < $1::timestamptz - make_interval(days => $2)
        and not exists (select from reservations where overlap_id = overlap.id and state = 'active')
    or state = 'suspected' and found_at < $1::timestamptz - make_interval(days => $2) and (
        select count(distinct ordered.company_id) from orders as ordered
        where ordered.customer_key = overlap.customer_key and overlap.article = any (ordered.article_list)
            and ordered.ordered_on > $1::date - $2::integer
    ) < 2;

-- name: prune
-- What was closed or rejected, found over $2 days before $1, where no reservation was made in these days: 500 at a time.
delete from dealer_overlaps where id in (
    select id from dealer_overlaps as overlap
    where state in ('rejected', 'closed') and found_at < $1::timestamptz - make_interval(days => $2)
        and coalesce(decided_at, found_at) < $1::timestamptz - make_interval(days => $2)
        and not exists (select from reservations where overlap_id = overlap.id)
    order by found_at limit 500
);

-- name: list_overlaps
-- Those of state $1, the latest first, with their orders since $4 days before they were found, and the ledger; from behind ($2, $3) on.
select overlap.id, overlap.customer, overlap.article, overlap.state, overlap.found_at, overlap.decided_at,
       decider.name as decided_by,
       coalesce((
           select jsonb_agg(jsonb_build_object(
               'company_id', ordered.company_id, 'company', company.name, 'number', ordered.number,
               'ordered_on', ordered.ordered_on, 'amount', ordered.amount::float8) order by ordered.ordered_on, ordered.id)
           from orders as ordered join companies as company on company.id = ordered.company_id
           where ordered.customer_key = overlap.customer_key and ordered.ordered_on > overlap.found_at::date - $4::integer
               and overlap.article = any (ordered.article_list)
       ), '[]') as orders,
       coalesce((
           select jsonb_agg(jsonb_build_object(
               'id', kept.id, 'company', company.name, 'state', kept.state, 'until', kept.until,
               'prolongations', kept.prolongations, 'reason', kept.reason, 'at', kept.at, 'person', person.name)
               order by kept.at desc, kept.id)
           from reservations as kept
           join companies as company on company.id = kept.company_id
           left join people as person on person.id = kept.person_id
           where kept.overlap_id = overlap.id
       ), '[]') as ledger
from dealer_overlaps as overlap left join people as decider on decider.id = overlap.decided_by
where overlap.state = $1 and ($2::timestamptz is null or (overlap.found_at, overlap.id) < ($2, $3::uuid))
order by overlap.found_at desc, overlap.id desc
limit $5;

-- name: hold_overlap
select id, customer_key, article, state, found_at from dealer_overlaps where id = $1 for update;

-- name: dealers_of
-- The dealers of an overlap, by its key $1, article $2 and the days since $3.
select distinct company_id from orders
where customer_key = $1 and ordered_on > $3::date and $2 = any (article_list) and company_id is not null;

-- name: decide
update dealer_overlaps set state = $2, decided_at = $3, decided_by = $4, dealers = $5 where id = $1;

-- name: end_active
update reservations set state = 'ended', ended_at = $2 where overlap_id = $1 and state = 'active' returning id, company_id;

-- name: reserve
insert into reservations (id, overlap_id, company_id, state, until, reason, at, person_id)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: prolong
update reservations set until = $2, prolongations = prolongations + 1
where overlap_id = $1 and state = 'active' and until < $2 returning id, company_id, prolongations;

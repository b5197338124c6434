-- name: lock
-- Rows of one base are saved by one at a time: whoever waits for a record sees it come.
select pg_advisory_xact_lock(hashtextextended($1, 410));

-- name: take
-- Of records in $2 those that are newer than what was ever told of them; with $3 those alone that say something else.
insert into crm_onec_rows as t (source, kind, external_id, version, fingerprint)
select $1, n.kind, n.id, n.version, decode(n.fingerprint, 'hex')
from jsonb_to_recordset($2::jsonb) as n (kind text, id text, version bigint, fingerprint text)
on conflict (source, kind, external_id) do update set version = excluded.version, fingerprint = excluded.fingerprint
where excluded.version > t.version and not ($3 and excluded.fingerprint = t.fingerprint)
returning kind, external_id;

-- name: known
-- What is here of records in $2.
select r.kind, r.external_id, r.version, r.fingerprint
from jsonb_to_recordset($2::jsonb) as n (kind text, id text)
join crm_onec_rows r on r.source = $1 and r.kind = n.kind and r.external_id = n.id;

-- name: companies_known
select external_id from companies where source = $1 and external_id = any ($2::text[]);

-- name: orders_known
select external_id from orders where source = $1 and external_id = any ($2::text[]);

-- name: save_counterparties
-- Companies; a class that 1C says counts, else the one that is here stays.
insert into companies as t (id, name, tax_id, class, city, source, external_id, version, raw)
select n.row_id, n.name, n.inn, coalesce(n.class, 'unknown')::contact_class, '', $1, n.id, n.version, n.raw
from jsonb_to_recordset($2::jsonb) as n (
    row_id uuid, id text, version bigint, name text, inn text, class text, deleted boolean, raw jsonb)
where not coalesce(n.deleted, false)
on conflict (source, external_id) do update set name = excluded.name, tax_id = excluded.tax_id, raw = excluded.raw,
    class = case when excluded.class = 'unknown' then t.class else excluded.class end, version = excluded.version,
    deleted_at = null, updated_at = now();

-- name: save_own_contacts
-- The contact that stands for a company, and has its numbers.
insert into contacts as t (id, company_id, name, class, source, external_id, version)
select n.own_id, c.id, left(n.name, 300), c.class, $1, n.own, n.version
from jsonb_to_recordset($2::jsonb) as n (own_id uuid, own text, id text, version bigint, name text)
join companies c on c.source = $1 and c.external_id = n.id
on conflict (source, external_id) do update set company_id = excluded.company_id, name = excluded.name,
    class = excluded.class, version = excluded.version,
    deleted_at = null, updated_at = now();

-- name: remove_companies
update companies set deleted_at = now(), updated_at = now()
where source = $1 and external_id = any ($2::text[]) and deleted_at is null;

-- name: save_orders
-- What a record says, of what not every way of telling tells only what is in $3; what is gone keeps what it said.
insert into orders as t (id, company_id, contact_id, deal_id, number, amount, paid, paid_percent, shipped_percent,
    deferred_until, ordered_on, document_url, source, external_id, version, raw)
select n.row_id, c.id, coalesce(d.contact_id, n.contact_id), d.id, coalesce(n.number, ''), n.amount, coalesce(n.paid, 0),
    n.paid_percent, n.shipped_percent, n.deferred_until, n.date, n.document_url, $1, n.id, n.version, n.raw
from jsonb_to_recordset($2::jsonb) as n (
    row_id uuid, id text, version bigint, counterparty text, deal_id uuid, contact_id uuid, number text, amount numeric,
    paid numeric, paid_percent smallint, shipped_percent smallint, deferred_until date, date date, document_url text,
    deleted boolean, raw jsonb)
left join companies c on c.source = $1 and c.external_id = n.counterparty
left join deals d on d.id = n.deal_id
where not coalesce(n.deleted, false)
on conflict (source, external_id) do update set
    company_id = case when 'company' = any ($3::text[]) then excluded.company_id else t.company_id end,
    contact_id = case when 'deal' = any ($3::text[]) then excluded.contact_id else t.contact_id end,
    deal_id = case when 'deal' = any ($3::text[]) then excluded.deal_id else t.deal_id end,
    document_url = case when 'deal' = any ($3::text[]) then excluded.document_url else t.document_url end,
    number = excluded.number, amount = excluded.amount,
    paid = case when 'paid' = any ($3::text[]) then excluded.paid else t.paid end,
    paid_percent = case when 'paid_percent' = any ($3::text[]) then excluded.paid_percent else t.paid_percent end,
    shipped_percent = case when 'shipped_percent' = any ($3::text[]) then excluded.shipped_percent else t.shipped_percent end,
    deferred_until = case when 'deferred_until' = any ($3::text[]) then excluded.deferred_until else t.deferred_until end,
    ordered_on = excluded.ordered_on, version = excluded.version, raw = excluded.raw, cancelled_at = null,
    updated_at = now();

-- name: cancel_orders
update orders set cancelled_at = now(), updated_at = now()
where source = $1 and external_id = any ($2::text[]) and cancelled_at is null;

-- name: save_states
-- What of orders is paid and shipped, where another set of 1C tells it.
update orders t set
    paid = case when 'paid' = any ($3::text[]) then coalesce(n.paid, 0) else t.paid end,
    paid_percent = case when 'paid_percent' = any ($3::text[]) then n.paid_percent else t.paid_percent end,
    shipped_percent = case when 'shipped_percent' = any ($3::text[]) then n.shipped_percent else t.shipped_percent end,
    deferred_until = case when 'deferred_until' = any ($3::text[]) then n.deferred_until else t.deferred_until end,
    updated_at = now()
from jsonb_to_recordset($2::jsonb) as n (
    id text, paid numeric, paid_percent smallint, shipped_percent smallint, deferred_until date)
where t.source = $1 and t.external_id = n.id;

-- name: save_payments
insert into payments as t (id, company_id, contact_id, order_id, amount, paid_on, source, external_id, version, raw)
select n.row_id, c.id, o.contact_id, o.id, n.amount, n.date, $1, n.id, n.version, n.raw
from jsonb_to_recordset($2::jsonb) as n (
    row_id uuid, id text, version bigint, counterparty text, "order" text, amount numeric, date date, cancelled boolean,
    raw jsonb)
left join companies c on c.source = $1 and c.external_id = n.counterparty
left join orders o on o.source = $1 and o.external_id = n."order"
where not coalesce(n.cancelled, false)
on conflict (source, external_id) do update set
    company_id = case when 'company' = any ($3::text[]) then excluded.company_id else t.company_id end,
    contact_id = case when 'order' = any ($3::text[]) then excluded.contact_id else t.contact_id end,
    order_id = case when 'order' = any ($3::text[]) then excluded.order_id else t.order_id end, amount = excluded.amount, paid_on = excluded.paid_on, version = excluded.version,
    raw = excluded.raw, cancelled_at = null, updated_at = now();

-- name: cancel_payments
update payments set cancelled_at = now(), updated_at = now()
where source = $1 and external_id = any ($2::text[]) and cancelled_at is null;

-- name: save_debts
insert into debts as t (id, company_id, amount, overdue, overdue_days, due_on, source, external_id, version, raw)
select n.row_id, c.id, n.amount, coalesce(n.overdue, 0), coalesce(n.overdue_days, 0), n.due_on, $1, n.id, n.version, n.raw
from jsonb_to_recordset($2::jsonb) as n (
    row_id uuid, id text, version bigint, counterparty text, amount numeric, overdue numeric, overdue_days integer,
    due_on date, raw jsonb, deleted boolean)
join companies c on c.source = $1 and c.external_id = n.counterparty
where not coalesce(n.deleted, false)
on conflict (source, external_id) do update set company_id = excluded.company_id, amount = excluded.amount,
    overdue = excluded.overdue, overdue_days = excluded.overdue_days, due_on = excluded.due_on, version = excluded.version,
    raw = excluded.raw, updated_at = now();

-- name: remove_debts
delete from debts where source = $1 and external_id = any ($2::text[]) returning company_id, contact_id;

-- name: debtors
select company_id, contact_id from debts where source = $1 and external_id = any ($2::text[]);

-- name: forget_waiting
delete from crm_onec_waiting w using jsonb_to_recordset($2::jsonb) as n (kind text, id text)
where w.source = $1 and w.kind = n.kind and w.external_id = n.id and w.field = any ($3::text[]);

-- name: keep_waiting
-- Of references in $2 those that name what is not here.
insert into crm_onec_waiting (source, kind, external_id, field, key)
select $1, n.kind, n.id, n.field, n.key
from jsonb_to_recordset($2::jsonb) as n (kind text, id text, field text, key text)
where case n.field
    when 'counterparty' then not exists (select from companies c where c.source = $1 and c.external_id = n.key)
    else not exists (select from orders o where o.source = $1 and o.external_id = n.key)
end
on conflict (source, kind, external_id, field) do update set key = excluded.key;

-- name: join_order_companies
update orders t set company_id = c.id, updated_at = now()
from crm_onec_waiting w join companies c on c.source = w.source and c.external_id = w.key
where w.source = $1 and w.field = 'counterparty' and w.key = any ($2::text[]) and w.kind = 'order'
    and t.source = w.source and t.external_id = w.external_id;

-- name: join_payment_companies
update payments t set company_id = c.id, updated_at = now()
from crm_onec_waiting w join companies c on c.source = w.source and c.external_id = w.key
where w.source = $1 and w.field = 'counterparty' and w.key = any ($2::text[]) and w.kind = 'payment'
    and t.source = w.source and t.external_id = w.external_id;

-- name: join_payment_orders
update payments t set order_id = o.id, contact_id = o.contact_id, updated_at = now()
from crm_onec_waiting w join orders o on o.source = w.source and o.external_id = w.key
where w.source = $1 and w.field = 'order' and w.key = any ($2::text[]) and w.kind = 'payment'
    and t.source = w.source and t.external_id = w.external_id;

-- name: joined
delete from crm_onec_waiting where source = $1 and field = $2 and key = any ($3::text[]);

-- name: follow_orders
-- Whose an order is, its payments are.
update payments p set contact_id = o.contact_id, updated_at = now()
from orders o
where o.source = $1 and o.external_id = any ($2::text[]) and p.order_id = o.id and p.contact_id is distinct from o.contact_id;

-- name: found_for
-- What orders in $2 may belong to: $1 is where they come from, $3 the sources of CRMs. Of what a number has only what goes
-- on, and only of others: a base's own contacts come in any order. Ids are ordered as text, or the whole table would be read in
-- their order until two are found.
select n.id, o.deal_id as joined, coalesce(joint.source = $1, false) as is_own, named.id as deal, wish.id as lead,
    array(select d.id from deals d where d.lead_id = wish.id and d.closed_at is null order by d.id::text limit 2) as of_lead,
    owner.ids as contacts,
    array(
        select d.id from deals d where d.contact_id = any (owner.ids) and d.closed_at is null order by d.id::text limit 2
    ) as deals,
    array(
        select l.id from leads l
        where (l.phone = n.phone or l.contact_id = any (owner.ids)) and l.closed_at is null order by l.id::text limit 2
    ) as leads
from jsonb_to_recordset($2::jsonb) as n (id text, deal text, lead text, phone text)
left join orders o on o.source = $1 and o.external_id = n.id
left join deals joint on joint.id = o.deal_id
left join lateral (
    select min(d.id::text)::uuid as id from deals d
    where d.id = case when n.deal ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then n.deal::uuid end
        or (d.source = any ($3::text[]) and d.external_id = n.deal) having count(*) = 1
) as named on true
left join lateral (
    select min(l.id::text)::uuid as id from leads l
    where l.id = case when n.lead ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then n.lead::uuid end
        or (l.source = any ($3::text[]) and l.external_id = n.lead) having count(*) = 1
) as wish on true
cross join lateral (
    select array(
        select k.id from contact_phones p join contacts k on k.id = p.contact_id
        where p.number = n.phone and k.deleted_at is null and k.source <> $1 order by k.id::text limit 20
    ) as ids
) as owner;

-- name: crm_sources
-- What a CRM of the company's own tells has its id as source, whether it is asked for it or sends it.
select source from crm_mirrors
union select 'generic:' || id from crm_connectors where kind = 'generic'
union select 'site';

-- name: save_sales
-- A fast sale that belongs to no deal is one: begun and won on its day.
insert into deals as t (id, lead_id, contact_id, company_id, title, stage, amount, opened_at, closed_at, source, external_id,
    version)
select n.deal_id, n.lead_id, n.contact_id, c.id, n.title, 'sale', n.amount, n.date::timestamp at time zone $3,
    n.date::timestamp at time zone $3, $1, n.external_id, n.version
from jsonb_to_recordset($2::jsonb) as n (
    deal_id uuid, lead_id uuid, contact_id uuid, counterparty text, title text, amount numeric, date date, external_id text,
    version bigint)
left join companies c on c.source = $1 and c.external_id = n.counterparty
on conflict (source, external_id) do update set company_id = excluded.company_id, title = excluded.title,
    amount = excluded.amount, opened_at = excluded.opened_at, closed_at = excluded.closed_at, stage = 'sale',
    version = excluded.version, updated_at = now()
returning external_id, id;

-- name: end_sales
-- Of sales that were deleted.
update deals set stage = 'deleted', updated_at = now()
where source = $1 and external_id = any ($2::text[]) and stage <> 'deleted';

-- name: begin_base
-- Under its name at first; where another base took that as its source before, with its id.
insert into crm_onec (connector_id, source)
select $1::uuid, case
    when exists (select from crm_onec where source = 'onec:' || $2::text) then 'onec:' || $2::text || ':' || $1::uuid::text
    else 'onec:' || $2::text
end
on conflict (connector_id) do nothing;

-- name: base
select connector_id, source, turn, layout, mapping, history, since, heard_at, saved, refused, refusal
from crm_onec where connector_id = $1;

-- name: heard
update crm_onec set heard_at = $2, saved = saved + $3, refused = refused + $4,
    refusal = case when $5 = '' then refusal else $5 end
where connector_id = $1;

-- name: begin_place
insert into crm_onec_places (connector_id, part) values ($1, $2) on conflict do nothing;

-- name: place
select part, place, begun_at, whole_at, read_at, read, unread, trouble from crm_onec_places
where connector_id = $1 and part = $2;

-- name: places
select part, place, begun_at, whole_at, read_at, read, unread, trouble from crm_onec_places where connector_id = $1;

-- name: move
-- From $3, where all has been read since $4 (null: it begins; the last time it was read is $9), to $5; with null it is all
-- read. Nothing where another process has moved it meanwhile.
update crm_onec_places set place = coalesce($5::text, ''), trouble = '', read_at = $8, read = read + $6, unread = unread + $7,
    whole_at = case when $5::text is null then coalesce(begun_at, $8) else whole_at end,
    begun_at = case when $5::text is not null then coalesce(begun_at, $8) end
where connector_id = $1 and part = $2 and place = $3 and begun_at is not distinct from $4
    and whole_at is not distinct from $9
returning part;

-- name: recent
-- What was made lately is read beside all of it.
update crm_onec_places set trouble = '', read_at = $3, read = read + $4, unread = unread + $5
where connector_id = $1 and part = $2;

-- name: in_trouble
update crm_onec_places set trouble = $3 where connector_id = $1 and part = $2;

-- name: read_anew
delete from crm_onec_places where connector_id = $1;

-- name: read_alone
-- Places of parts that are not among $2 any more.
delete from crm_onec_places where connector_id = $1 and part <> all ($2::text[]);

-- name: debts_here
select external_id from debts where source = $1;

-- name: change_base
update crm_onec set layout = $2, mapping = $3, history = $4, since = $5 where connector_id = $1;

-- name: another_secret
update crm_onec set turn = turn + 1 where connector_id = $1;

-- name: mark_clients
-- Who orders, pays or owes is a client, where nothing else is known of him; and so is who stands for him.
with clients as (
    update companies c set class = 'client', updated_at = now()
    where c.source = $1 and c.external_id = any ($2::text[]) and c.class = 'unknown' and (
        exists (select from orders o where o.company_id = c.id)
        or exists (select from payments p where p.company_id = c.id)
        or exists (select from debts d where d.company_id = c.id))
    returning c.id
)
update contacts k set class = 'client', updated_at = now()
from clients where k.company_id = clients.id and k.source = $1 and k.class = 'unknown';

-- name: fills
-- Whether a CRM is read into the mirror.
select fills from crm_connectors where id = $1;

-- name: choose_fills
-- What was switched on is read from the start, and believed.
with begun as (
    update crm_mirrors set since = null, delta_id = 0, delta_at = null, sweep_id = null, sweep_at = null, swept_at = null,
        read = 0, unread = 0, gone = 0, trouble = '', doubt = '', believed = true
    from crm_connectors c
    where crm_mirrors.connector_id = $1 and c.id = $1 and $2 and not c.fills
)
update crm_connectors set fills = $2 where id = $1;

-- name: take_turn
-- One process at a time reads a CRM: until $3, or until it says that it is done.
update crm_connectors set reading_until = $3
where id = $1 and fills and (reading_until is null or reading_until <= $2) returning reading_until;

-- name: end_turn
update crm_connectors set reading_until = null where id = $1 and reading_until = $2;

-- name: begin
-- What is read of $1; of another source than before it is read from the start.
insert into crm_mirrors (connector_id, entity, source) select $1, unnest($2::text[]), $3
on conflict (connector_id, entity) do update set source = excluded.source, since = null, delta_id = 0, delta_at = null,
    sweep_id = null, sweep_at = null, swept_at = null, read = 0, unread = 0, gone = 0, trouble = '', doubt = '',
    believed = false
where crm_mirrors.source <> excluded.source;

-- name: mirrors
select entity, source, since, delta_id, delta_at, sweep_id, sweep_at, swept_at, read, unread, gone, trouble, doubt, believed,
    looked_at
from crm_mirrors where connector_id = $1;

-- name: swept
-- A sweep came from id $3 (null: it begins) to $4; null: to its end. What is changed from its begin on is the delta's.
-- Nothing where another process has moved it meanwhile.
update crm_mirrors set sweep_id = $4, sweep_at = case when $3::bigint is null then $5 else sweep_at end,
    swept_at = case when $4::bigint is null then case when $3::bigint is null then $5 else sweep_at end else swept_at end,
    since = coalesce(since, $5), read = read + $6, unread = unread + $7, gone = gone + $8, trouble = '',
    doubt = '', believed = believed and $4::bigint is not null, looked_at = $9
where connector_id = $1 and entity = $2 and sweep_id is not distinct from $3
returning entity;

-- name: caught_up
-- The reading of changes came from id $3 to $4, or, with null, to its end; it began at $5.
update crm_mirrors set delta_id = coalesce($4::bigint, 0), delta_at = case when $4::bigint is not null then $5::timestamptz end,
    since = case when $4::bigint is null then $5 else since end, read = read + $6, unread = unread + $7, trouble = '',
    looked_at = $8
where connector_id = $1 and entity = $2 and delta_id = $3 and since is not null
returning entity;

-- name: noticed
-- Some records were read, whatever places there are.
update crm_mirrors set read = read + $3, unread = unread + $4, gone = gone + $5, looked_at = $6
where connector_id = $1 and entity = $2;

-- name: in_trouble
update crm_mirrors set trouble = $3, looked_at = $4 where connector_id = $1 and entity = $2;

-- name: in_doubt
update crm_mirrors set doubt = $3, looked_at = $4 where connector_id = $1 and entity = $2;

-- name: known_there
-- How many rows of a source are thought to be there.
select
    case $2::text
        when 'companies' then (select count(*) from companies where source = $1 and deleted_at is null)
        when 'contacts' then (
            select count(*) from contacts
            where source = $1 and deleted_at is null and not starts_with(external_id, 'company:')
        )
        when 'leads' then (select count(*) from leads where source = $1 and stage <> 'deleted')
        else (select count(*) from deals where source = $1 and stage <> 'deleted')
    end;

-- name: save_companies
-- What the CRM says of companies: newer than what is here, or as old and told otherwise. A class that was found here stays.
insert into companies as t (id, name, class, responsible_id, source, external_id, version)
select n.id, n.name, n.class::contact_class, p.id, $1, n.external_id, n.version
from jsonb_to_recordset($3::jsonb) as n (id uuid, external_id text, version bigint, name text, class text, assigned bigint)
left join lateral (
    select p.id from crm_users u join people p on p.extension = u.extension and p.active
    where u.connector_id = $2 and u.user_id = n.assigned order by u.extension limit 1
) as p on true
on conflict (source, external_id) do update set name = excluded.name,
    class = case t.class when 'unknown' then excluded.class else t.class end,
    responsible_id = excluded.responsible_id, version = excluded.version, deleted_at = null, updated_at = now()
where excluded.version > t.version or (excluded.version = t.version and (
    (t.name, t.responsible_id) is distinct from (excluded.name, excluded.responsible_id)
    or t.deleted_at is not null or (t.class = 'unknown' and excluded.class <> 'unknown')));

-- name: save_contacts
-- The same of contacts; their numbers follow.
insert into contacts as t (id, company_id, name, class, responsible_id, email, source, external_id, version)
select n.id, c.id, n.name, n.class::contact_class, p.id, n.email, $1, n.external_id, n.version
from jsonb_to_recordset($3::jsonb) as n (
    id uuid, external_id text, version bigint, name text, class text, assigned bigint, email text, company text)
left join companies c on c.source = $1 and c.external_id = n.company and c.deleted_at is null
left join lateral (
    select p.id from crm_users u join people p on p.extension = u.extension and p.active
    where u.connector_id = $2 and u.user_id = n.assigned order by u.extension limit 1
) as p on true
on conflict (source, external_id) do update set company_id = excluded.company_id, name = excluded.name,
    class = case t.class when 'unknown' then excluded.class else t.class end, email = excluded.email,
    responsible_id = excluded.responsible_id, version = excluded.version, deleted_at = null, updated_at = now()
where excluded.version > t.version or (excluded.version = t.version and (
    (t.company_id, t.name, t.responsible_id, t.email)
        is distinct from (excluded.company_id, excluded.name, excluded.responsible_id, excluded.email)
    or t.deleted_at is not null or (t.class = 'unknown' and excluded.class <> 'unknown')));

-- name: drop_numbers
-- Numbers that contacts, as they are here now, do not have there any more.
delete from contact_phones p
using contacts t, jsonb_to_recordset($2::jsonb) as n (external_id text, version bigint, phones text[])
where t.source = $1 and t.external_id = n.external_id and t.version = n.version
    and p.contact_id = t.id and p.number <> all (n.phones);

-- name: add_numbers
insert into contact_phones (number, contact_id)
select one.number, t.id
from jsonb_to_recordset($2::jsonb) as n (external_id text, version bigint, phones text[])
join contacts t on t.source = $1 and t.external_id = n.external_id and t.version = n.version
cross join unnest(n.phones) as one (number)
on conflict do nothing;

-- name: save_leads
-- The same of leads; direction and next call are ours. What goes on again there is open again here.
insert into leads as t (
    id, contact_id, company_id, title, stage, responsible_id, phone, opened_at, closed_at, source, external_id, version)
select n.id, k.id, c.id, n.title, n.stage, p.id, n.phone, n.opened_at, n.closed_at, $1, n.external_id, n.version
from jsonb_to_recordset($3::jsonb) as n (
    id uuid, external_id text, version bigint, title text, stage text, assigned bigint, phone text, company text,
    contact text, opened_at timestamptz, closed_at timestamptz)
left join companies c on c.source = $1 and c.external_id = n.company
left join contacts k on k.source = $1 and k.external_id = n.contact
left join lateral (
    select p.id from crm_users u join people p on p.extension = u.extension and p.active
    where u.connector_id = $2 and u.user_id = n.assigned order by u.extension limit 1
) as p on true
on conflict (source, external_id) do update set contact_id = excluded.contact_id, company_id = excluded.company_id,
    title = excluded.title, stage = excluded.stage, responsible_id = excluded.responsible_id, phone = excluded.phone,
    opened_at = excluded.opened_at, closed_at = excluded.closed_at, version = excluded.version, updated_at = now()
where excluded.version > t.version or (excluded.version = t.version and
    (t.contact_id, t.company_id, t.title, t.stage, t.responsible_id, t.phone, t.closed_at) is distinct from
    (excluded.contact_id, excluded.company_id, excluded.title, excluded.stage, excluded.responsible_id, excluded.phone,
     excluded.closed_at));

-- name: save_deals
-- The same of deals; department and document are ours.
insert into deals as t (
    id, lead_id, contact_id, company_id, title, stage, amount, responsible_id, opened_at, closed_at, source, external_id,
    version)
select n.id, l.id, k.id, c.id, n.title, n.stage, n.amount, p.id, n.opened_at, n.closed_at, $1, n.external_id, n.version
from jsonb_to_recordset($3::jsonb) as n (
    id uuid, external_id text, version bigint, title text, stage text, amount numeric, assigned bigint, company text,
    contact text, lead text, opened_at timestamptz, closed_at timestamptz)
left join companies c on c.source = $1 and c.external_id = n.company
left join contacts k on k.source = $1 and k.external_id = n.contact
left join leads l on l.source = $1 and l.external_id = n.lead
left join lateral (
    select p.id from crm_users u join people p on p.extension = u.extension and p.active
    where u.connector_id = $2 and u.user_id = n.assigned order by u.extension limit 1
) as p on true
on conflict (source, external_id) do update set lead_id = excluded.lead_id, contact_id = excluded.contact_id,
    company_id = excluded.company_id, title = excluded.title, stage = excluded.stage, amount = excluded.amount,
    responsible_id = excluded.responsible_id, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
    version = excluded.version, updated_at = now()
where excluded.version > t.version or (excluded.version = t.version and
    (t.lead_id, t.contact_id, t.company_id, t.title, t.stage, t.amount, t.responsible_id, t.closed_at) is distinct from
    (excluded.lead_id, excluded.contact_id, excluded.company_id, excluded.title, excluded.stage, excluded.amount,
     excluded.responsible_id, excluded.closed_at));

-- name: save_orders
-- What deals say of paying and shipping, under the deal's id.
insert into orders as t (
    id, company_id, contact_id, deal_id, number, amount, paid, paid_percent, shipped_percent, deferred_until, ordered_on,
    source, external_id, version)
select n.id, c.id, k.id, d.id, n.number, n.amount, n.paid, n.paid_percent, n.shipped_percent, n.deferred_until,
    n.ordered_on, $1, n.external_id, n.version
from jsonb_to_recordset($2::jsonb) as n (
    id uuid, external_id text, version bigint, number text, amount numeric, paid numeric, paid_percent smallint,
    shipped_percent smallint, deferred_until date, ordered_on date, company text, contact text)
left join companies c on c.source = $1 and c.external_id = n.company
left join contacts k on k.source = $1 and k.external_id = n.contact
left join deals d on d.source = $1 and d.external_id = n.external_id
on conflict (source, external_id) do update set company_id = excluded.company_id, contact_id = excluded.contact_id,
    deal_id = excluded.deal_id, number = excluded.number, amount = excluded.amount, paid = excluded.paid,
    paid_percent = excluded.paid_percent, shipped_percent = excluded.shipped_percent,
    deferred_until = excluded.deferred_until, ordered_on = excluded.ordered_on, version = excluded.version,
    updated_at = now()
where excluded.version > t.version or (excluded.version = t.version and
    (t.company_id, t.contact_id, t.deal_id, t.number, t.amount, t.paid, t.paid_percent, t.shipped_percent,
     t.deferred_until) is distinct from
    (excluded.company_id, excluded.contact_id, excluded.deal_id, excluded.number, excluded.amount, excluded.paid,
     excluded.paid_percent, excluded.shipped_percent, excluded.deferred_until));

-- name: drop_orders
-- Those of deals that are none any more.
delete from orders where source = $1 and external_id = any ($2::text[]);

-- name: deal_fields
select role, field, title from crm_deal_fields where connector_id = $1;

-- name: forget_deal_fields
delete from crm_deal_fields where connector_id = $1;

-- name: keep_deal_fields
insert into crm_deal_fields (connector_id, role, field, title) select $1, * from unnest($2::text[], $3::text[], $4::text[]);

-- name: deals_again
-- Deals are gone through anew, for what was chosen is asked of all of them; without a choice ($3) none is an order.
with gone as (delete from orders where source = $2 and not $3)
update crm_mirrors set sweep_id = null, sweep_at = null, swept_at = null where connector_id = $1 and entity = 'deals';

-- name: gone_companies
-- What a whole list of ids from $2 (without) to $3 (null: all above) does not name, and was not saved from something
-- newer than the list: $5 is when that was made, in milliseconds, as versions are.
update companies set deleted_at = now(), updated_at = now()
where source = $1 and (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and deleted_at is null
    and (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) > $2
    and ($3::bigint is null or (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) <= $3)
    and external_id <> all ($4::text[]) and version < $5
returning external_id;

-- name: gone_contacts
update contacts set deleted_at = now(), updated_at = now()
where source = $1 and (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and deleted_at is null
    and (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) > $2
    and ($3::bigint is null or (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) <= $3)
    and external_id <> all ($4::text[]) and version < $5
returning external_id;

-- name: gone_leads
-- Leads and deals are kept, closed: calls and reports refer to them.
update leads set closed_at = coalesce(closed_at, now()), stage = 'deleted', updated_at = now()
where source = $1 and (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and stage <> 'deleted'
    and (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) > $2
    and ($3::bigint is null or (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) <= $3)
    and external_id <> all ($4::text[]) and version < $5
returning external_id;

-- name: gone_deals
update deals set closed_at = coalesce(closed_at, now()), stage = 'deleted', updated_at = now()
where source = $1 and (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and stage <> 'deleted'
    and (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) > $2
    and ($3::bigint is null or (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) <= $3)
    and external_id <> all ($4::text[]) and version < $5
returning external_id;

-- name: take_out
-- Contacts by their ids there: those that stand for companies without a number.
update contacts set deleted_at = now(), updated_at = now()
where source = $1 and external_id = any ($2::text[]) and deleted_at is null;

-- name: from_the_start
-- What a CRM lists by its changes is read from the first of them.
update crm_mirrors set since = $3 where connector_id = $1 and entity = $2 and since is null;

-- name: loaded
-- All there is was read, and no row of ours is from another time: what is gone is looked for in a week.
update crm_mirrors set swept_at = since where connector_id = $1 and entity = $2 and swept_at is null and read >= $3;

-- name: next_companies
-- So many ids of ours above $2, of what is thought to be there.
select (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) as id from companies
where source = $1 and (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and deleted_at is null
    and (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) > $2
order by 1 limit $3;

-- name: next_contacts
-- The same of contacts.
select (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) as id from contacts
where source = $1 and (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and deleted_at is null
    and (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) > $2
order by 1 limit $3;

-- name: next_deals
-- The same of deals.
select (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) as id from deals
where source = $1 and (starts_with(source, 'bitrix24:') or starts_with(source, 'amocrm:')) and stage <> 'deleted'
    and (case when external_id ~ '^[0-9]{1,18}$' then external_id::bigint end) > $2
order by 1 limit $3;

-- name: hinted_crms
select distinct connector_id from crm_hints;

-- name: hints
-- Of an entity the $3 that wait longest.
select id, heard_at from crm_hints where connector_id = $1 and entity = $2 order by heard_at, id limit $3;

-- name: end_hints
-- Those that were asked for since they were heard; locked in the order in which they are added.
with asked as (
    select h.id from crm_hints h join unnest($3::bigint[], $4::timestamptz[]) as t (id, at) on t.id = h.id and t.at = h.heard_at
    where h.connector_id = $1 and h.entity = $2 order by h.id for update of h
)
delete from crm_hints h using asked where h.connector_id = $1 and h.entity = $2 and h.id = asked.id;

-- name: gone_named_companies
-- Of these what was not saved from something newer than when they were asked for.
update companies set deleted_at = now(), updated_at = now()
where source = $1 and external_id = any ($2::text[]) and deleted_at is null and version < $3 returning external_id;

-- name: gone_named_contacts
update contacts set deleted_at = now(), updated_at = now()
where source = $1 and external_id = any ($2::text[]) and deleted_at is null and version < $3 returning external_id;

-- name: gone_named_leads
update leads set closed_at = coalesce(closed_at, now()), stage = 'deleted', updated_at = now()
where source = $1 and external_id = any ($2::text[]) and stage <> 'deleted' and version < $3 returning external_id;

-- name: gone_named_deals
update deals set closed_at = coalesce(closed_at, now()), stage = 'deleted', updated_at = now()
where source = $1 and external_id = any ($2::text[]) and stage <> 'deleted' and version < $3 returning external_id;

-- name: take_look
-- Once since $3 by one process: whether the CRM still posts to us.
update crm_connectors set hooks_at = $2 where id = $1 and (hooks_at is null or hooks_at < $3) returning id;

-- name: age_of_users
-- Seconds since the CRM's people were last read.
select coalesce(extract(epoch from $2 - users_at), 1e9)::float8 from crm_connectors where id = $1;

-- name: people_asked
update crm_connectors set users_at = $2 where id = $1;

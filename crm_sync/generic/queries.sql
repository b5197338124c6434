-- name: mapping
-- The file as it was written, and when; without a row the default one holds.
select body, saved_at from crm_mappings where connector_id = $1;

-- name: keep_mapping
-- The file, and of which events it tells: those that are not named are not even noted.
with told as (update crm_connectors set tells = $3 where id = $1)
insert into crm_mappings (connector_id, body, saved_at) values ($1, $2, $4)
on conflict (connector_id) do update set body = excluded.body, saved_at = excluded.saved_at;

-- name: drop_mapping
with told as (update crm_connectors set tells = $2 where id = $1)
delete from crm_mappings where connector_id = $1;

-- name: facts
-- All that is known of a call by now. Whose call it is: who answered, else whom it rang at or rings at, the first of
-- them. Of several contacts with the number the one of this CRM, else the one that was seen last.
select c.id, c.direction, c.client, c.started_at, c.answered_at, c.ended_at, c.outcome, c.missed_why, c.wait_ms, c.talk_ms,
    k.line, coalesce(nullif(l.name, ''), k.line) as line_name, l.brand, l.city, coalesce(nullif(a.site, ''), l.site) as site,
    who.extension, who.extensions, p.name as agent, p.email as agent_email, a.channel, a.source, a.campaign,
    t.external_id, t.name, t.company, t.class, t.responsible
from crm_calls k
join calls c on c.id = k.call_id
left join lines l on l.number = k.line
left join attributions a on a.call_id = c.id
cross join lateral (
    select array_remove(array[c.answered_by] || c.agents || k.seats || c.rang, '') as all_of
) as named
cross join lateral (
    select named.all_of[1] as extension,
        array(select one from unnest(named.all_of) with ordinality as n (one, place) group by one order by min(place)) as extensions
) as who
left join people p on p.extension = who.extension and p.active
left join lateral (
    select n.external_id, n.name, co.name as company, n.class::text as class, r.name as responsible
    from contact_phones f join contacts n on n.id = f.contact_id and n.deleted_at is null
    left join companies co on co.id = n.company_id
    left join people r on r.id = n.responsible_id
    where f.number = c.client
    order by n.source = $3 desc, n.updated_at desc limit 1
) as t on true
where k.connector_id = $1 and k.call_id = $2;

-- name: call_told
-- The end of a call is there; what the receiver called it, where it did.
update crm_calls set finished_at = $3, entity = case $4 when '' then entity else $4 end
where connector_id = $1 and call_id = $2;

-- name: lock_source
-- What one CRM gives us goes in one after the other; held to the end of the transaction.
select pg_advisory_xact_lock(7245042, hashtext($1));

-- name: change_contacts
-- Known contacts of $1 as the CRM tells them now; an older version changes nothing, what is not told keeps its value.
update contacts t set version = coalesce(n.version, t.version), name = coalesce(n.name, t.name),
    class = coalesce(n.class::contact_class, t.class), company_id = coalesce(n.company, t.company_id),
    responsible_id = coalesce(n.responsible, t.responsible_id), email = coalesce(n.email, t.email),
    deleted_at = case when n.deleted then coalesce(t.deleted_at, now()) end, updated_at = now()
from jsonb_to_recordset($2::jsonb) as n (
    external_id text, version bigint, name text, class text, company uuid, responsible uuid, email text, deleted boolean)
where t.source = $1 and t.external_id = n.external_id and coalesce(n.version, t.version) >= t.version and (
    coalesce(n.version, t.version) > t.version
    or (t.name, t.class, t.company_id, t.responsible_id, t.email, t.deleted_at is not null) is distinct from (
        coalesce(n.name, t.name), coalesce(n.class::contact_class, t.class), coalesce(n.company, t.company_id),
        coalesce(n.responsible, t.responsible_id), coalesce(n.email, t.email), n.deleted));

-- name: add_contacts
-- One that is gone already, and has a version, is kept as gone: an older word that comes late brings nobody back.
insert into contacts (id, company_id, name, class, responsible_id, email, source, external_id, version, deleted_at)
select n.id, n.company, coalesce(n.name, ''), coalesce(n.class, 'unknown')::contact_class, n.responsible, n.email, $1,
    n.external_id, coalesce(n.version, 1), case when n.deleted then now() end
from jsonb_to_recordset($2::jsonb) as n (
    id uuid, external_id text, version bigint, name text, class text, company uuid, responsible uuid, email text,
    deleted boolean)
where not n.deleted or n.version is not null
on conflict (source, external_id) do nothing;

-- name: drop_numbers
-- Numbers that contacts do not have there any more; those of a record that is older than what is here stay.
delete from contact_phones p
using contacts t, jsonb_to_recordset($2::jsonb) as n (external_id text, version bigint, phones text[])
where t.source = $1 and t.external_id = n.external_id and coalesce(n.version, t.version) >= t.version
    and p.contact_id = t.id and p.number <> all (n.phones);

-- name: add_numbers
insert into contact_phones (number, contact_id)
select one.number, t.id
from jsonb_to_recordset($2::jsonb) as n (external_id text, version bigint, phones text[])
join contacts t on t.source = $1 and t.external_id = n.external_id and coalesce(n.version, t.version) >= t.version
cross join unnest(n.phones) as one (number)
on conflict do nothing;

-- name: pulls
select entity, since, next, began_at, whole, swept_at, read, refused, gone, trouble, looked_at, shown_from
from crm_pulls where connector_id = $1;

-- name: begin_pull
-- Of another host than before, which $3 names, it is read from the start.
insert into crm_pulls (connector_id, entity, source) values ($1, $2, $3)
on conflict (connector_id, entity) do update set source = excluded.source, since = null, next = '', began_at = null,
    whole = false, swept_at = null, read = 0, refused = 0, gone = 0, trouble = ''
where crm_pulls.source <> excluded.source;

-- name: pull_moved
-- A page was taken: $4 is where it stood before, $5 where the next one is, empty at the end, which moves what is known.
-- Nothing where another process has moved it meanwhile.
update crm_pulls set next = $5::text, began_at = case when $5 = '' then null else $3::timestamptz end,
    shown_from = case when $5 = '' then null else $13::timestamptz end, whole = $5 <> '' and $6, since = case when $5 = '' then $7::timestamptz else since end,
    swept_at = case when $5 = '' and $6 then $3 else swept_at end,
    read = read + $8, refused = refused + $9, gone = gone + $10, trouble = $12, looked_at = $11
where connector_id = $1 and entity = $2 and next = $4
returning entity;

-- name: pull_in_trouble
update crm_pulls set trouble = $3, looked_at = $4 where connector_id = $1 and entity = $2;

-- name: pull_anew
-- The place it had to go on from is of no use: it begins again.
update crm_pulls set next = '', began_at = null, whole = false, trouble = $3, looked_at = $4
where connector_id = $1 and entity = $2;

-- name: forget_pulled
delete from crm_pulled where connector_id = $1 and entity = $2;

-- name: note_pulled
insert into crm_pulled (connector_id, entity, external_id) select $1, $2, unnest($3::text[]) on conflict do nothing;

-- name: count_pulled
select count(*) from crm_pulled where connector_id = $1 and entity = $2;

-- name: gone_contacts
-- What a whole reading that began at $4, by the clock of the database, has not shown, and nothing else has brought since.
update contacts t set deleted_at = now(), updated_at = now()
where t.source = $3 and t.deleted_at is null and t.updated_at < $4 and not exists (
    select from crm_pulled p where p.connector_id = $1 and p.entity = $2 and p.external_id = t.external_id)
returning t.external_id;

-- name: gone_companies
update companies t set deleted_at = now(), updated_at = now()
where t.source = $3 and t.deleted_at is null and t.updated_at < $4 and not exists (
    select from crm_pulled p where p.connector_id = $1 and p.entity = $2 and p.external_id = t.external_id)
returning t.external_id;

-- name: gone_leads
-- Leads and deals are kept, closed: calls and reports refer to them.
update leads t set closed_at = coalesce(closed_at, now()), stage = 'deleted', updated_at = now()
where t.source = $3 and t.stage <> 'deleted' and t.updated_at < $4 and not exists (
    select from crm_pulled p where p.connector_id = $1 and p.entity = $2 and p.external_id = t.external_id)
returning t.external_id;

-- name: gone_deals
update deals t set closed_at = coalesce(closed_at, now()), stage = 'deleted', updated_at = now()
where t.source = $3 and t.stage <> 'deleted' and t.updated_at < $4 and not exists (
    select from crm_pulled p where p.connector_id = $1 and p.entity = $2 and p.external_id = t.external_id)
returning t.external_id;

-- name: pulled_ids
select external_id from crm_pulled where connector_id = $1 and entity = $2;

-- name: rest
-- Nobody asks it before $2.
update crm_connectors set reading_until = $2 where id = $1;

-- name: claim_lead_news
-- One node at a time, that what happened to a lead stays in its order.
select pg_try_advisory_xact_lock(7245530);

-- name: take_lead_news
with taken as (
    delete from crm_lead_news where id in (select id from crm_lead_news order by id limit $1)
    returning id, lead_id, event, touch_id
)
select taken.id, taken.lead_id, taken.event, taken.touch_id,
       taken.event = 'lead.closed' and clock.merged_into is not null as is_merged
from taken left join lead_clocks as clock on clock.lead_id = taken.lead_id;

-- name: told_of_leads
select id, portal, tells from crm_connectors where kind = 'generic' and active and told_since is not null order by id;

-- name: lead_facts
-- All that is known by now of lead $1 that was opened here, and of its touch $3, where one is told of. Of several contacts
-- the one of this CRM ($2), else the lead's own.
select lead.id, lead.title, lead.stage, lead.direction, coalesce(lead.phone, '') as phone, coalesce(lead.email, '') as email,
       lead.opened_at, clock.taken_at, taker.name as taken_by, owner.name as responsible, clock.closed_at, clock.close_reason,
       touch.kind as touch_kind, touch.text as touch_text, touch.at as touch_at, touch.call_id::text as touch_call,
       whose.external_id, whose.name, whose.company, whose.class, whose.whose
from leads as lead
join lead_clocks as clock on clock.lead_id = lead.id
left join people as taker on taker.id = clock.taken_by
left join people as owner on owner.id = lead.responsible_id
left join touches as touch on touch.id = $3
left join lateral (
    select contact.external_id, contact.name, company.name as company, contact.class::text as class, person.name as whose
    from contacts as contact
    left join companies as company on company.id = contact.company_id
    left join people as person on person.id = contact.responsible_id
    where contact.deleted_at is null
        and contact.id = any (array(select contact_id from contact_phones where number = lead.phone) || lead.contact_id)
    order by contact.source = $2 desc, (contact.id = lead.contact_id) is true desc, contact.updated_at desc limit 1
) as whose on true
where lead.id = $1;

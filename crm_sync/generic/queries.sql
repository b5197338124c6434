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

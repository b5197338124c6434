-- name: keep_form
-- A form, unless its browser sent it before; its channel is that of its visit, else what its page tells ($16 …).
with visit as materialized (
    select channel, source, medium, campaign, term from visits where id = $7 and channel <> ''
)
insert into site_forms (id, said_id, kind, site_id, at, said_at, visit_id, visitor, name, phone, email, fields, page,
                        agreed, callback_id, channel, source, medium, campaign, term)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
       coalesce(v.channel, $16), coalesce(v.source, $17), coalesce(v.medium, $18), coalesce(v.campaign, $19),
       coalesce(v.term, $20)
from (values (1)) as one left join visit v on true
on conflict (site_id, said_id) do nothing
returning channel, source, medium, campaign, term,
          (select name from tracking_sites s where s.id = site_id) as site,
          (select brand from tracking_sites s where s.id = site_id) as brand;

-- name: hosts_of
select hosts from tracking_sites where id = $1;

-- name: bind_lead
update site_forms set lead_id = $2 where id = $1;

-- name: list_forms
-- The newest first, behind id $1, of site $2, sent since $3 (an id).
select f.id, f.kind, f.at, f.said_at, f.site_id, s.name as site, f.visit_id, f.visitor, f.name, f.phone, f.email, f.fields,
       f.page, f.agreed, f.channel, f.source, f.medium, f.campaign, f.term, f.lead_id
from site_forms f join tracking_sites s on s.id = f.site_id
where ($1::uuid is null or f.id < $1) and ($2::uuid is null or f.site_id = $2) and ($3::uuid is null or f.id >= $3)
order by f.id desc limit $4;

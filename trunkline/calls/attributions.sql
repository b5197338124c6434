-- name: keep_attributions
insert into attributions (call_id, number, client, told_by, visit_id, visitor, site, channel, source, medium, campaign,
                          term, landing, confidence, others, reasons)
select call_id, number, client, told_by, visit_id, visitor, site, channel, source, medium, campaign, term, landing,
       confidence, others, reasons
from jsonb_to_recordset($1::jsonb) as a (call_id uuid, number text, client text, told_by text, visit_id uuid, visitor uuid,
    site text, channel text, source text, medium text, campaign text, term text, landing text, confidence real,
    others jsonb, reasons text[])
on conflict (call_id) do update
set client = excluded.client, told_by = excluded.told_by, visit_id = excluded.visit_id, visitor = excluded.visitor,
    site = excluded.site, channel = excluded.channel, source = excluded.source, medium = excluded.medium,
    campaign = excluded.campaign, term = excluded.term, landing = excluded.landing,
    confidence = excluded.confidence, others = excluded.others,
    reasons = excluded.reasons;

-- name: attribution_of
select call_id, number, client, told_by, visit_id, visitor, site, channel, source, medium, campaign, term, landing,
       confidence, others, reasons
from attributions where call_id = $1;

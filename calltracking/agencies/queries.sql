-- name: list_visits
-- Visits that began from id $1 up to id $2, the newest first, behind $3, of site $4; at most $5.
select v.id, v.visitor, v.site_id, s.name as site, v.started_at, v.seen_at, v.landing, v.referrer, v.consent, v.country, v.region,
       v.city, v.ym, v.ga, v.channel, v.source, v.medium, v.campaign, v.term, v.content
from visits v left join tracking_sites s on s.id = v.site_id
where v.id >= $1 and v.id < $2 and ($3::uuid is null or v.id < $3) and ($4::uuid is null or v.site_id = $4)
order by v.id desc limit $5;

-- name: list_attributions
-- Explained calls that began from $1 up to $2 (ids $3 up to $4), the newest first, behind $5, at least $6 sure, of site $7
-- (by name); within the reach ($8 person, $9 departments, $10 lines); at most $11.
select a.call_id, c.direction, c.client, c.dialled, c.started_at, c.answered_at, c.ended_at, c.outcome, c.missed_why,
       c.wait_ms / 1000.0 as wait_seconds, c.talk_ms / 1000.0 as talk_seconds,
       a.told_by, a.confidence, a.visit_id, a.visitor, a.site, a.channel, a.source, a.medium, a.campaign, a.term, a.landing,
       a.reasons, a.others
from attributions a join calls c on c.id = a.call_id and c.id >= $3 and c.id < $4
where a.call_id >= $3 and a.call_id < $4 and c.started_at >= $1 and c.started_at < $2
  and ($5::uuid is null or a.call_id < $5) and a.confidence >= $6 and ($7::text is null or a.site = $7)
  and ($8 = any (c.people) or (($9::uuid[] is null or c.departments && $9) and ($10::uuid[] is null or c.line_id = any ($10))))
order by a.call_id desc limit $11;

-- name: site_name
select name from tracking_sites where id = $1;

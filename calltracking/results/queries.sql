-- name: visits
-- Visits that began from $1 up to $2 (ids $3 up to $4), by $5, the $6 largest; null for the sum, which stands first.
select * from (
select case $5::text
           when 'channel' then v.channel
           when 'source' then concat_ws(' / ', nullif(v.source, ''), nullif(v.medium, ''))
           when 'campaign' then v.campaign
           when 'keyword' then v.term
           when 'landing' then split_part(split_part(v.landing, '?', 1), '#', 1)
           when 'site' then coalesce(s.name, '')
       end as key,
       count(*) as visits, count(distinct v.visitor) as visitors
from visits v left join tracking_sites s on s.id = v.site_id
where v.id >= $3 and v.id < $4 and v.started_at >= $1 and v.started_at < $2
group by grouping sets ((1), ())
) as told
order by key is null desc, visits desc
limit $6;

-- name: calls
-- Attributed calls that began from $1 up to $2 (ids $3 up to $4), by $5; at least $6 sure, a target from $7 ms of talk
-- on, within the reach ($8 person, $9 departments, $10 lines), the $11 largest; null for the sum, which stands first.
select * from (
select case $5::text
           when 'channel' then a.channel
           when 'source' then concat_ws(' / ', nullif(a.source, ''), nullif(a.medium, ''))
           when 'campaign' then a.campaign
           when 'keyword' then a.term
           when 'landing' then split_part(split_part(a.landing, '?', 1), '#', 1)
           when 'site' then a.site
           when 'line' then a.number
       end as key,
       count(*) as calls,
       count(distinct nullif(c.client, '')) as callers,
       count(*) filter (where c.outcome = 'answered') as answered,
       count(*) filter (where c.outcome = 'missed') as missed,
       count(*) filter (where c.outcome = 'answered' and c.talk_ms >= $7) as target
from attributions a join calls c on c.id = a.call_id and c.id >= $3 and c.id < $4
where a.call_id >= $3 and a.call_id < $4 and c.started_at >= $1 and c.started_at < $2
  and a.confidence >= $6 and c.outcome <> 'screened'
  and ($8 = any (c.people) or (($9::uuid[] is null or c.departments && $9) and ($10::uuid[] is null or c.line_id = any ($10))))
group by grouping sets ((1), ())
) as told
order by key is null desc, calls desc
limit $11;

-- name: unexplained
-- Calls to numbers that were tracked on their day (zone $5), from $1 up to $2 (ids $3 up to $4), that nothing explains
-- with at least $6, within the reach ($7 person, $8 departments, $9 lines).
select count(*)
from calls c
join tracking_numbers n on n.number = c.dialled and n.since <= (c.started_at at time zone $5)::date
    and (n.until is null or n.until > (c.started_at at time zone $5)::date)
where c.id >= $3 and c.id < $4 and c.started_at >= $1 and c.started_at < $2 and c.direction = 'in'
  and c.outcome <> 'screened'
  and not exists (select from attributions a where a.call_id = c.id and a.confidence >= $6)
  and ($7 = any (c.people) or (($8::uuid[] is null or c.departments && $8) and ($9::uuid[] is null or c.line_id = any ($9))));

-- name: delivered
-- What became of calls of visits of site $1, begun from $2 up to $3 (exports and calls by ids from $4 up to $5, visits from
-- $6), on their way to Yandex Metrica: by destination, line, day of zone $7, state and reason; within the reach ($8 person,
-- $9 departments, $10 lines).
select d.name as destination, d.kind, c.dialled as number, (c.started_at at time zone $7)::date as day, e.state, e.why,
       count(*)::integer as calls
from export_destinations d
join exports e on e.destination_id = d.id and e.id >= $4 and e.id < $5 and e.subject like 'call:%'
join calls c on c.id = substr(e.subject, 6)::uuid and c.id >= $4 and c.id < $5
join attributions a on a.call_id = c.id and a.call_id >= $4 and a.call_id < $5
join visits v on v.id = a.visit_id and v.site_id = $1 and v.id >= $6 and v.id < $5
where d.kind in ('metrica_calls', 'metrica_conversions') and c.started_at >= $2 and c.started_at < $3
  and ($8 = any (c.people) or (($9::uuid[] is null or c.departments && $9) and ($10::uuid[] is null or c.line_id = any ($10))))
group by 1, 2, 3, 4, 5, 6;

-- name: joined
-- Of whole uploads with calls of site $1 among them, sent to Metrica in these days: how many rows it joined, of how many it
-- has judged, and in how many uploads. Arguments as above.
select d.name as destination, sum(b.joined)::integer as joined, sum(b.rows)::integer as rows, count(*)::integer as uploads
from export_batches b join export_destinations d on d.id = b.destination_id
where d.kind in ('metrica_calls', 'metrica_conversions') and b.joined is not null
  and exists (
    select from exports e
    join attributions a on a.call_id = substr(e.subject, 6)::uuid and a.call_id >= $2 and a.call_id < $3
    join visits v on v.id = a.visit_id and v.site_id = $1 and v.id >= $4 and v.id < $3
    where e.batch_id = b.id and e.subject like 'call:%' and e.id >= $2 and e.id < $3)
group by d.name order by d.name;

-- name: destinations
-- The destinations of Metrica that take calls of site $1, in use or not.
select name, active from export_destinations
where kind in ('metrica_calls', 'metrica_conversions') and (site_id is null or site_id = $1) order by name;

-- name: counted
-- What Metrica counts by line from day $2 to $3, in destinations that take calls of site $1 and were asked; one that counts
-- nothing has a row without a number.
select d.name as destination, coalesce(c.number, '') as number, coalesce(sum(c.calls), 0)::integer as calls
from export_destinations d
left join export_counts c on c.destination_id = d.id and c.day between $2 and $3
where d.kind = 'metrica_calls' and (d.site_id is null or d.site_id = $1) and d.counted_at is not null
group by 1, 2;

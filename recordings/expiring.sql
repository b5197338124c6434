-- name: before
-- What may expire after the one of id $1, of calls before $2, the oldest first.
select r.id, coalesce(c.direction, '') as direction, coalesce(l.number, '') as line
from recordings r
left join calls c on c.id = r.call_id
left join lines l on l.id = c.line_id
where r.stage not in ('expired', 'refused', 'deleted') and r.held_why is null and r.id > $1 and r.id < $2
order by r.id limit $3;

-- name: lock_it
select id from recordings where id = $1 and stage not in ('expired', 'refused', 'deleted') and held_why is null for update;

-- name: expire
update recordings set stage = 'expired', stop = null, told = '', peaks = '', size = 0 where id = $1;

-- name: forget_text
delete from transcripts where recording_id = $1;

-- name: hold
update recordings set held_why = $2 where id = $1 and stage not in ('expired', 'refused', 'deleted') returning id;

-- name: kept_lately
-- Bytes of recordings that came to be kept since $1.
select coalesce(sum(r.size), 0)::bigint from recordings r
join recording_steps s on s.recording_id = r.id and s.stage = 'kept'
where r.id >= $2 and s.done_at >= $1;

-- name: uncounted
-- At most $2 of which nobody counted by the rules $1 when they are to be looked at.
(select id from recordings where stage not in ('expired', 'refused', 'deleted') and held_why is null and look_rules < $1 limit $2)
union all
(select id from recordings where stage not in ('expired', 'refused', 'deleted') and held_why is null and look_rules > $1 limit $2)
limit $2;

-- name: look_later
-- When each of $2 is to be looked at by the rules $1.
update recordings set look_rules = $1, look_at = told.at
from unnest($2::uuid[], $3::timestamptz[]) as told (id, at) where recordings.id = told.id;

-- name: due
-- What is to be looked at until $2 by the rules $1, behind that of $3 and $4.
select id, call_id, look_at from recordings
where stage not in ('expired', 'refused', 'deleted') and held_why is null and look_rules = $1 and look_at <= $2 and (look_at, id) > ($3, $4)
order by look_at, id limit $5;

-- name: told_of_calls
-- What rules look at, of the calls $1 of one month, of ids in [$2, $3).
select c.id, c.direction, coalesce(l.number, '') as line
from calls c
left join lines l on l.id = c.line_id
where c.id = any($1::uuid[]) and c.id >= $2 and c.id < $3;

-- name: may_go
select true from recordings where id = $1 and stage not in ('expired', 'refused', 'deleted') and held_why is null;

-- name: lock_it
select id from recordings where id = $1 and stage not in ('expired', 'refused', 'deleted') and held_why is null for update;

-- name: expire
update recordings set stage = 'expired', stop = null, told = '', peaks = '', size = 0, muting = false,
    gone_at = now()
where id = $1;

-- name: hold
update recordings set held_why = $2 where id = $1 and stage not in ('expired', 'refused', 'deleted') returning id;

-- name: kept_lately
-- Bytes of recordings that came to be kept since $1.
select coalesce(sum(r.size), 0)::bigint from recordings r
join recording_steps s on s.recording_id = r.id and s.stage = 'kept'
where r.id >= $2 and s.done_at >= $1;

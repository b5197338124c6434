-- name: absent
-- Of each PBX the recordings that were found from $2 to $1 and are not here for one reason, of two calls at least, while none
-- came that was found since: how many, since when, why, and the folder. $3: ids before are too old to be looked at.
select r.pbx, r.stop, count(*) as recordings, min(r.found_at) as oldest, p.settings
from recordings r
join pbxs p on p.id = r.pbx
left join lateral (
    select found_at from recordings
    where id >= $3 and pbx = p.id and not sent and stage in ('fetched', 'checked', 'converted', 'kept')
    order by id desc limit 1
) as came on true
where r.stage = 'found' and not r.sent and r.stop in ('missing', 'no-folder', 'outside')
    and (r.stop <> 'no-folder' or not p.settings ? 'recordings_seen')  -- which `--off` leaves empty
    and r.found_at >= $2 and r.found_at < $1 and r.found_at > coalesce(came.found_at, '-infinity')
group by r.pbx, r.stop, p.settings
having count(distinct r.call_id) > 1
order by r.pbx, recordings;

-- name: told
-- The alarms of before.
select key from alarms where cleared_at is null and starts_with(key, $1);

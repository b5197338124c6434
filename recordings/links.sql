-- name: make_link
insert into recording_links (id, recording_id, name, made_by, made_at, until) values ($1, $2, $3, $4, $5, $6);

-- name: links_of
select l.id, l.recording_id, l.name, coalesce(p.name, '') as made_by, l.made_at, l.until, l.revoked_at, l.opened, l.opened_at
from recording_links l left join people p on p.id = l.made_by
where l.recording_id = $1
order by (l.revoked_at is null and l.until > now()) desc, l.made_at desc, l.id limit $2;

-- name: count_live
select count(*) from recording_links where recording_id = $1 and revoked_at is null and until > $2;

-- name: revoke_link
update recording_links set revoked_at = $3 where id = $1 and recording_id = $2 and revoked_at is null returning id;

-- name: link_of
-- The link that lives longest of those that somebody was given.
select id, recording_id, name, made_at, until from recording_links
where recording_id = $1 and name = $2 and revoked_at is null and until > $3 order by until desc limit 1;

-- name: live_link
select recording_id, name from recording_links where id = $1 and revoked_at is null and until > $2;

-- name: note_opened
update recording_links set opened = opened + 1, opened_at = $2 where id = $1;

-- name: lasting_link
-- What was given out under a name: that a person took one back comes before one that lives beyond $3.
select id, recording_id, name, '' as made_by, made_at, until, revoked_at, opened, opened_at
from recording_links where recording_id = $1 and name = $2 and (revoked_at is not null or until > $3)
order by revoked_at is null, until desc limit 1;

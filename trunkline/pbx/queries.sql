-- name: list_pbxs
-- Every PBX of a kind, the inactive too.
select id, name, kind, settings, secrets, active from pbxs where kind = $1 order by id;

-- name: find_pbx
select id, name, kind, settings, secrets, active from pbxs where id = $1;

-- name: save_pbx
-- Make a PBX or change its link; its deadline, tokens and addresses stay. Without new secrets the old ones stay.
insert into pbxs (id, name, kind, settings, secrets, active) values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update
set name = excluded.name,
    kind = excluded.kind,
    settings = excluded.settings,
    secrets = coalesce(excluded.secrets, pbxs.secrets),
    active = excluded.active;

-- name: add_token
-- Give a PBX one more token; the one before stays good until the next, so that a PBX can be moved to it without a gap.
update pbxs set token_hashes = (array[$2::bytea] || token_hashes)[1:2] where id = $1 returning id;

-- name: claim_acting
-- Become or stay the acting node; no row when another node is. Returns how far the story is stored.
insert into pbx_acting as seat (pbx, node, until)
values ($1, $2, clock_timestamp() + make_interval(secs => $3))
on conflict (pbx) do update
set node = excluded.node,
    until = excluded.until,
    since = case when seat.node = excluded.node then seat.since else clock_timestamp() end
where seat.node = excluded.node or seat.until < clock_timestamp()
returning (select mark from pbx_marks where pbx_marks.pbx = seat.pbx) as mark;

-- name: release_acting
-- Let another node act at once.
delete from pbx_acting where pbx = $1 and node = $2;

-- name: raise_mark
-- Remember how far the story of each PBX is stored; a mark never goes back.
insert into pbx_marks (pbx, mark)
select id, max(stamp) from unnest($1::text[], $2::double precision[]) as heard (pbx, stamp)
join pbxs on pbxs.id = heard.pbx
group by id
on conflict (pbx) do update set mark = greatest(pbx_marks.mark, excluded.mark);

-- name: known_queues
-- The names our queues have in a PBX.
select target from queues order by target;

-- name: wanted_members
-- Who should answer which queue: people at work with an extension.
select q.target as queue, p.extension, p.name, m.penalty, p.works_on = 'forwarded' as forwarded
from queue_members m
join queues q on q.id = m.queue_id
join people p on p.id = m.person_id and p.active and p.extension is not null
order by 1, 2;

-- name: rests
-- Whose memberships are paused now or were lately; those long over are of no use.
select extension, extract(epoch from until)::double precision as until
from queue_rests
where pbx = $1 and (until is null or until > now());

-- name: made_members
-- Dynamic members of a PBX that we added.
select queue, interface from members_made where pbx = $1;

-- name: note_member
-- We are about to add it.
insert into members_made (pbx, queue, interface) values ($1, $2, $3) on conflict do nothing;

-- name: forget_member
-- It is ours no longer.
delete from members_made where pbx = $1 and queue = $2 and interface = $3;

-- name: claim
-- The id of a provider is of this call from now on, unless it is of another; who claims it at the same time is waited for.
insert into provider_recordings (pbx, provider_id, call_id) values ($1, $2, $3) on conflict do nothing;

-- name: claimed_by
select call_id from provider_recordings where pbx = $1 and provider_id = $2;

-- name: note_referred
-- A recording that a provider has: none of an own name is touched.
insert into recordings (id, call_id, pbx, leg, file, sent)
select $1, $2, $3, $4, $5, true where not exists (select from recordings where call_id = $2 and file = $5)
on conflict (id) do nothing;

-- name: refer
-- What was told of it last, while it is not here; nothing where that is known and being asked for since $5.
insert into recording_references as known (recording_id, provider_id, url, told_at)
select id, $2, $3, $4 from (
    select id from recordings where id = $1 and stage = 'found' and sent for no key update
) as one
on conflict (recording_id) do update set url = coalesce(nullif(excluded.url, ''), known.url), told_at = excluded.told_at,
    again_at = excluded.told_at
where excluded.url not in ('', known.url) or known.told_at < $5
returning recording_id;

-- name: find_reference
select recording_id, provider_id, url, told_at from recording_references where recording_id = $1;

-- name: note_asked
-- It was asked for at $2, in vain.
update recording_references set asked = asked + 1, asked_at = $2, again_at = $3 where recording_id = $1;

-- name: asked_for
-- How often each of some was asked for in vain, and when that is done again.
select recording_id, asked, asked_at, again_at from recording_references where recording_id = any($1::uuid[]) and asked > 0;

-- name: link_ended
-- From now on it is asked for by its id alone; another link may have been told meanwhile.
update recording_references set url = '' where recording_id = $1 and url = $2 and provider_id <> '';

-- name: overdue
-- What was told before $1 and is not here, though it is still asked for ($2): how many, since when, and what the last said.
select count(*) as recordings, min(f.told_at) as oldest, (array_agg(r.pbx order by f.told_at desc))[1] as pbx,
    (array_agg(r.told order by f.told_at desc))[1] as told
from recording_references f
join recordings r on r.id = f.recording_id and r.stage = 'found' and r.stop is not null
where f.told_at < $1 and f.told_at >= $2;

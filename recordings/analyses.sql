-- name: want_analysis
-- The tags of before stay until there are others.
insert into analyses (recording_id) values ($1)
on conflict (recording_id) do update set stage = 'wanted', stop = null, told = '', tries = 0, wanted_at = now()
returning wanted_at;

-- name: find_unanalysed
select recording_id, tries, told, wanted_at from analyses
where recording_id = $1 and stage = 'wanted' and stop is null;

-- name: try_analysis
-- Counts a try before it begins, so that one that kills its worker counts too.
update analyses set tries = tries + 1
where recording_id = $1 and stage = 'wanted' and wanted_at = $2 and stop is null returning tries;

-- name: analysis_not_tried
-- The try was cut short by our own end.
update analyses set tries = greatest(tries - 1, 0) where recording_id = $1 and stage = 'wanted' and wanted_at = $2;

-- name: stop_analysis
update analyses set stop = $3, told = $4, tries = $5 where recording_id = $1 and stage = 'wanted' and wanted_at = $2;

-- name: analysed
-- If nobody else came there first, and nobody wanted it anew since.
update analyses set stage = 'analysed', told = '', tries = 0, made_at = now(), took = $3, version = $4, category = $5
where recording_id = $1 and stage = 'wanted' and wanted_at = $2 returning recording_id;

-- name: retagged
update analyses set version = $2, category = $3
where recording_id = $1 and stage = 'analysed' and version < $2 returning recording_id;

-- name: outdated
-- Those that other dictionaries tagged, older than $1, the newest first.
select a.recording_id from analyses a
where a.stage = 'analysed' and a.version < (select version from dictionaries_version) and a.recording_id < $1
order by a.recording_id desc limit $2;

-- name: count_outdated
select count(*) from analyses where stage = 'analysed' and version < (select version from dictionaries_version);

-- name: of_before
-- Texts that were made before there was an analysis, the newest first, and once a day those it failed on.
update analyses set stop = null, wanted_at = now()
where recording_id in (
    select recording_id from analyses where stop = 'before' or (stop = 'failed' and wanted_at < now() - interval '1 day')
    order by recording_id desc limit $1)
returning recording_id, wanted_at;

-- name: forget_tags
delete from recording_tags where recording_id = $1;

-- name: keep_tags
insert into recording_tags (recording_id, tag, at, times) select $1, * from unnest($2::text[], $3::float8[], $4::int[]);

-- name: tags_of
select a.recording_id, a.category, t.tag, t.at, t.times
from analyses a left join recording_tags t using (recording_id)
where a.recording_id = any($1::uuid[]) order by a.recording_id, t.tag;

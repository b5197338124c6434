-- Which recordings no PBX has, and when those went that are gone: of what 0325 added, what reads the whole table. Apart from
-- it, for the columns need the table for themselves.

create index recordings_gone on recordings (gone_at, id) where gone_at is not null;
-- A file that a PBX told of is named by its path.
update recordings set sent = true
where file not like '%/%' and id in (select object_id::uuid from audit where action = 'recording.sent');
update recordings set gone_at = now() where stage in ('refused', 'deleted');

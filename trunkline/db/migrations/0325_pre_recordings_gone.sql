-- When a recording went, so that what was put for it meanwhile goes too; and which of them no PBX has.

alter table recordings add column sent boolean not null default false;
alter table recordings add column gone_at timestamptz;
create index recordings_gone on recordings (gone_at, id) where gone_at is not null;
comment on column recordings.sent is 'A program sent it in, and no PBX told of it: a file of its name in a PBX''s folder is another.';
comment on column recordings.gone_at is 'When it was refused or expired; null again once its sounds were forgotten a second time.';

-- A file that a PBX told of is named by its path.
update recordings set sent = true
where file not like '%/%' and id::text in (select object_id from audit where action = 'recording.sent');
update recordings set gone_at = now() where stage in ('refused', 'deleted');

-- When a recording went, so that what was put for it meanwhile goes too; and which of them no PBX has (filled by 0346).

alter table recordings add column sent boolean not null default false;
alter table recordings add column gone_at timestamptz;
comment on column recordings.sent is 'A program sent it in, and no PBX told of it: a file of its name in a PBX''s folder is another.';
comment on column recordings.gone_at is 'When it was refused or expired; null again once its sounds were forgotten a second time.';

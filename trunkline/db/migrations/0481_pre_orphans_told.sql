-- One notice of orphans a day: when the last was sent does not leave with the rows it told of.

alter table orphan_looks add column told_at timestamptz;
comment on column orphan_looks.told_at is 'When heads were last told of orphans.';
update orphan_looks set told_at = (select max(told_at) from orphans);

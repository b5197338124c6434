-- Hours are looked up for the moment a PBX names; a plan tried on old decisions must look up the same one.

alter table decisions add column asked_at timestamptz;
comment on column decisions.asked_at is 'When the call came in, where the PBX said so; else it is `at`.';

-- How somebody's own telephone takes a caller's name: a device may show other letters than its PBX's others.

alter table people add column caller_names text not null default '' check (caller_names in ('', 'utf-8', 'latin', 'off'));
comment on column people.caller_names is 'How his telephone takes a caller''s name; empty: as the PBX is set.';

-- Dials that a hosted PBX carries out: it gives their calls ids of its own.

alter table dials add column told_call text not null default '';
comment on column dials.told_call is 'The id of its call in the story, where the PBX that was asked has answered with one.';
comment on column dials.call_id is 'Its row in calls, once the story tells of it: derived from pbx and channel, or found by what a hosted PBX tells.';

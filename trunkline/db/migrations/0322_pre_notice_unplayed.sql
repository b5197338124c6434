-- What came of a notice that the PBX could not play: it has no such sound.

-- The index first, under which calls are read on; what needs the table for itself comes last and looks at no row.
create index calls_by_notice on calls (notice_state, id) where notice_state in ('refused', 'hung_up', 'unplayed');
drop index calls_noticed;
alter table calls drop constraint calls_notice_state_check;
alter table calls add constraint calls_notice_state_check
    check (notice_state in ('waits', 'plays', 'played', 'refused', 'hung_up', 'unplayed')) not valid;

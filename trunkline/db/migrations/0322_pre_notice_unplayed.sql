-- What came of a notice that the PBX could not play: it has no such sound.

alter table calls drop constraint calls_notice_state_check;
alter table calls add constraint calls_notice_state_check
    check (notice_state in ('waits', 'plays', 'played', 'refused', 'hung_up', 'unplayed'));
drop index calls_noticed;
create index calls_noticed on calls (notice_state, id) where notice_state in ('refused', 'hung_up', 'unplayed');

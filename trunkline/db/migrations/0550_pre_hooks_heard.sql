-- What hosted PBXs sent to our addresses.

create table hooks_heard (
    id           uuid primary key,
    pbx          text not null references pbxs (id) on delete cascade,
    at           timestamptz not null,
    verdict      text not null,
    name         text not null,
    call         text not null,
    steps        smallint not null,
    method       text not null,
    path         text not null,
    query        text not null,
    content_type text not null,
    peer         text not null,
    body         text not null,
    answered     text not null
);
create index hooks_heard_newest on hooks_heard (pbx, id desc);
comment on table hooks_heard is 'The last requests of each hosted PBX, the refused ones too, as they came and what was answered.';
comment on column hooks_heard.verdict is 'What was found of it: trunkline/pbx/hooks/port.py, Verdict.';
comment on column hooks_heard.name is 'What its provider calls the event.';
comment on column hooks_heard.steps is 'How many steps of a call it told.';

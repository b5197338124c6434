-- Which node acts for a PBX, and up to which moment its events are stored.

create table pbx_acting (
    pbx   text primary key references pbxs (id) on delete cascade,
    node  text not null,
    since timestamptz not null default clock_timestamp(),
    until timestamptz not null
);
comment on table pbx_acting is 'The one node that spools a PBX''s events; renewed each second, free for another after "until".';

-- Apart from pbx_acting: the writer's transaction may hold this row longer than a renewal can wait.
create table pbx_marks (
    pbx  text primary key references pbxs (id) on delete cascade,
    mark double precision not null
);
comment on column pbx_marks.mark is 'Unix seconds by the PBX''s clock: all it said up to then is stored. A new acting node spools from here.';

-- When nothing was heard of a PBX, and when websites could get no numbers of us.

create table link_gaps (
    pbx       text not null,
    since     timestamptz not null,
    until     timestamptz not null,
    cause     text not null,
    is_filled boolean not null,
    primary key (pbx, since),
    check (since <= until)
);
create index link_gaps_until on link_gaps (until);
comment on table link_gaps is 'Holes in what was heard of a PBX, as the story tells them; calls that lived in one are marked.';
comment on column link_gaps.is_filled is 'The PBX''s own journal was read afterwards.';

create table tracking_pulse (
    the_row boolean primary key default true check (the_row),
    at      timestamptz not null
);
comment on table tracking_pulse is 'When some web process could last write to the database: before it, websites got their numbers.';

create table tracking_outages (
    since timestamptz primary key,
    until timestamptz not null check (until > since)
);
comment on table tracking_outages is 'When no web process could: the script kept the numbers of the pages.';

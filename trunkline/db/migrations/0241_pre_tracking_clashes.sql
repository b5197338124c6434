-- Another script at the numbers of a site, as visitors' browsers saw it.

create table tracking_clashes (
    site_id uuid not null references tracking_sites (id) on delete cascade,
    day     date not null,
    kind    text not null check (kind in ('fight', 'foreign')),
    last_at timestamptz not null,
    primary key (site_id, day, kind)
);
comment on column tracking_clashes.kind is 'fight: it writes over ours again and again, so that ours gave up; foreign: a number that is none of ours took the place of one.';

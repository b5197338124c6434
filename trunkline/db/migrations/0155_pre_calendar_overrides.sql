-- Days on which a place keeps other hours, and when each year of a production calendar was imported.

create table calendar_overrides (
    id         uuid primary key,
    branch     text not null default '' check (branch ~ '^[a-z0-9_-]{0,40}$'),
    first      date not null,
    last       date not null check (last >= first and last - first < 366),
    kind       text not null check (kind in ('closed', 'short', 'open')),
    until      text not null default '' check (until ~ '^(([01][0-9]|2[0-3]):[0-5][0-9])?$' and until <> '00:00'),
    hours      text[] not null default '{}'
               check (array_to_string(hours, ' ') ~ '^(([01][0-9]|2[0-4]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]( |$))*$'),
    reason     text not null check (length(reason) between 1 and 200),
    author     text not null,
    created_at timestamptz not null,
    check ((kind = 'short') = (until <> '') and (kind = 'open') = (cardinality(hours) > 0)),
    constraint calendar_overrides_apart exclude using gist (branch with =, daterange(first, last, '[]') with &&)
);
create index calendar_overrides_last on calendar_overrides (last);
comment on table calendar_overrides is 'What somebody said of some days of a branch (empty: the whole company); it wins over the plan and every calendar.';
create trigger directory_head after insert or update or delete or truncate on calendar_overrides
    execute function directory_note_head();

create table calendar_imports (
    country     text not null,
    year        int not null,
    imported_at timestamptz not null,
    author      text not null,
    primary key (country, year)
);
comment on table calendar_imports is 'When the rows of calendar_days of a year were last read from a file, and by whom.';
insert into calendar_imports (country, year, imported_at, author)
select distinct on (object_id) split_part(object_id, ' ', 1), split_part(object_id, ' ', 2)::int, at, person
from audit
where action = 'calendar.imported' and object_id ~ '^[A-Z]{2} [0-9]{4}$'
order by object_id, at desc;

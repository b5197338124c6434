-- The registry of Russian numbering ranges, as last imported.

create table numbering_ranges (
    first    bigint primary key check (first between 0 and 9999999999),
    last     bigint not null check (last >= first and last / 1000000000 = first / 1000000000),
    kind     text not null check (kind in ('subject', 'nationwide', 'baikonur', 'kazakhstan', 'unknown')),
    subjects text[] not null default '{}' check ((kind = 'subject') = (cardinality(subjects) > 0)),
    operator text not null default ''
);
comment on table numbering_ranges is 'Ten digits after +7; neighbours of the same place and operator are one row. No two overlap: the importer sees to it.';
comment on column numbering_ranges.subjects is 'Codes of trunkline/numbering/subjects.csv, rising; several where the range belongs to several.';

create table numbering_registries (
    digit       text primary key check (digit ~ '^[0-9]$'),
    dated       date not null,
    file_name   text not null,
    ranges      integer not null,
    numbers     bigint not null,
    imported_at timestamptz not null default now()
);
comment on table numbering_registries is 'Which first digits of the ten are known, and of which day their registry is.';

-- The packed file holds them whole, so any change asks for a new one.
create trigger directory_all after insert or update or delete or truncate on numbering_ranges
    execute function directory_note_all();
create trigger directory_all after insert or update or delete or truncate on numbering_registries
    execute function directory_note_all();

-- An import of a spam list can be undone as one of contacts can: what it touched is kept as it was and as it became.

create table spam_import_undo (
    import_id    uuid not null,
    entry        text collate "C" not null,
    was_source   text,
    was_votes    integer,
    was_note     text,
    was_added_at timestamptz,
    was_seen_at  timestamptz,
    votes        integer,
    note         text,
    seen_at      timestamptz,
    primary key (import_id, entry),
    check (was_votes is not null or votes is not null)
);
comment on table spam_import_undo is
    'Numbers, and prefixes with a star, an import added (was_votes is null), changed, or took off (votes is null).';
